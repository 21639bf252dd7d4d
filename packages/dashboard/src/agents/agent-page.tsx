/** An agent: what it does now, and all it said. */
import { agentReducer } from "@signalbox/core/reducers";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { Facts } from "../components/facts.tsx";
import { bytes, count, percent } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { PageHead } from "../components/page.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { FeedList } from "../feed/feed-list.tsx";
import { agentItem } from "../fleet/item.ts";
import { Driver } from "../presence/driver.tsx";
import { SteeringPanel } from "../steering/steering-panel.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";

export function AgentPage() {
  const { id } = useParams({ from: "/agents/$id" });
  const client = useClient();
  const channel = `agent:${id}`;
  const { state } = useReadable(useMemo(() => client.channel(channel, agentReducer), [client, channel]));
  const item = agentItem(channel, state);
  return (
    <>
      <PageHead title={calm(id)}>
        <LampWord name={item.lamp} word={calm(item.word)} />
        <Driver channel={channel} />
      </PageHead>
      <div className="flex flex-col gap-3 px-4 pb-4 md:px-6">
        {state.task && (
          <div className="max-w-xl">
            <p className="mb-1.5">{calm(state.task.title ?? state.task.type ?? state.task.id)}</p>
            <Track condition={item.condition} progress={state.task.progress} />
          </div>
        )}
        <Facts
          facts={[
            ["Type", state.agentType && calm(state.agentType)],
            ["Tasks done", count(state.tasksCompleted)],
            ["Errors", count(state.errors)],
            ["Tests", state.tdd && `${state.tdd.passing} of ${state.tdd.total} pass · ${calm(state.tdd.phase)}`],
            ["CPU", state.cpuPercent !== undefined && percent(state.cpuPercent)],
            ["Memory", state.memoryBytes !== undefined && bytes(state.memoryBytes)],
            ["Last event", <RelativeTime key="updated" ms={state.updatedAt} />],
          ]}
        />
        {state.lastError && (
          <p className="max-w-3xl rounded-md bg-stop-soft px-3 py-2 text-[13px]">
            <strong className="text-stop">Last error</strong> {calm(state.lastError.message)}{" "}
            <span className="text-ink-2">
              (<RelativeTime ms={state.lastError.at} />)
            </span>
          </p>
        )}
      </div>
      <SteeringPanel channel={channel} name={id} />
      <FeedList key={channel} channel={channel} label={`Events of ${calm(id)}`} />
    </>
  );
}
