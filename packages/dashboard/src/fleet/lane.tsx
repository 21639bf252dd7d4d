/** One row of the fleet: lamp, name, its line, its last words, its figures. */
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import { Lamp, lampInk } from "../components/lamp.tsx";
import { Elapsed, RelativeTime } from "../components/relative-time.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { Track } from "../components/track.tsx";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { FleetItem, Kind } from "./item.ts";

const kindWord: Readonly<Record<Kind, string>> = { agent: "Agent", session: "Session", process: "Process" };

const pathOf = { agent: "/agents/$id", session: "/sessions/$id", process: "/processes/$id" } as const;

/** Done for longer than this is of the past, and drawn fainter. */
const fadesAfterMs = 600_000;

interface LaneProps {
  item: FleetItem;
  nowMs: number;
}

export const Lane = memo(function Lane({ item, nowMs }: LaneProps) {
  const past = item.condition === "done" && nowMs - item.updatedAt > fadesAfterMs;
  return (
    <Link
      to={pathOf[item.kind]}
      params={{ id: item.id }}
      data-testid="fleet-row"
      data-key={item.key}
      data-condition={item.condition}
      className={classes(
        "grid h-full content-center items-center gap-x-4 gap-y-1 border-b border-rule px-4 md:px-6",
        "grid-cols-[16px_minmax(0,1fr)_auto] lg:grid-cols-[16px_minmax(0,5fr)_minmax(0,168px)_minmax(0,6fr)_116px]",
        "hover:bg-raised focus-visible:outline-offset-[-2px]",
        item.condition === "waiting" && "bg-wait-soft hover:bg-wait-soft",
      )}
    >
      <Lamp name={item.lamp} />
      <span className="min-w-0">
        <span className="flex min-w-0 items-baseline gap-2">
          <span className={classes("truncate font-medium", past ? "text-ink-2" : "text-ink")}>{calm(item.title)}</span>
          <span className={classes("shrink-0 text-[13px] font-medium", lampInk[item.lamp])}>{calm(item.word)}</span>
        </span>
        <span className="block truncate text-[13px] text-ink-3 in-data-[density=compact]:hidden">
          {kindWord[item.kind]}
          {item.subtitle !== "" && ` · ${calm(item.subtitle)}`}
        </span>
      </span>
      <span className="max-lg:order-2 max-lg:w-24">
        {item.kind === "process" && item.condition === "running" ? (
          <Sparkline values={item.cpuHistory} width={168} height={22} label="CPU" className="w-full" />
        ) : (
          <Track condition={item.condition} progress={item.progress} />
        )}
      </span>
      <span
        className={classes(
          "truncate font-mono text-[13px] max-lg:order-1 max-lg:col-start-2",
          item.saidBad ? "text-stop" : past ? "text-ink-3" : "text-ink-2",
        )}
      >
        {plainText(item.said)}
      </span>
      <span className="text-right text-[13px] text-ink-2">
        <span className="block">
          {item.startedAt === undefined ? (
            <RelativeTime ms={item.updatedAt} />
          ) : (
            <Elapsed from={item.startedAt} to={endOf(item)} />
          )}
        </span>
        <span className="block text-xs text-ink-3 in-data-[density=compact]:hidden">{figureOf(item)}</span>
      </span>
    </Link>
  );
});

/** Elapsed time stands still for what has ended, and for what was last heard of long ago. */
const endOf = (item: FleetItem): number | undefined =>
  item.stoppedAt ?? (item.condition === "lost" ? item.updatedAt : undefined);

function figureOf(item: FleetItem): string {
  if (item.lines !== undefined) return `${count(item.lines)} ${item.lines === 1 ? "line" : "lines"}`;
  return item.cpuPercent === undefined ? "" : `${Math.round(item.cpuPercent)} % CPU`;
}
