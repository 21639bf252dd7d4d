/** Sends what processes left that were killed, or that did not wait for the gateway. */
import type { EventData } from "@signalbox/protocol";
import { type Clock, systemClock } from "./clock.ts";
import { memberOf } from "./member.ts";
import { unlease } from "./newest-kept.ts";
import { Outbox } from "./outbox.ts";
import { thisOwner } from "./owner.ts";
import type { Gateway } from "./sender.ts";
import { Spool } from "./spool.ts";
import type { SpoolAbout } from "./spool-files.ts";
import { listSpools, spoolRoot } from "./spool-root.ts";

export interface FlushOptions {
  gateway: Gateway;
  /** Only spools for this gateway are sent. */
  url: string;
  /** Also those that were meant for other gateways. */
  all?: boolean;
  root?: string;
  /** Stops; what was not sent stays. */
  leave?: AbortSignal;
  onProgress?: (about: SpoolAbout, waiting: number) => void;
  clock?: Clock;
  random?: () => number;
}

export interface Flushed {
  about: SpoolAbout;
  sent: number;
  /** Events that stayed in the spool. */
  left: number;
}

/** One spool after the other, oldest first; those a living process still writes are left alone. */
export async function flushSpools(options: FlushOptions): Promise<Flushed[]> {
  const { url, all = false, root = spoolRoot(process.env), leave = new AbortController().signal } = options;
  const flushed: Flushed[] = [];
  for (const spool of listSpools(root)) {
    if (spool.inUse || (!all && spool.about.url !== url)) continue;
    if (leave.aborted) break;
    const result = await flushOne(spool.directory, options, leave);
    if (result !== undefined) flushed.push(result);
  }
  return flushed;
}

async function flushOne(directory: string, options: FlushOptions, leave: AbortSignal): Promise<Flushed | undefined> {
  const { gateway, clock = systemClock, random = Math.random } = options;
  const spool = Spool.adopt(directory, thisOwner(), clock);
  if (spool === undefined) return undefined;
  const { about } = spool;
  if (spool.waiting > 0) await unlease(spool, gateway, { clock, random }, leave);
  const before = spool.waiting;
  if (about.channel.startsWith("agent:")) await sayAgentLost(spool, gateway, clock);
  else sayLost(spool, clock);
  const outbox = new Outbox(spool, gateway, {
    clock,
    random,
    onChange: () => options.onProgress?.(about, spool.waiting),
  });
  const left = await outbox.settle(leave);
  return { about, sent: Math.max(0, before - left), left };
}

/** A process whose watcher was killed would look as if it ran for ever. */
function sayLost(spool: Spool, clock: Clock): void {
  const { channel } = spool.about;
  const newest = spool.newest();
  if (!channel.startsWith("process:") || newest === undefined || ended.has(newest.type)) return;
  const processId = channel.slice("process:".length);
  const reason = "lost: the program that watched it was killed, so its end and its last output are not known";
  const data: EventData["process_stopped"] = { processId, exitCode: null, signal: null, reason };
  const { tags } = newest.metadata ?? {};
  spool.append([
    { type: "process_stopped", channel, timestamp: clock.nowMs(), data, ...(tags ? { metadata: { tags } } : {}) },
  ]);
}

/** What it said last would look as if it still did so, unless it has ended, or another process is at work as this agent. */
async function sayAgentLost(spool: Spool, gateway: Gateway, clock: Clock): Promise<void> {
  const { channel } = spool.about;
  const newest = spool.waiting === 0 ? undefined : spool.newest();
  if (newest === undefined || agentEnded.has(String(memberOf(newest.data, "status")))) return;
  if (await isHeld(channel, gateway)) return;
  const reason = "its process ended; what it had not sent was sent later";
  const data: EventData["agent_status"] = { agentId: channel.slice("agent:".length), status: "lost", reason };
  spool.append([{ type: "agent_status", channel, timestamp: clock.nowMs(), data }]);
}

/** As far as the gateway says. */
async function isHeld(channel: string, gateway: Gateway): Promise<boolean> {
  try {
    const response = await gateway.fetch(`/v1/leases/${encodeURIComponent(channel)}`);
    return memberOf(await response.json(), "state") === "held";
  } catch {
    return false;
  }
}

const agentEnded: ReadonlySet<string> = new Set(["done", "failed", "cancelled"]);
const ended = new Set(["process_stopped", "process_error"]);
