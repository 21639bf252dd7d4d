/**
 * Where the steps of one frame are decided: the registers they need are at hand, and nobody else here changes them
 * meanwhile. A step is decided by what the steps before it in the frame have made of the state.
 */
import type { Draft, ErrorData, PublishResult } from "@signalbox/protocol";
import { errorData } from "../errors.ts";
import { type Failure, type HubPorts, hasFailed, type Principal } from "../hub-ports.ts";
import type { Appended, Entry, RegisterChange } from "../ports.ts";
import { mayPublish } from "../rights/verbs.ts";
import type { Declaration } from "./declaration.ts";
import type { Driver } from "./driver.ts";
import { declarationKey, driverKey, idOfKey, isFirst, type Kind, keyOf, kindOf, kinds, leaseKey } from "./kinds.ts";
import { type Lease, leaseIsHeld } from "./lease.ts";
import type { Held, Kept, TakenStep } from "./register-cache.ts";
import { type StepFacts, unknownId } from "./step.ts";

/** The parts of an event that a step may change. */
export interface Stampable {
  id: string;
  type: string;
  channel: string;
  data: unknown;
  /** Id of the producer that the event names. */
  producer: string | undefined;
}

/** A step that was allowed, or why it was not. */
export type Stamped =
  | { type: string; data: unknown; register: RegisterChange }
  | { result: PublishResult }
  | { error: ErrorData };

interface DeskOptions {
  ports: Pick<HubPorts, "nowMs" | "sha256">;
  /** The registers of the frame's steps, by key. */
  registers: Map<string, Held | Failure>;
  /** Times that news of other nodes had been missed, when they were looked up. */
  misses: number;
  /** How the sender is called in `*By` members. */
  byOf(principal: Principal): string;
}

/** Steps remembered beside the first, so that those sent again are known. */
const stepsKept = 16;

