/** A line with its blocks: lit as far as the work has come, the block it is in outlined. */
import type { Condition } from "../fleet/condition.ts";
import { classes } from "./classes.ts";
import { percent } from "./figures.ts";

const blocks = 10;

const litFill: Readonly<Record<Condition, string>> = {
  running: "bg-run",
  waiting: "bg-wait-lit",
  stuck: "bg-stop",
  lost: "bg-stop",
  failed: "bg-stop",
  idle: "bg-idle",
  paused: "bg-idle",
  unknown: "bg-idle",
  done: "bg-done",
};

interface TrackProps {
  condition: Condition;
  /** 0 to 100; undefined: it did not say. */
  progress: number | undefined;
}

export function Track({ condition, progress }: TrackProps) {
  if (progress === undefined) return <PlainTrack condition={condition} />;
  const reached = Math.max(0, Math.min(100, progress)) / (100 / blocks);
  return (
    <div className="flex items-center gap-2">
      <div
        className="flex flex-1 items-center gap-[3px]"
        role="progressbar"
        aria-label="Progress"
        aria-valuenow={Math.round(progress)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        {Array.from({ length: blocks }, (_, block) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks are places
            key={block}
            className={classes(
              "lit h-1.5 flex-1 rounded-[1px]",
              reached >= block + 1 ? litFill[condition] : "bg-rule",
              reached > block && reached < block + 1 && classes(litFill[condition], "opacity-50"),
            )}
          />
        ))}
      </div>
      <span className="w-9 text-right text-xs text-ink-3">{percent(Math.round(progress))}</span>
    </div>
  );
}

/** The line alone: its first block lit while something runs on it, a buffer stop where it ended. */
function PlainTrack({ condition }: { condition: Condition }) {
  const ended = condition === "done" || condition === "failed";
  const occupied = condition === "running" || condition === "waiting";
  return (
    <div className="flex items-center" aria-hidden="true">
      {occupied && <span className={classes("lit h-0.5 w-8 rounded", litFill[condition])} />}
      <span className={classes("h-0.5 flex-1", ended ? "bg-rule-strong" : "bg-rule")} />
      {ended && <span className={classes("h-3 w-[3px] rounded-[1px]", litFill[condition])} />}
    </div>
  );
}
