/**
 * What is to be done next about a session, from how everything stands: the same function begins it, carries it on and takes it
 * up again after the gateway was killed. Each deed can be done again without harm. Pure.
 */
import type { Command, Lease } from "@signalbox/core";
import { commandIsOpen } from "@signalbox/core";
import type { Offer } from "./offers.ts";
import type { Order } from "./order.ts";

/** How one agent of the session stands. */
export interface Part {
  name: string;
  /** The newest command that begins it, once one was given; how many before it came to nothing. */
  start: Command | undefined;
  attempt: number;
  process: ProcessFacts | undefined;
  /** 0 to 100, as its agent says. */
  progress: number | undefined;
  /** Who could begin it. */
  offer: Offer | undefined;
}

export interface ProcessFacts {
  channel: string;
  /** As folded: unknown, running, done, failed, killed or cancelled. */
  status: string;
  lease: Lease | undefined;
  /** Whoever began the agent took that lease: a runner that names the process of somebody else gets nothing ended. */
  isOwn: boolean;
}

export interface Facts {
  nowMs: number;
  graceMs: number;
  order: Order;
  /** The command that keeps the order. */
  command: Command;
  stop: Command | undefined;
  /** As the session's events say. */
  hasStarted: boolean;
  hasStopped: boolean;
  progress: number | undefined;
  parts: readonly Part[];
}

export type Outcome = "done" | "failed" | "cancelled";

export interface Said {
  status: "waiting" | "started" | "active" | "stopping";
  message: string;
  progress_step?: string;
  progress?: number;
  processes?: string[];
}

export type Deed =
  | { do: "open" }
  /** A runner has its first command: the order does not wait any longer. */
  | { do: "begin" }
  | { do: "say"; said: Said }
  | { do: "give"; part: number; attempt: number; offer: Offer }
  | { do: "withdraw"; part: number }
  | { do: "cancel"; part: number; channel: string }
  | { do: "finish"; outcome: Outcome; reason: string };

type PartState = "waiting" | "starting" | "running" | Outcome;

/** Given to a runner that had no room for it, or that was gone: nothing ran, and it may be given again. */
const comesToNothing: ReadonlySet<string | undefined> = new Set(["busy", "stopping"]);
export const mayGiveAgain = ({ state, code }: Command): boolean =>
  state === "expired" || (state === "failed" && comesToNothing.has(code));

/** With the longest pause between them these are an hour. */
const attemptsAtMost = 120;
const longestPauseMs = 30_000;
const pauseMs = (attempt: number): number => Math.min(longestPauseMs, 1_000 * 2 ** attempt);

export function plan(facts: Facts): Deed[] {
  const { command, hasStarted, hasStopped, stop, parts, nowMs, graceMs } = facts;
  if (!hasStarted) return [{ do: "open" }];
  const states = parts.map((part) => stateOf(part, facts));
  const live = parts.filter((_part, index) => isLive(states[index]));
  if (!commandIsOpen(command) && live.length === 0) {
    return [{ do: "finish", outcome: "failed", reason: "no runner began it in time" }];
  }
  if (stop !== undefined) {
    const ended = states.every(isEnd) ? outcomeOf(parts, states) : undefined;
    if (live.length === 0) return [{ do: "finish", ...(ended?.outcome === "done" ? ended : stopped) }];
    if (nowMs - stop.issuedAt >= graceMs)
      return [{ do: "finish", outcome: "failed", reason: remaining(live, graceMs) }];
    return [...ending(parts, states), ...(hasStopped ? [] : [stopping(live)])];
  }
  if (states.every(isEnd)) return [{ do: "finish", ...outcomeOf(parts, states) }];
  // Somebody else said that it ended: what runs is seen to its end, but nothing more is said or begun.
  if (hasStopped) return live.length === 0 ? [{ do: "finish", ...stopped }] : [];
  const given = parts.flatMap(({ offer, start, attempt }, part): Deed[] => {
    if (states[part] !== "waiting" || offer === undefined) return [];
    if (start === undefined) return [{ do: "give", part, attempt: 0, offer }];
    const isTime = nowMs - (start.endedAt ?? nowMs) >= pauseMs(attempt);
    return isTime ? [{ do: "give", part, attempt: attempt + 1, offer }] : [];
  });
  const isBegun = given.length > 0 || parts.some(({ start }) => start !== undefined);
  const begin: Deed[] = isBegun && command.state === "queued" ? [{ do: "begin" }] : [];
  return [...begin, ...given, { do: "say", said: saidOf(facts, states) }];
}

const stopped = { outcome: "cancelled", reason: "it was stopped" } as const;

const isLive = (state: PartState | undefined): boolean => state === "starting" || state === "running";
const isEnd = (state: PartState): boolean => state === "done" || state === "failed" || state === "cancelled";