export class Desk {
  readonly #options: DeskOptions;
  readonly #registers: Map<string, Held | Failure>;
  /** Keys whose state here is ahead of what is kept. */
  readonly #ahead = new Set<string>();

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#registers = options.registers;
  }

  get misses(): number {
    return this.#options.misses;
  }

  /** Steps may leave the channel to what they are about. Who may not take this step there learns nothing of it. */
  addressed(draft: Draft, { rights }: Principal): Draft | Failure {
    if (draft.channel !== undefined || draft.id === undefined) return draft;
    const key = this.#keyOf(draft.type, draft.data, draft.id);
    const held = key === undefined ? undefined : this.#registers.get(key);
    if (key === undefined || held === undefined) return draft;
    if (hasFailed(held)) return held;
    if (held.kept === undefined) return isFirst(draft.type) ? draft : noSuch;
    const channel = kindIn(key).channelOf(held.kept.state);
    if (channel === undefined || isFirst(draft.type)) return draft;
    return mayPublish(rights, draft.type, channel) ? { ...draft, channel } : noSuch;
  }

  /**
   * Was the answer to this step found by a state that is not kept yet? Then it has to be found again once that is settled:
   * nobody may be told of what could still fail.
   */
  isProvisional({ type, data, id }: Draft): boolean {
    if (this.#ahead.size === 0 || id === undefined) return false;
    const key = this.#keyOf(type, data, id);
    return key !== undefined && this.#ahead.has(key);
  }

  /** `undefined`: it is no step. */
  stamp({ id, type, channel, data, producer }: Stampable, principal: Principal): Stamped | undefined {
    const name = kindOf(type);
    if (name === undefined) return undefined;
    const kind = kindNamed(name);
    const key = this.#keyOf(type, data, id);
    if (key === undefined || !isRecord(data)) {
      const rule = "is required";
      const path = `/data/${kind.idMember}`;
      return { error: errorData("invalid_message", `${path} ${rule}`, { path, rule }) };
    }
    const found = this.#registers.get(key);
    if (found === undefined || hasFailed(found)) return { error: failureOf(found) };
    const { kept, version, epoch, counts } = found;
    const repeated = kept?.steps.find((step) => step.id === id && step.sender === principal.key);
    if (repeated !== undefined) return { result: repeat(id, channel, epoch, repeated) };
    const { ports, byOf } = this.#options;
    const lease = this.#registers.get(leaseKey(channel));
    if (lease !== undefined && hasFailed(lease)) return { error: failureOf(lease) };
    const last = lease?.kept?.state as Lease | undefined;
    const held = last !== undefined && leaseIsHeld(last) ? last : undefined;
    const driver = this.#registers.get(driverKey(channel));
    if (driver !== undefined && hasFailed(driver)) return { error: failureOf(driver) };
    const facts: StepFacts = {
      eventId: id,
      channel,
      nowMs: ports.nowMs(),
      by: byOf(principal),
      producer,
      holder: held?.producer,
      holderEpoch: held?.epoch,
      hasEnded: held === undefined && producer !== undefined && last?.producer === producer,
      driver: driver?.kept === undefined ? undefined : (driver.kept.state as Driver).driver,
      roles: principal.roles,
      rights: principal.rights,
      sha256: (text) => ports.sha256(text),
    };
    const declared = this.#declaredBy(type, channel);
    if (declared !== undefined && hasFailed(declared)) return { error: failureOf(declared) };
    const stepped = kind.step(
      kept?.state,
      { type, data },
      {
        ...{ ...facts, id: idOfKey(key), declared },
        counts: counts ?? [],
      },
    );
    if (stepped.did === "refuse") return { error: errorData(stepped.failed, stepped.message, stepped.details) };
    if (stepped.did === "repeat") {
      const step = kept?.steps.at(stepped.newest ? -1 : 0);
      return { result: repeat(id, channel, epoch, step) };
    }
    const next: Kept = {
      state: stepped.next,
      steps: [...newest(kept?.steps ?? []), { id, sender: principal.key, version: version + 1 }],
    };
    const value = JSON.stringify(next);
    const sums = stepped.counts ?? counts;
    const ahead = { version: version + 1, epoch, kept: next, size: value.length };
    this.#registers.set(key, sums === undefined ? ahead : { ...ahead, counts: sums });
    this.#ahead.add(key);
    const register: RegisterChange = { key, from: version, value, open: kind.isOpen(stepped.next) };
    if (stepped.fence !== undefined) register.fence = stepped.fence;
    if (stepped.counts !== undefined) register.counts = stepped.counts;
    return { type: stepped.type, data: stepped.data, register };
  }

  /**
   * What the store made of it. Returns the registers that changed, and the keys of those whose state here is not what is
   * kept: they must be looked up again.
   */
  settle(
    entries: readonly Entry[],
    outcomes: readonly (Appended | undefined)[],
  ): { changed: Map<string, Held>; stale: Set<string> } {
    this.#ahead.clear();
    const stale = new Set<string>();
    const changed = new Map<string, Held>();
    for (const [index, { register }] of entries.entries()) {
      const outcome = outcomes[index];
      if (register === undefined) continue;
      const held = this.#registers.get(register.key);
      if (!outcome?.ok || outcome.duplicate || held === undefined || hasFailed(held)) stale.add(register.key);
      else changed.set(register.key, placed(held, register.from + 1, outcome.offset, outcome.epoch));
    }
    for (const key of stale) changed.delete(key);
    for (const [key, held] of changed) this.#registers.set(key, held);
    return { changed, stale };
  }

  /** Looked up again. */
  renew(key: string, register: Held | Failure): void {
    this.#registers.set(key, register);
  }

  #keyOf(type: string, data: unknown, eventId: string): string | undefined {
    return keyOf(type, data, eventId, (text) => this.#options.ports.sha256(text));
  }

  #declaredBy(type: string, channel: string): Declaration | Failure | undefined {
    if (type !== "command_queued") return undefined;
    const held = this.#registers.get(declarationKey(channel));
    if (held === undefined || hasFailed(held)) return held;
    return held.kept?.state as Declaration | undefined;
  }
}

/** States are kept by kind, under keys that say which: each kind gets its own. */
const kindNamed = (name: keyof typeof kinds): Kind<unknown> => kinds[name] as unknown as Kind<unknown>;

export function kindIn(key: string): Kind<unknown> {
  const name = key.slice(0, key.indexOf("/"));
  return kindNamed(isKindName(name) ? name : "commands");
}

const isKindName = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name);

const noSuch: Failure = { failed: "not_found", message: unknownId };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const newest = (steps: readonly TakenStep[]): readonly TakenStep[] => {
  const [first, ...rest] = steps;
  return first === undefined ? [] : [first, ...rest.slice(-stepsKept)];
};

/** The register with the offset of the step that made this version. */
const placed = (held: Held, version: number, offset: number, epoch: string): Held => {
  const { kept } = held;
  if (kept === undefined) return { ...held, epoch };
  const steps = kept.steps.map((step) => (step.version === version ? { ...step, offset } : step));
  return { ...held, epoch, kept: { ...kept, steps } };
};

const repeat = (id: string, channel: string, epoch: string, step: TakenStep | undefined): PublishResult =>
  step?.offset === undefined
    ? { id, channel, epoch, duplicate: true }
    : { id, channel, epoch, offset: step.offset, duplicate: true };

const failureOf = (failure: Failure | undefined): ErrorData =>
  failure === undefined
    ? errorData("internal", "the state of this was not looked up")
    : errorData(failure.failed, failure.message, failure.details);
