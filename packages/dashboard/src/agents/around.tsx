/** Sessions, processes and agents that belong to an agent, with their state. */
import { Link } from "@tanstack/react-router";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { calm } from "../text/visible.ts";
import type { Neighbour, Surroundings } from "./surroundings.ts";

/** Of each group; the others are in the fleet. */
const shownMost = 100;

const pathOf = { agent: "/agents/$id", session: "/sessions/$id", process: "/processes/$id" } as const;

export function Around({ around: { groups } }: { around: Surroundings }) {
  if (groups.length === 0)
    return (
      <EmptyState title="Nothing is known around this agent">
        <p>
          An agent belongs to the session that it or the session names; processes name their agent; agents below it are
          called <code className="font-mono">ID/…</code>.
        </p>
      </EmptyState>
    );
  return (
    <div
      className="grid min-h-0 flex-1 content-start gap-3 overflow-y-auto p-4 md:grid-cols-2 md:px-6"
      data-testid="around"
    >
      {groups.map(({ title, of, cut }) => (
        <Panel key={title} title={title} beside={<Shown shown={of.length} cut={cut} />}>
          <ul className="flex flex-col gap-1">
            {of.slice(0, shownMost).map((one) => (
              <Row key={one.key} one={one} />
            ))}
          </ul>
        </Panel>
      ))}
      <p className="text-[13px] text-ink-2 md:col-span-2">
        What it wrote down is in{" "}
        <Link to="/memory" className="text-run underline">
          Memory
        </Link>
        , its tests in{" "}
        <Link to="/tests" className="text-run underline">
          Tests
        </Link>
        .
      </p>
    </div>
  );
}

function Shown({ shown, cut }: { shown: number; cut: number }) {
  const all = shown + cut;
  const seen = Math.min(shown, shownMost);
  return (
    <span className="text-xs text-ink-3">{seen < all ? `showing ${count(seen)} of ${count(all)}` : count(all)}</span>
  );
}

function Row({ one }: { one: Neighbour }) {
  return (
    <li className="flex min-w-0 items-center gap-2 text-[13px]">
      <Lamp name={one.lamp} />
      <Link
        to={pathOf[one.kind]}
        params={{ id: one.id }}
        className="min-w-0 flex-1 truncate font-medium hover:underline"
      >
        <span title={calm(one.title)}>{calm(one.title)}</span>
      </Link>
      <span className="max-w-40 truncate text-ink-2">{calm(one.word)}</span>
      {one.updatedAt > 0 && (
        <span className="w-20 shrink-0 text-right text-ink-3">
          <RelativeTime ms={one.updatedAt} />
        </span>
      )}
    </li>
  );
}
