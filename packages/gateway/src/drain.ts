/**
 * How the clients of a node that stops leave it. Where other nodes go on they leave one after the other and come back at once, to
 * another node; where there is none all are told when to come back to what is started in its place.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Broker, Session } from "@signalbox/core";
import type { Tenants } from "./tenants.ts";

/** The others get no more than this many clients a millisecond from it; each subscribes again and reads what it missed. */
const perSessionMs = 4;
const spreadMost = 30_000;
/** Clients that leave close together need not knock at the same moment. */
const knockMs = 250;
/** Closes of one turn. */
const turnMs = 20;

/** Without another node: after at least so long, and spread so that each has so many milliseconds to itself. */
const returnMs = { least: 500, spreadLeast: 1_500, spreadMost: 20_000, perSession: 4 };

/** How long the broker may take to say who else there is; a store that is away says nothing. */
const askMs = 1_000;

/** Whether another node takes this one's clients. Where the store cannot say, they are sent on: that is what the others are for. */
export async function othersGoOn(broker: Broker | undefined, name: string): Promise<boolean> {
  if (broker === undefined) return false;
  const late = new AbortController();
  const unknown = pause(askMs, undefined, { signal: late.signal, ref: false }).catch(() => undefined);
  const nodes = await Promise.race([broker.nodes().catch(() => undefined), unknown]);
  late.abort();
  return nodes === undefined || nodes.some((node) => node.name !== name && node.state === "ready");
}

/** Resolves when each was told and its connection closed. */
export async function sendOn(tenants: Tenants): Promise<void> {
  const hubs = [...tenants.all()].map(({ hub }) => hub);
  // Those that wait for a command or a decision have no session.
  for (const hub of hubs) hub.steering.wake();
  const leaving = shuffled(hubs.flatMap(({ connected }) => [...connected.all]));
  const startedMs = performance.now();
  const spreadMs = Math.min(spreadMost, leaving.length * perSessionMs);
  for (let left = 0; left < leaving.length; ) {
    const due = Math.ceil(((performance.now() - startedMs + turnMs) / spreadMs) * leaving.length);
    for (const session of leaving.slice(left, due)) {
      session.tell("disconnect", { reason: "going_away", reconnectAfterMs: Math.round(Math.random() * knockMs) });
      session.close("going_away");
    }
    left = Math.max(left, due);
    if (left < leaving.length) await pause(turnMs);
  }
}

export function tellWhen(tenants: Tenants): void {
  const { least, spreadLeast, spreadMost, perSession } = returnMs;
  const spread = Math.min(spreadMost, Math.max(spreadLeast, tenants.counts.sessions * perSession));
  tenants.goingAway(() => Math.round(least + Math.random() * spread));
}

function shuffled(sessions: Session[]): Session[] {
  for (let last = sessions.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [sessions[last], sessions[other]] = [sessions[other] as Session, sessions[last] as Session];
  }
  return sessions;
}
