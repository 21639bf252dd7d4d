/** A fleet in figures: how many are in which state, who waits longest, what was used. Kept while states come and go. */
import type { AgentState } from "./agent.ts";
import type { SessionState } from "./session.ts";
import { nothingUsed, type Usage } from "./usage.ts";
import { isWaiting, type WorkState, workStateOf } from "./work-state.ts";

export type FleetKind = "agent" | "session" | "process";

/** What the fleet needs of a channel's state. */
export type FleetMember =
  | ({ kind: "agent" } & Pick<AgentState, "status" | "statusSince" | "usage">)
  | ({ kind: "session" } & Pick<SessionState, "status" | "statusSince">)
  | { kind: "process"; status: string };

export interface FleetFigures {
  /** How many there are of each kind in each state; states without one are absent. */
  counts: Readonly<Record<FleetKind, ReadonlyMap<WorkState, number>>>;
  /** Agents and sessions that wait for people. */
  waiting: number;
  /** The one that has waited longest. */
  oldestWaiting: { channel: string; since: number } | undefined;
  /** Of all agents: each increment counts for one of them. */
  usage: Usage;
}

/** A member as it was counted. */
interface Counted {
  kind: FleetKind;
  state: WorkState;
  since: number | undefined;
  usage: Usage;
}

const usageNames = ["inputTokens", "cachedInputTokens", "outputTokens", "costUsd", "seconds"] as const;

export class Fleet {
  readonly #members = new Map<string, Counted>();
  readonly #counts: Record<FleetKind, Map<WorkState, number>> = {
    agent: new Map(),
    session: new Map(),
    process: new Map(),
  };
  /** By channel, since when. */
  readonly #waiting = new Map<string, number>();
  #figures: FleetFigures | undefined;

  get size(): number {
    return this.#members.size;
  }

  upsert(channel: string, member: FleetMember): void {
    this.remove(channel);
    const state = workStateOf(member.status);
    const since = member.kind === "process" ? undefined : member.statusSince;
    const usage = member.kind === "agent" ? member.usage : nothingUsed;
    this.#members.set(channel, { kind: member.kind, state, since, usage });
    this.#count(member.kind, state, 1);
    if (isWaiting(state)) this.#waiting.set(channel, since ?? 0);
  }

  remove(channel: string): void {
    const before = this.#members.get(channel);
    this.#figures = undefined;
    if (before === undefined) return;
    this.#members.delete(channel);
    this.#waiting.delete(channel);
    this.#count(before.kind, before.state, -1);
  }

  /** The same object until something changed. */
  figures(): FleetFigures {
    this.#figures ??= {
      counts: {
        agent: new Map(this.#counts.agent),
        session: new Map(this.#counts.session),
        process: new Map(this.#counts.process),
      },
      waiting: this.#waiting.size,
      oldestWaiting: this.#oldestWaiting(),
      usage: this.#usage(),
    };
    return this.#figures;
  }

  #count(kind: FleetKind, state: WorkState, by: 1 | -1): void {
    const counts = this.#counts[kind];
    const count = (counts.get(state) ?? 0) + by;
    if (count === 0) counts.delete(state);
    else counts.set(state, count);
  }

  #oldestWaiting(): FleetFigures["oldestWaiting"] {
    let oldest: FleetFigures["oldestWaiting"];
    for (const [channel, since] of this.#waiting) if (since < (oldest?.since ?? Infinity)) oldest = { channel, since };
    return oldest;
  }

  /** Summed anew: taking away what was added leaves a little of it where figures have fractions. */
  #usage(): Usage {
    const sum = { ...nothingUsed };
    for (const { usage } of this.#members.values()) for (const name of usageNames) sum[name] += usage[name];
    return sum;
  }
}
