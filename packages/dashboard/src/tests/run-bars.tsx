/** The last runs side by side: what failed stands on what passed. */
import { count, duration, moment } from "../components/figures.ts";
import { calm } from "../text/visible.ts";
import type { Run } from "./test-fold.ts";

const shownMost = 60;
const height = 48;

export function RunBars({ runs, cut }: { runs: readonly Run[]; cut: number }) {
  const shown = runs.slice(-shownMost);
  const highest = Math.max(1, ...shown.map(({ total }) => total ?? 0));
  const px = (tests: number): number => (tests === 0 ? 0 : Math.max(3, (tests / highest) * height));
  const hidden = cut + runs.length - shown.length;
  return (
    <>
      <ol aria-label="Runs, oldest first" data-testid="runs" className="flex items-end gap-1 overflow-x-auto">
        {shown.map((run) => (
          <li
            key={`${run.suite} ${run.run}`}
            data-failing={run.failing}
            title={runInWords(run)}
            className="flex w-2.5 shrink-0 flex-col justify-end"
            style={{ height }}
          >
            <span className="sr-only">{runInWords(run)}</span>
            <span className="rounded-t-[1px] bg-stop" style={{ height: px(run.failing ?? 0) }} />
            <span className="bg-done opacity-60" style={{ height: px(run.passing ?? 0) }} />
            <span className="border border-idle" hidden={!run.skipped} style={{ height: px(run.skipped ?? 0) }} />
          </li>
        ))}
      </ol>
      {hidden > 0 && (
        <p className="text-xs text-ink-3">
          Showing {count(shown.length)} of {count(shown.length + hidden)} runs
        </p>
      )}
    </>
  );
}

function runInWords({ suite, total, passing, failing, skipped, durationMs, at }: Run): string {
  const parts = [
    suite === undefined ? "Run" : calm(suite),
    `${count(passing ?? 0)} of ${count(total ?? 0)} passed`,
    (failing ?? 0) > 0 ? `${count(failing ?? 0)} failed` : "",
    (skipped ?? 0) > 0 ? `${count(skipped ?? 0)} skipped` : "",
    durationMs === undefined ? "" : `in ${duration(durationMs)}`,
    moment(at),
  ];
  return parts.filter(Boolean).join(", ");
}
