/** Whose agents a budget's scope has (§14.4): of those that are at work. */
import type { Snapshot } from "@signalbox/protocol";
import { type Done, hasFailed } from "../hub-ports.ts";
import type { Lease } from "./lease.ts";

/** Who is at work, and what they say of themselves. */
export interface Work {
  /** Leases that are held: all of them, and the one of a channel. */
  held(): Iterable<Lease>;
  heldOf(channel: string): Lease | undefined;
  snapshot(channel: string, done: Done<{ snapshot: Snapshot | undefined }>): void;
}

/** States looked at in one go. */
const atOnce = 100;

export const isAgent = (channel: string): boolean => channel.startsWith("agent:");

/** `among`: only of these channels. Calls back with `undefined` where a state could not be read. */
export function agentsOf(
  work: Work,
  scope: string,
  among: ReadonlySet<string> | undefined,
  done: (agents: readonly Lease[] | undefined) => void,
): void {
  const named = isAgent(scope) ? [scope] : among;
  const all = named === undefined ? [...work.held()] : [...named].flatMap((channel) => work.heldOf(channel) ?? []);
  const agents = all.filter(({ channel }) => isAgent(channel));
  if (scope === "global" || isAgent(scope)) done(agents);
  else ofSession(work, scope, agents, done);
}

/** Those that say they work for the session, or that it names. */
function ofSession(
  work: Work,
  scope: string,
  agents: readonly Lease[],
  done: (agents: readonly Lease[] | undefined) => void,
): void {
  const sessionId = scope.slice("session:".length);
  const found: Lease[] = [];
  const next = (from: number, members: ReadonlySet<unknown>): void => {
    const some = agents.slice(from, from + atOnce);
    if (some.length === 0) {
      done(found);
      return;
    }
    const channels = some.map(({ channel }) => channel);
    statesOf(work, channels, (states) => {
      if (states === undefined) {
        done(undefined);
        return;
      }
      for (const [index, lease] of some.entries()) {
        const isNamed = members.has(lease.channel.slice("agent:".length));
        if (isNamed || memberOf(states[index], "sessionId") === sessionId) found.push(lease);
      }
      next(from + atOnce, members);
    });
  };
  statesOf(work, [scope], (states) => {
    const members = memberOf(states?.[0], "agents");
    if (states === undefined) done(undefined);
    else next(0, new Set(Array.isArray(members) ? (members as unknown[]) : []));
  });
}

/** Folded states of channels; `undefined`: not all could be read. */
function statesOf(work: Work, channels: readonly string[], done: (states: unknown[] | undefined) => void): void {
  const states: unknown[] = new Array(channels.length);
  let waiting = channels.length;
  let isWhole = true;
  for (const [index, channel] of channels.entries()) {
    work.snapshot(channel, (answer) => {
      if (hasFailed(answer)) isWhole = false;
      else states[index] = answer.snapshot?.state;
      if (--waiting === 0) done(isWhole ? states : undefined);
    });
  }
}

const memberOf = (state: unknown, name: string): unknown =>
  typeof state === "object" && state !== null ? Reflect.get(state, name) : undefined;
