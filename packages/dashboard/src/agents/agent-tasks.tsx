/** What an agent works on, and what it did, as far as its state keeps it. */

import type { AgentState, Task } from "@signalbox/core/reducers";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { conditionOf, lampOf, spoken } from "../fleet/condition.ts";
import { calm } from "../text/visible.ts";

export function AgentTasks({ state: { tasks } }: { state: AgentState }) {
  if (tasks.items.length === 0)
    return (
      <EmptyState title="No tasks yet">
        <p>Tasks that an agent is given or reports (agent_task_update, task_assigned, task_completed) stand here.</p>
      </EmptyState>
    );
  const all = tasks.items.length + tasks.cut;
  return (
    <section
      aria-label="Tasks"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto bg-panel"
    >
      <p className="px-4 py-2 text-[13px] text-ink-3 md:px-6">
        Showing {count(tasks.items.length)} of {count(all)}, the newest first
      </p>
      <ul>
        {[...tasks.items].reverse().map((task) => (
          <Row key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function Row({ task: { id, title, type, status = "unknown", progress, error, updatedAt } }: { task: Task }) {
  return (
    <li className="grid grid-cols-[9rem_minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 border-t border-rule px-4 py-2 md:grid-cols-[9rem_minmax(0,1fr)_10rem_7rem] md:px-6">
      <LampWord name={lampOf(status)} word={calm(spoken(status))} className="overflow-hidden text-[13px]" />
      <span className="min-w-0">
        <span className="block truncate" title={calm(title ?? id)}>
          {calm(title ?? id)}
        </span>
        {type && <span className="block truncate text-xs text-ink-3">{calm(type)}</span>}
        {error && (
          <span className="block text-[13px]">
            <Fault text={error} />
          </span>
        )}
      </span>
      <span className="max-md:hidden">
        {progress !== undefined && <Track condition={conditionOf(status)} progress={progress} />}
      </span>
      <span className="text-right text-[13px] text-ink-2">
        <RelativeTime ms={updatedAt} />
      </span>
    </li>
  );
}
