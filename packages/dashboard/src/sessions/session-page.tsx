/** A session: how far it is, who takes part, and all that happened. */
import { sessionReducer } from "@signalbox/core/reducers";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { Facts } from "../components/facts.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { PageHead } from "../components/page.tsx";
import { Elapsed, RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { FeedList } from "../feed/feed-list.tsx";
import { sessionItem } from "../fleet/item.ts";
import { Notes } from "../presence/notes.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";

/** Members named on the page; a session may have hundreds. */
const membersShown = 12;

export function SessionPage() {
  const { id } = useParams({ from: "/sessions/$id" });
  const client = useClient();
  const channel = `session:${id}`;
  const { state } = useReadable(useMemo(() => client.channel(channel, sessionReducer), [client, channel]));
  const item = sessionItem(channel, state);
  return (
    <>
      <PageHead title={calm(item.title)}>
        <LampWord name={item.lamp} word={calm(item.word)} />
      </PageHead>
      <div className="flex flex-col gap-3 px-4 pb-4 md:px-6">
        <div className="max-w-xl">
          {item.said !== "" && <p className="mb-1.5">{calm(item.said)}</p>}
          <Track condition={item.condition} progress={item.progress} />
        </div>
        <Facts
          facts={[
            ["Session", calm(id)],
            ["Time", state.startedAt !== undefined && <Elapsed from={state.startedAt} to={state.stoppedAt} />],
            ["Agents", <Members key="agents" ids={state.agents} to="/agents/$id" />],
            ["Processes", <Members key="processes" ids={state.processes} to="/processes/$id" />],
            ["Last event", <RelativeTime key="updated" ms={state.updatedAt} />],
          ]}
        />
      </div>
      <Notes channel={channel} />
      <FeedList key={channel} channel={channel} label={`Events of session ${calm(id)}`} />
    </>
  );
}

function Members({ ids, to }: { ids: readonly string[]; to: "/agents/$id" | "/processes/$id" }) {
  const rest = ids.length - membersShown;
  if (ids.length === 0) return "none named";
  return (
    <span className="flex flex-wrap gap-x-2">
      {ids.slice(0, membersShown).map((id) => (
        <Link key={id} to={to} params={{ id }} className="text-run hover:underline">
          {calm(id)}
        </Link>
      ))}
      {rest > 0 && `and ${count(rest)} more`}
    </span>
  );
}
