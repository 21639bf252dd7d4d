/** An inbox with a lease of its own: for whatever carries out commands and publishes nothing else as the lease's producer. */
import type { Client, Readable } from "@signalbox/client";
import { type Clock, systemClock } from "../clock.ts";
import { callOut } from "../value.ts";
import type { CommandSpec } from "./execution.ts";
import { Inbox } from "./inbox.ts";
import { LeaseKeeper, type LeaseState } from "./lease-keeper.ts";
import { OwnSequence } from "./sequence.ts";

export interface InboxOptions {
  client: Pick<Client, "request" | "watch">;
  /** Whose commands: `agent:ID`, `process:ID` … */
  channel: string;
  /** Who carries them out, as the lease and the events name it. Two that must not replace each other have different names. */
  producer: string;
  /** The lease lasts so long without a renewal; 15,000 if absent. */
  ttlMs?: number;
  /** With a running agent: how long it may publish nothing before it is called stuck. */
  progressMs?: number;
  /** Even if another producer holds the lease. */
  takeOver?: boolean;
  /** By name. Commands of other names fail with the code `unknown_command`. */
  commands: Readonly<Record<string, CommandSpec>>;
  onLease?: (state: LeaseState) => void;
  clock?: Clock;
  /** 0 ≤ x < 1. */
  random?: () => number;
}

export interface OpenInbox {
  readonly lease: Readable<LeaseState>;
  /** Ends what runs (its `signal` is aborted; it has five seconds), then the lease. */
  close(): Promise<void>;
}

/** Returns at once; the gateway may be away. */
export function openInbox(options: InboxOptions): OpenInbox {
  const { client, channel, producer, commands, ttlMs, progressMs, takeOver, onLease } = options;
  const { clock = systemClock, random = Math.random } = options;
  const lease = new LeaseKeeper({ client, clock, random, channel, producer, ttlMs, progressMs, takeOver });
  const sequence = new OwnSequence();
  const inbox = new Inbox({
    ...{ client, clock, random, channel, producer, lease, sequence, commands },
    onRefused: (problem) => lease.refuse(problem),
  });
  lease.state.subscribe(() => {
    const state = lease.state.snapshot();
    if (lease.epoch !== sequence.epoch) {
      sequence.begin(lease.epoch);
      if (lease.epoch === undefined) inbox.interrupt("the lease ended");
      else inbox.begin();
    }
    if (onLease !== undefined) callOut(() => onLease(state));
  });
  return {
    lease: lease.state,
    close: async () => {
      await inbox.close();
      await lease.release();
    },
  };
}