function stateOf({ start, attempt, process }: Part, { nowMs, graceMs, stop }: Facts): PartState {
  if (start === undefined || (mayGiveAgain(start) && attempt + 1 < attemptsAtMost)) return "waiting";
  switch (start.state) {
    case "cancelled":
      return "cancelled";
    case "failed":
    case "expired":
      return "failed";
    case "done":
      break;
    default:
      return "starting";
  }
  switch (process?.status) {
    case "done":
      return "done";
    case "cancelled":
      return "cancelled";
    case "failed":
    case "killed":
      // What ends badly once it was told to end did as it was told.
      return stop === undefined ? "failed" : "cancelled";
    default:
      return isLost(process?.lease, nowMs, graceMs) ? "failed" : "running";
  }
}

/** It may come back for a while. */
const isLost = (lease: Lease | undefined, nowMs: number, graceMs: number): boolean =>
  lease?.state === "lost" && nowMs - (lease.endedAt ?? nowMs) >= graceMs;

/** What ends the parts that are alive; who has been told is told the same once more. */
function ending(parts: readonly Part[], states: readonly PartState[]): Deed[] {
  return parts.flatMap(({ start, process }, part): Deed[] => {
    if (states[part] === "running" && process?.isOwn) return [{ do: "cancel", part, channel: process.channel }];
    const isBegun = start?.state === "started" || start?.state === "done";
    return states[part] === "starting" && !isBegun ? [{ do: "withdraw", part }] : [];
  });
}

const stopping = (live: readonly Part[]): Deed => ({
  do: "say",
  said: { status: "stopping", message: `waits for the end of ${namesOf(live)}` },
});

function outcomeOf(parts: readonly Part[], states: readonly PartState[]): { outcome: Outcome; reason: string } {
  const failed = parts.filter((_part, index) => states[index] === "failed");
  const whyNot = failed.map(({ name, start, process }) => {
    const isSaid = process?.status === "failed" || process?.status === "killed";
    const why = start?.state !== "done" ? "was not begun" : isSaid ? "failed" : "was lost";
    return start?.error === undefined ? `${name} ${why}` : `${name} ${why}: ${start.error}`;
  });
  if (failed.length > 0) return { outcome: "failed", reason: whyNot.join("; ").slice(0, reasonLength) };
  const cancelled = parts.filter((_part, index) => states[index] === "cancelled");
  const told = cancelled.filter(({ process }) => process?.status === "cancelled");
  if (told.length > 0) return { outcome: "cancelled", reason: `${namesOf(told)} was cancelled` };
  if (cancelled.length > 0) return { outcome: "cancelled", reason: "commands to begin it were taken back" };
  return { outcome: "done", reason: "all of its processes ended well" };
}

function saidOf({ parts, progress: before = 0 }: Facts, states: readonly PartState[]): Said {
  const waiting = parts.filter(({ offer }, index) => states[index] === "waiting" && offer === undefined);
  const begun = parts.filter((_part, index) => states[index] === "running" || isEnd(states[index] ?? "waiting"));
  const lacking = waiting.length === 0 ? "" : `no runner can begin ${namesOf(waiting)}`;
  if (begun.length === 0) {
    if (waiting.length === parts.length) {
      return { status: "waiting", message: `${lacking}; start one where work may run: signalbox runner` };
    }
    const isFull = parts.some(({ start }) => start !== undefined && mayGiveAgain(start));
    return { status: "started", message: lacking || `waits for ${isFull ? "room at a runner" : "a runner to begin"}` };
  }
  const all = parts.map((part, index) => (isEnd(states[index] ?? "waiting") ? 100 : (part.progress ?? 0)));
  const mean = Math.round(all.reduce((sum, one) => sum + one, 0) / parts.length);
  const ended = states.filter(isEnd).length;
  const running = states.filter((state) => state === "running").length;
  return {
    status: "active",
    message: [`${running} at work, ${ended} of ${parts.length} ended`, lacking].filter(Boolean).join("; "),
    progress_step: parts
      .map(({ name }, index) => `${name}: ${states[index]}`)
      .join(", ")
      .slice(0, reasonLength),
    progress: Math.max(before, mean),
    processes: parts.flatMap(({ process }) =>
      process === undefined ? [] : [process.channel.replace(/^process:/, "")],
    ),
  };
}

const remaining = (live: readonly Part[], graceMs: number): string =>
  `${namesOf(live)} did not end within ${Math.round(graceMs / 1_000)} s after the stop, and may still run`;

const namesOf = (parts: readonly Part[]): string =>
  parts
    .map(({ name }) => name)
    .join(", ")
    .slice(0, reasonLength);

const reasonLength = 2_000;
