/** Red, green, refactor over time: each block goes to the moment it began. */
import { classes } from "../components/classes.ts";
import { count, duration, moment } from "../components/figures.ts";
import { spoken } from "../fleet/condition.ts";
import { useNow } from "../stores/clock.ts";
import { useGoToMoment } from "../stores/moment.ts";
import { calm } from "../text/visible.ts";
import { type Block, blocksOf } from "./phases.ts";
import type { Phase } from "./test-fold.ts";

const looks: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  red: "bg-stop-soft text-stop border-stop",
  green: "bg-done-soft text-done border-done",
  refactor: "bg-run-soft text-run border-run",
});

/** Widths of what still lasts need no more. */
const stepMs = 5_000;

export function PhaseStrip({ phases, cut }: { phases: readonly Phase[]; cut: number }) {
  const step = Math.floor(useNow() / stepMs) * stepMs;
  const goTo = useGoToMoment();
  const blocks = blocksOf(phases, step);
  const hidden = cut + phases.length - blocks.length;
  if (blocks.length === 0) return <p className="text-[13px] text-ink-2">No phases were told; the runs are below.</p>;
  return (
    <>
      <ol aria-label="Phases, oldest first" data-testid="phases" className="flex w-full gap-0.5 overflow-x-auto pb-1">
        {blocks.map((block) => (
          <li key={block.at} className="flex min-w-16" style={{ flex: `${block.weight} 0 4rem` }}>
            <button
              type="button"
              title={titleOf(block)}
              data-phase={block.phase}
              onClick={() => goTo(block.at)}
              className={classes(
                "flex h-11 w-full min-w-0 cursor-pointer flex-col justify-center rounded-sm border-b-2 px-2 text-left hover:underline",
                looks[block.phase] ?? "border-idle bg-sunken text-ink-2",
              )}
            >
              <span className="truncate text-[13px] font-semibold">{calm(spoken(block.phase))}</span>
              <span className="truncate text-xs">{said(block)}</span>
            </button>
          </li>
        ))}
      </ol>
      {hidden > 0 && (
        <p className="text-xs text-ink-3">
          Showing {count(blocks.length)} of {count(blocks.length + hidden)} phases
        </p>
      )}
    </>
  );
}

const said = ({ passing, failing, total, at, until }: Block): string =>
  total === undefined
    ? until === undefined
      ? "now"
      : duration(until - at)
    : (failing ?? 0) > 0
      ? `${count(failing ?? 0)} of ${count(total)} fail`
      : `${count(passing ?? 0)} pass`;

const titleOf = ({ phase, taskId, at, until }: Block): string =>
  calm(
    [
      spoken(phase),
      taskId === undefined ? "" : `task ${taskId}`,
      `from ${moment(at)}`,
      until === undefined ? "until now" : `for ${duration(until - at)}`,
    ]
      .filter(Boolean)
      .join(", "),
  );
