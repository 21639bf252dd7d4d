/** The life of a lease (§12): who is at work on a channel. held → released | lost, and then held again, in a higher epoch. */
import { agentStatusOf } from "@signalbox/protocol";
import {
  isByGateway,
  pick,
  refuse,
  type Step,
  type StepFacts,
  type Stepped,
  type StepRefused,
  textOf,
} from "./step.ts";

export interface Lease {
  channel: string;
  producer: string;
  /** Rises with every holder, and with every return of the same one. */
  epoch: number;
  ttlMs: number;
  /** How long an agent that runs may publish nothing before it is called stuck. */
  progressMs?: number;
  state: "held" | "released" | "lost";
  /** Who took it. */
  by: string;
  /** Milliseconds since 1970, as all times here. */
  since: number;
  endedAt?: number;
}

export interface LeaseFacts extends StepFacts {
  /** The channel that the lease is of. */
  id: string;
}

export const leaseIsHeld = ({ state }: Lease): boolean => state === "held";

/** Who said that it ended by itself is not lost. */
const final: ReadonlySet<string> = new Set(["done", "failed", "cancelled"]);

/** Only the gateway takes these steps, on behalf of those who ask it and when time is up. */
export function stepLease(before: Lease | undefined, { type, data }: Step, facts: LeaseFacts): Stepped<Lease> {
  if (!isByGateway(facts)) return refuse("forbidden", `only the gateway makes ${type}`);
  if (facts.channel !== facts.id) return refuse("internal", "a lease is kept in its own channel");
  if (type === "lease_held") return hold(before, data, facts);
  const refused = notHeld(before, data);
  if (refused !== undefined || before === undefined) return refused ?? none(facts);
  const { channel, producer, epoch } = before;
  const about = { channel, producer, epoch };
  if (type === "lease_released") {
    return { did: "change", type, data: about, next: { ...before, state: "released", endedAt: facts.nowMs } };
  }
  const next: Lease = { ...before, state: "lost", endedAt: facts.nowMs };
  const agentId = channel.startsWith("agent:") ? channel.slice("agent:".length) : undefined;
  const previous = textOf(data, "previousStatus");
  const reason = pick(data, ["reason"]);
  if (agentId === undefined || final.has(agentStatusOf(previous ?? ""))) {
    return { did: "change", type: "lease_lost", data: { ...about, ...reason }, next };
  }
  const status = { agentId, status: "lost", ...pick(data, ["previousStatus"]), ...reason, producer, epoch };
  return { did: "change", type: "agent_status", data: status, next };
}

function hold(before: Lease | undefined, data: Step["data"], facts: LeaseFacts): Stepped<Lease> {
  const producer = textOf(data, "producer") ?? "";
  if (before?.state === "held" && before.producer !== producer && data.takeOver !== true) {
    const { producer: holder, epoch } = before;
    return refuse("leased", `${holder} holds the lease of ${facts.id}`, { producer: holder, epoch });
  }
  const least = typeof data.epoch === "number" ? data.epoch : 1;
  const epoch = Math.max((before?.epoch ?? 0) + 1, least);
  const by = textOf(data, "by") ?? facts.by;
  const next: Lease = {
    ...{ channel: facts.id, producer, epoch, ttlMs: Number(data.ttlMs), state: "held", by, since: facts.nowMs },
    ...(typeof data.progressMs === "number" ? { progressMs: data.progressMs } : {}),
  };
  const { state: _state, since: _since, ...said } = next;
  const previous = before && { producer: before.producer, epoch: before.epoch, state: before.state };
  const producers = before === undefined || before.producer === producer ? [producer] : [producer, before.producer];
  return {
    did: "change",
    type: "lease_held",
    data: previous === undefined ? said : { ...said, previous },
    next,
    fence: { producers, epoch },
  };
}

/** Why the producer cannot speak for this lease with its epoch; `undefined` if it holds it. */
export function notHeld(
  before: Lease | undefined,
  about: { readonly producer?: unknown; readonly epoch?: unknown },
): StepRefused | undefined {
  if (before === undefined) return refuse("not_found", "nobody has held this lease");
  const { producer, epoch, state } = before;
  if (producer !== about.producer || epoch !== about.epoch) {
    return refuse("fenced", `${producer} has epoch ${epoch} of this lease`, { producer, epoch });
  }
  return state === "held" ? undefined : refuse("wrong_state", `the lease is ${state}`, { state, producer, epoch });
}

const none = ({ id }: LeaseFacts): StepRefused => refuse("not_found", `nobody has held the lease of ${id}`);
