/** The state of an agent: since when and why, its task, its figures, and who is at work as it. */
import type { AgentState, Budget } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { Facts } from "../components/facts.tsx";
import { bytes, count, duration, moment, percent } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import type { FleetItem } from "../fleet/item.ts";
import { dollars, StateWords, thousands } from "../fleet/row-parts.tsx";
import { calm } from "../text/visible.ts";

export function AgentStateWords({ item }: { item: FleetItem }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-2" data-testid="agent-state" data-condition={item.condition}>
      <Lamp name={item.lamp} silent />
      <StateWords item={item} />
    </span>
  );
}

interface AgentNowProps {
  id: string;
  state: AgentState;
  item: FleetItem;
}

export function AgentNowPanel({ id, state, item }: AgentNowProps) {
  const { task, usage, lastError } = state;
  return (
    <div className="flex flex-col gap-3 px-4 pb-4 md:px-6">
      {item.reason !== "" && (
        <p className="max-w-3xl text-[13px] break-words text-ink-2">
          <span className="text-ink-3">Why</span> {calm(item.reason)}
        </p>
      )}
      {task && (
        <div className="max-w-xl">
          <p className="mb-1.5 break-words">{calm(task.title ?? task.type ?? task.id)}</p>
          <Track condition={item.condition} progress={task.progress} />
        </div>
      )}
      <Facts
        facts={[
          ["Agent", state.name !== undefined && calm(id)],
          ["Type", state.agentType && calm(state.agentType)],
          ["Host", state.host && calm(state.host)],
          ["In this state", state.statusSince !== undefined && <RelativeTime key="since" ms={state.statusSince} />],
          [
            "Session",
            state.sessionId && (
              <Link
                key="session"
                to="/sessions/$id"
                params={{ id: state.sessionId }}
                className="text-run hover:underline"
              >
                {calm(state.sessionId)}
              </Link>
            ),
          ],
          ["Tasks done", count(state.tasksCompleted)],
          ["Errors", count(state.errors)],
          [
            "Tests",
            state.tdd && `${count(state.tdd.passing)} of ${count(state.tdd.total)} pass · ${calm(state.tdd.phase)}`,
          ],
          ["Lines covered", state.tdd?.lineCoverage !== undefined && percent(state.tdd.lineCoverage)],
          ["Tokens in", usage.inputTokens > 0 && thousands(usage.inputTokens)],
          ["from cache", usage.cachedInputTokens > 0 && thousands(usage.cachedInputTokens)],
          ["out", usage.outputTokens > 0 && thousands(usage.outputTokens)],
          ["Cost", usage.costUsd > 0 && dollars(usage.costUsd)],
          ["CPU", state.cpuPercent !== undefined && percent(state.cpuPercent)],
          ["Memory", state.memoryBytes !== undefined && bytes(state.memoryBytes)],
          ["Last event", <RelativeTime key="updated" ms={state.updatedAt} />],
        ]}
      />
      {(state.lease || state.driver) && (
        <p className="text-[13px] text-ink-2" data-testid="lease">
          {state.lease && leaseWords(state.lease)}{" "}
          {state.driver && <span title={moment(state.driver.since)}>Driven by {calm(state.driver.driver)}.</span>}
        </p>
      )}
      {state.budget && <BudgetLine budget={state.budget} />}
      {lastError && (
        <p className="max-w-3xl rounded-md bg-stop-soft px-3 py-2 text-[13px] break-words">
          <strong className="text-stop">Last error</strong> {calm(lastError.message)}{" "}
          <span className="text-ink-2">
            (<RelativeTime ms={lastError.at} />)
          </span>
        </p>
      )}
    </div>
  );
}

/** Heartbeats are no events: when it ends is known only from the last one. */
function leaseWords(lease: NonNullable<AgentState["lease"]>): string {
  const { producer, epoch, ttlMs, state } = lease;
  const who = `${calm(producer)}, epoch ${count(epoch)}`;
  if (state === "held")
    return `At work as this agent: ${who}${ttlMs === undefined ? "" : `, lost ${duration(ttlMs)} after its last heartbeat`}.`;
  return state === "lost"
    ? `Nobody is at work as this agent: the heartbeats of ${who} ended.`
    : `Nobody is at work as this agent: ${who} left it.`;
}

const budgetWord = {
  within: "within it",
  warned: "nearly used up",
  paused: "used up: it was paused",
  cancelled: "used up: it was cancelled",
} as const;

function BudgetLine({ budget: { limits, used, state, updatedAt } }: { budget: Budget }) {
  const parts = [
    limits.costUsd !== undefined &&
      `${used?.costUsd === undefined ? "" : `${dollars(used.costUsd)} of `}${dollars(limits.costUsd)}`,
    limits.tokens !== undefined &&
      `${used?.tokens === undefined ? "" : `${thousands(used.tokens)} of `}${thousands(limits.tokens)} tokens`,
    limits.seconds !== undefined &&
      `${used?.seconds === undefined ? "" : `${duration(used.seconds * 1_000)} of `}${duration(limits.seconds * 1_000)}`,
  ].filter(Boolean);
  return (
    <p className={`text-[13px] ${state === "within" ? "text-ink-2" : "text-stop"}`} data-testid="budget">
      <span className="text-ink-3">Budget</span> {parts.join(" · ")}, {budgetWord[state]} (
      <RelativeTime ms={updatedAt} />)
    </p>
  );
}
