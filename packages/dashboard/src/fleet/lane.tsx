/** One row of the fleet: lamp, name, its line, its last words, its figures. */
import { memo } from "react";
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { Elapsed, RelativeTime } from "../components/relative-time.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { Track } from "../components/track.tsx";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { Activity } from "./activity.ts";
import type { FleetItem } from "./item.ts";
import { type Choosing, RowCheck } from "./row-check.tsx";
import { Busy, kindWord, RowLink, StateWords, usageWords } from "./row-parts.tsx";

/** Done for longer than this is of the past, and drawn fainter. */
const fadesAfterMs = 600_000;

interface LaneProps extends Choosing {
  item: FleetItem;
  activity: Activity;
  nowMs: number;
}

export const Lane = memo(function Lane({ item, activity, nowMs, chosen, onChoose }: LaneProps) {
  const past = item.condition === "done" && nowMs - item.updatedAt > fadesAfterMs;
  const said = plainText(item.said || item.reason);
  return (
    <div
      data-testid="fleet-row"
      data-key={item.key}
      data-condition={item.condition}
      className={classes(
        "flex h-full items-center border-b border-rule pl-2 md:pl-3",
        item.condition === "waiting" ? "bg-wait-soft" : chosen ? "bg-run-soft" : "hover:bg-raised",
      )}
    >
      <RowCheck of={item.key} title={item.title} chosen={chosen} onChoose={onChoose} />
      <RowLink
        item={item}
        className={classes(
          "grid h-full min-w-0 flex-1 content-center items-center gap-x-4 pr-4 pl-2 md:pr-6",
          "grid-cols-[16px_minmax(0,1fr)_auto] lg:grid-cols-[16px_minmax(0,5fr)_minmax(0,168px)_minmax(0,6fr)_116px]",
          "focus-visible:outline-offset-[-2px]",
        )}
      >
        <Lamp name={item.lamp} />
        <span className="min-w-0">
          <span className="flex min-w-0 items-baseline gap-2">
            <span
              className={classes("truncate font-medium", past ? "text-ink-2" : "text-ink")}
              title={calm(item.title)}
            >
              {calm(item.title)}
            </span>
            <StateWords item={item} className="max-w-[75%] shrink-0 truncate max-lg:hidden" />
          </span>
          <StateWords item={item} className="block truncate lg:hidden" />
          <span className="block truncate text-[13px] text-ink-3 max-lg:hidden in-data-[density=compact]:hidden">
            {kindWord[item.kind]}
            {item.subtitle !== "" && ` · ${calm(item.subtitle)}`}
          </span>
        </span>
        <span className="max-lg:order-2 max-lg:w-24">
          <Line item={item} activity={activity} nowMs={nowMs} />
        </span>
        <span
          title={said}
          className={classes(
            "truncate font-mono text-[13px] max-lg:order-1 max-lg:col-start-2",
            item.saidBad ? "text-stop" : past ? "text-ink-3" : "text-ink-2",
          )}
        >
          {said}
        </span>
        <span className="text-right text-[13px] text-ink-2">
          <span className="block">
            {item.startedAt === undefined ? (
              <RelativeTime ms={item.updatedAt} />
            ) : (
              <Elapsed from={item.startedAt} to={endOf(item)} />
            )}
          </span>
          <span className="block truncate text-xs text-ink-3 in-data-[density=compact]:hidden">{figureOf(item)}</span>
        </span>
      </RowLink>
    </div>
  );
});

/** How far it is, or, while it runs without saying so, how busy. */
function Line({ item, activity, nowMs }: Pick<LaneProps, "item" | "activity" | "nowMs">) {
  if (item.progress !== undefined || item.condition !== "running")
    return <Track condition={item.condition} progress={item.progress} />;
  if (item.kind !== "process") return <Busy item={item} activity={activity} nowMs={nowMs} width={168} />;
  return <Sparkline values={item.cpuHistory} width={168} height={22} label="CPU" className="w-full" />;
}

/** Elapsed time stands still for what has ended, and for what was last heard of long ago. */
const endOf = (item: FleetItem): number | undefined =>
  item.stoppedAt ?? (item.condition === "lost" ? item.updatedAt : undefined);

function figureOf(item: FleetItem): string {
  if (item.lines !== undefined) return `${count(item.lines)} ${item.lines === 1 ? "line" : "lines"}`;
  return usageWords(item) || (item.cpuPercent === undefined ? "" : `${Math.round(item.cpuPercent)} % CPU`);
}
