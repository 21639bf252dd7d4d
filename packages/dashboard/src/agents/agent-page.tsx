/** An agent: what it does now and why, what it can be told, its work, who is around it, and all it said. */

import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { type Tab, Tabs } from "../components/tabs.tsx";
import { FeedList } from "../feed/feed-list.tsx";
import { agentItem } from "../fleet/item.ts";
import { useFleet } from "../fleet/use-fleet.ts";
import { Driver } from "../presence/driver.tsx";
import { SteeringPanel } from "../steering/steering-panel.tsx";
import { calm } from "../text/visible.ts";
import { AgentNowPanel, AgentStateWords } from "./agent-now.tsx";
import { AgentTasks } from "./agent-tasks.tsx";
import { Around } from "./around.tsx";
import type { AgentTab } from "./search.ts";
import { aroundOf } from "./surroundings.ts";
import { useAgent } from "./use-agent.ts";

export function AgentPage() {
  const { id } = useParams({ from: "/agents/$id" });
  const { tab = "events" } = useSearch({ from: "/agents/$id" });
  const navigate = useNavigate();
  const channel = `agent:${id}`;
  const { state, error } = useAgent(channel);
  const item = agentItem(channel, state);
  const around = aroundOf(id, state, useFleet().items);
  const tasks = state.tasks.items.length + state.tasks.cut;
  const tabs: ReadonlyArray<Tab<AgentTab>> = [
    { name: "events", label: "Events" },
    { name: "tasks", label: `Tasks ${count(tasks)}` },
    { name: "around", label: `Around it ${count(around.many)}` },
  ];
  return (
    <>
      <PageHead title={calm(state.name ?? id)}>
        <AgentStateWords item={item} />
        <Driver channel={channel} />
      </PageHead>
      {error !== undefined && (
        <p className="px-4 pb-3 md:px-6">
          <Fault text={error} />
        </p>
      )}
      <AgentNowPanel id={id} state={state} item={item} />
      <SteeringPanel channel={channel} name={id} />
      <Tabs
        label="Parts of this agent"
        tabs={tabs}
        chosen={tab}
        onChoose={(next) =>
          void navigate({
            to: "/agents/$id",
            params: { id },
            search: next === "events" ? {} : { tab: next },
            replace: true,
          })
        }
      >
        {tab === "events" && <FeedList key={channel} channel={channel} label={`Events of ${calm(id)}`} />}
        {tab === "tasks" && <AgentTasks state={state} />}
        {tab === "around" && <Around around={around} />}
      </Tabs>
    </>
  );
}
