/** What rows of every shape show of an agent, a session or a process. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import { lampInk } from "../components/lamp.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { useNow } from "../stores/clock.ts";
import { calm } from "../text/visible.ts";
import { type Activity, fullBucket } from "./activity.ts";
import { isTimed, stateWords } from "./attention.ts";
import type { FleetItem, Kind } from "./item.ts";

export const kindWord: Readonly<Record<Kind, string>> = { agent: "Agent", session: "Session", process: "Process" };

const pathOf = { agent: "/agents/$id", session: "/sessions/$id", process: "/processes/$id" } as const;

/** Opens the row's own page. `data-open` is what the keys find. */
export function RowLink({ item, className, children }: { item: FleetItem; className: string; children: ReactNode }) {
  return (
    <Link to={pathOf[item.kind]} params={{ id: item.id }} data-open={item.key} className={className}>
      {children}
    </Link>
  );
}

/** The state, and of what waits or went wrong how long. */
export function StateWords({ item, className }: { item: FleetItem; className?: string }) {
  const ink = classes("text-[13px] font-medium", lampInk[item.lamp], className);
  return isTimed(item) ? <Timed item={item} className={ink} /> : <span className={ink}>{calm(item.word)}</span>;
}

function Timed({ item, className }: { item: FleetItem; className: string }) {
  const words = calm(stateWords(item, useNow()));
  return (
    <span className={className} title={item.reason === "" ? words : `${words}: ${calm(item.reason)}`}>
      {words}
    </span>
  );
}

interface BusyProps {
  item: FleetItem;
  activity: Activity;
  nowMs: number;
  width: number;
}

/** Changes of its state by 5 seconds, since the page was opened. */
export function Busy({ item, activity, nowMs, width }: BusyProps) {
  return (
    <Sparkline
      values={activity.series(item.key, nowMs)}
      full={fullBucket}
      width={width}
      height={20}
      label="Changes in 5 s"
      figure={count}
      className="w-full"
    />
  );
}

/** `12.3 k`. */
export const thousands = (value: number): string =>
  value < 1_000 ? count(value) : value < 999_500 ? `${round(value / 1_000)} k` : `${round(value / 1_000_000)} M`;

export const dollars = (value: number): string => `$${value < 10 ? value.toFixed(2) : count(Math.round(value))}`;

const round = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

export function usageWords({ tokens, costUsd }: FleetItem): string {
  return [tokens > 0 && `${thousands(tokens)} tokens`, costUsd > 0 && dollars(costUsd)].filter(Boolean).join(" · ");
}
