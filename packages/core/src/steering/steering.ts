/**
 * Steps in the lives of commands and checkpoints (spec §9): each is decided by the state as it is kept, and kept together
 * with the state it makes. Here steps of one thing come one after the other; the store's compare-and-set does the same
 * between nodes.
 */
import type { Draft, PublishResult, Snapshot } from "@signalbox/protocol";
import type { RegisterNews } from "../broker.ts";
import {
  type Actor,
  type Done,
  type Failure,
  type HubPorts,
  hasFailed,
  type Principal,
  principalOf,
} from "../hub-ports.ts";
import type { NamespaceOptions } from "../namespaces.ts";
import type { Appended, Entry, Register } from "../ports.ts";
import { compileRights } from "../rights/rights.ts";
import type { Budget } from "./budget.ts";
import { Budgets } from "./budgets.ts";
import type { Command } from "./command.ts";
import { Desk, kindIn } from "./desk.ts";
import { type Driver, drivingCommand } from "./driver.ts";
import { Drivers } from "./drivers.ts";
import { Dues } from "./dues.ts";
import { Interrupts } from "./interrupts.ts";
import { declarationKey, driverKey, idOfKey, type KindName, keyOf, kindOf, leaseKey, type States } from "./kinds.ts";
import type { Lease } from "./lease.ts";
import { Leases } from "./leases.ts";
import { type Held, type Kept, RegisterCache } from "./register-cache.ts";
import { TurnsPerKey } from "./turns-per-key.ts";
import { budgetKey } from "./usage.ts";

interface SteeringOptions {
  ports: HubPorts;
  /** Name of this node. */
  node: string;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Who drives and is gone for so long has left. */
  driverGoneMs: number;
  /** Does a connection of `KIND:ID` keep a member of the channel? */
  isPresent(channel: string, by: string): boolean;
  /** The epoch of the lease that is held of the channel now; `undefined`: nobody holds it. */
  moved(channel: string, epoch: number | undefined): void;
  snapshot(channel: string, done: Done<{ snapshot: Snapshot | undefined }>): void;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
}

/** Deadlines that are dealt with in one tick: the others are a second late. */
const duesAtOnce = 500;
const page = 500;
/** What could not be ended at its time, since the store gave an error, is tried again. */
const againMs = 5_000;

/** Nobody waits for a frame without steps. */
const nothing = (): void => {};

export class Steering {
  /** The gateway itself: as nobody else can, it says that time is up. */
  readonly own: Principal;
  readonly leases: Leases;
  readonly #drivers: Drivers;
  readonly budgets: Budgets;
  readonly #interrupts: Interrupts;
  readonly #options: SteeringOptions;
  readonly #cache = new RegisterCache();
  readonly #turns = new TurnsPerKey();
  readonly #dues = new Dues();
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Are the open ones known? Their number must be, before a hub is put away. */
  #known: "no" | "asked" | "yes" = "no";

  constructor(options: SteeringOptions) {
    this.#options = options;
    const capabilities = [{ channels: "*", verbs: ["admin"] }] as const;
    const identity = { kind: "service", id: options.node, roles: [], capabilities } as const;
    this.own = { ...principalOf(identity, compileRights(capabilities)), key: "gateway" };
    const { ports, namespaces, publish, snapshot } = options;
    const { own } = this;
    this.leases = new Leases({
      ...{ ports, namespaces, own, publish },
      byOf: (principal) => this.byOf(principal),
      find: (channel, done) => this.#findLease(channel, done),
      statusOf: (channel, done) =>
        snapshot(channel, (answer) => done(hasFailed(answer) ? undefined : statusIn(answer.snapshot?.state))),
      moved: (channel) => {
        this.#interrupts.moved(channel);
        options.moved(channel, this.leases.epochOf(channel));
        this.budgets.moved(channel);
      },
    });
    this.budgets = new Budgets({
      ...{ ports, own, publish, snapshot },
      held: () => this.leases.held(),
      heldOf: (channel) => this.leases.heldOf(channel),
      budgetIn: (register) => heldOf(register).kept?.state as Budget | undefined,
    });
    const { driverGoneMs: goneMs, isPresent } = options;
    this.#drivers = new Drivers({ ports, own, publish, goneMs, isPresent });
    this.#interrupts = new Interrupts({ ports, own, publish, epochOf: (channel) => this.leases.epochOf(channel) });
  }

  /** Something waits for its time, or for an answer. */
  get isBusy(): boolean {
    return this.#known !== "yes" || this.#waits > 0;
  }

  get #waits(): number {
    const steps = this.#dues.size + this.#turns.size + this.#watchers.size;
    return steps + this.leases.size + this.budgets.size + this.#drivers.size;
  }

  /**
   * Calls back, at once for a frame without steps, when the registers of its steps are at hand and nobody else here changes
   * them, until `leave` is called. The drafts are the given ones, those of steps with an id.
   */
  prepare(
    drafts: readonly Draft[],
    go: (drafts: readonly Draft[], desk: Desk | undefined, leave: () => void) => void,
  ): void {
    if (!drafts.some(({ type }) => kindOf(type) !== undefined)) {
      go(drafts, undefined, nothing);
      return;
    }
    const { ports } = this.#options;
    const named = drafts.map((draft) =>
      draft.id === undefined && kindOf(draft.type) !== undefined ? { ...draft, id: ports.newId() } : draft,
    );
    const changed = new Set<string>();
    const looked = new Set<string>();
    for (const draft of named) {
      const key = keyOf(draft.type, draft.data, draft.id ?? "", (text) => ports.sha256(text));
      if (key !== undefined) changed.add(key);
      const target = targetOf(draft);
      if (target === undefined) continue;
      looked.add(declarationKey(target));
      if (isDrivingCommand(draft)) looked.add(driverKey(target));
    }
    this.#turns.enter([...changed], (leave) => {
      this.#find(new Set([...changed, ...looked]), (registers) => {
        // Who holds the lease of a command's target may be known only now.
        this.#find(leasesOf(named, changed, registers), (leases) => {
          for (const [key, lease] of leases) registers.set(key, lease);
          const desk = new Desk({ ports, registers, byOf: (principal) => this.byOf(principal) });
          try {
            go(named, desk, leave);
          } catch (error) {
            // A fault must not keep everybody else from what these steps are about.
            leave();
            throw error;
          }
        });
      });
    });
  }

  /**
   * Takes over what the store made of a frame's steps. Calls back once the desk knows how everything stands: at once if
   * all was kept as it was decided, later if another node or the store's own rules were in the way.
   */
  settle(
    desk: Desk,
    entries: readonly Entry[],
    outcomes: readonly (Appended | undefined)[],
    then: (asDecided: boolean) => void,
  ): void {
    const { changed, stale } = desk.settle(entries, outcomes);
    for (const [key, held] of changed) this.#changed(key, held);
    if (stale.size === 0) {
      then(true);
      return;
    }
    for (const key of stale) this.#cache.delete(key);
    this.#find(stale, (registers) => {
      for (const [key, register] of registers) {
        desk.renew(key, register);
        if (!hasFailed(register)) this.#changed(key, register);
      }
      then(false);
    });
  }

  /** Another node changed a register. */
  registerChanged({ key, version, register, deleted }: RegisterNews): void {
    // News of what this node has changed since.
    if (version <= (this.#cache.get(key)?.version ?? 0) && !deleted) return;
    this.#cache.delete(key);
    if (register !== undefined || deleted) this.#changed(key, heldOf(register));
    else
      this.#options.ports.register(key, (answer) => {
        if (!hasFailed(answer)) this.#changed(key, heldOf(answer.register));
      });
  }

  /** News may have been lost: what is cached may be old, and others may have opened or closed something. */
  missed(): void {
    this.#cache.clear();
    if (this.#known === "yes") this.#known = "no";
    this.wake();
  }

  /** Calls back at every change of a register, and when the gateway stops; until the function it returns is called. */
  watch(key: string, changed: () => void): () => void {
    const all = this.#watchers.get(key) ?? new Set();
    all.add(changed);
    this.#watchers.set(key, all);
    return () => {
      all.delete(changed);
      if (all.size === 0) this.#watchers.delete(key);
    };
  }

  /** Nobody waits any longer. */
  wake(): void {
    for (const all of [...this.#watchers.values()]) for (const changed of [...all]) changed();
  }

  /** Ends what is due. To be called about once a second. */
  tick(nowMs: number): void {
    if (this.#known === "no") this.#findOpen();
    this.leases.tick();
    this.#drivers.tick();
    for (const key of this.#dues.take(nowMs, duesAtOnce)) {
      const { expiry, idMember } = kindIn(key);
      const draft: Draft = { type: expiry, data: { [idMember]: idOfKey(key) } };
      this.#options.publish([draft], { principal: this.own }, ([result]) => {
        if (result !== undefined && "error" in result && result.error.temporary) this.#dues.set(key, nowMs + againMs);
      });
    }
  }

  /** After a start: what others or an earlier run of this node left open. */
  #findOpen(): void {
    this.#known = "asked";
    const next = (prefixes: readonly string[], after: string): void => {
      const [prefix, ...others] = prefixes;
      if (prefix === undefined) {
        this.#known = "yes";
        this.#interrupts.begin();
        this.budgets.begin();
        return;
      }
      this.#options.ports.registers({ prefix, after, limit: page, open: true }, (found) => {
        if (hasFailed(found)) {
          // The next tick asks again.
          this.#known = "no";
          return;
        }
        for (const register of found) {
          // What changed since is known better.
          const held = this.#cache.get(register.key) ?? heldOf(register);
          if (held.kept !== undefined) this.#follow(register.key, held.kept.state);
        }
        const last = found.at(-1);
        if (last === undefined) next(others, "");
        else next(prefixes, last.key);
      });
    };
    next(["budget/", "checkpoint/", "command/", "driver/", "lease/"], "");
  }

  #find(keys: ReadonlySet<string>, then: (registers: Map<string, Held | Failure>) => void): void {
    const registers = new Map<string, Held | Failure>();
    let waiting = 1;
    const arrived = (): void => {
      if (--waiting === 0) then(registers);
    };
    for (const key of keys) {
      const cached = this.#cache.get(key);
      if (cached !== undefined) {
        registers.set(key, cached);
        continue;
      }
      waiting++;
      this.#options.ports.register(key, (answer) => {
        const held = hasFailed(answer) ? answer : heldOf(answer.register);
        registers.set(key, held);
        // Asked for with every step, and most have none.
        const mayLack = [declarationKey(""), driverKey(""), leaseKey("")].some((prefix) => key.startsWith(prefix));
        if (!hasFailed(held) && (held.kept !== undefined || mayLack) && !isCounted(key)) this.#cache.set(key, held);
        arrived();
      });
    }
    arrived();
  }

  #changed(key: string, held: Held): void {
    if (held.kept === undefined || isCounted(key)) this.#cache.delete(key);
    else this.#cache.set(key, held);
    this.#follow(key, held.kept?.state);
    for (const tell of [...(this.#watchers.get(key) ?? [])]) tell();
  }

  /** Sees to what follows by itself from the state of a register. */
  #follow(key: string, state: unknown): void {
    this.#dues.set(key, state === undefined ? undefined : kindIn(key).dueMs(state));
    if (key.startsWith(leaseKey(""))) this.leases.changed(idOfKey(key), state as Lease | undefined);
    else if (key.startsWith(driverKey(""))) this.#drivers.changed(idOfKey(key), state as Driver | undefined);
    else if (isCounted(key)) this.budgets.changed(idOfKey(key), state as Budget | undefined);
    else if (key.startsWith("command/")) this.#followCommand(state as Command | undefined);
  }

  #followCommand(command: Command | undefined): void {
    this.#interrupts.follow(command);
    if (command?.state === "queued" && command.name === drivingCommand)
      this.#drivers.heard(command.target, command.issuedBy);
  }

  #findLease(channel: string, done: (answer: { lease: Lease | undefined } | Failure) => void): void {
    const key = leaseKey(channel);
    this.#find(new Set([key]), (registers) => {
      const held = registers.get(key);
      if (held === undefined || hasFailed(held)) done(held ?? { failed: "internal", message: "no register" });
      else done({ lease: held.kept?.state as Lease | undefined });
    });
  }

  /** How somebody is called in `*By` members. */
  byOf(principal: Principal): string {
    return principal === this.own ? `gateway:${principal.id}` : `${principal.kind}:${principal.id}`;
  }
}

/** Usage changes what is beside the state at any time: it is read anew for each step. */
const isCounted = (key: string): boolean => key.startsWith(budgetKey(""));

const heldOf = (register: Register | undefined): Held => {
  if (register === undefined) return { version: 0, epoch: "", kept: undefined, size: 0 };
  const { version, epoch, value, offset, counts } = register;
  const { state, steps } = keptOf(register);
  // The newest step did not know its offset when it was written.
  const placed = steps.map((step) => (step.version === version ? { ...step, offset } : step));
  const held = { version, epoch, kept: { state, steps: placed }, size: value.length };
  return counts === undefined ? held : { ...held, counts };
};

/** The value was written by a desk. */
const keptOf = ({ value }: Register): Kept => JSON.parse(value) as Kept;

const statusIn = (state: unknown): string | undefined => {
  const status: unknown = typeof state === "object" && state !== null ? Reflect.get(state, "status") : undefined;
  // An agent that has said nothing yet.
  return typeof status === "string" && status !== "unknown" ? status : undefined;
};

/** Who drives matters to it. */
const isDrivingCommand = ({ data }: Draft): boolean => Reflect.get(Object(data), "name") === drivingCommand;

/** Of a command that is being given. */
function targetOf({ type, data }: Draft): string | undefined {
  if (type !== "command_queued" || typeof data !== "object" || data === null) return undefined;
  const target: unknown = Reflect.get(data, "target");
  return typeof target === "string" && target !== "" ? target.slice(0, 256) : undefined;
}

/** Keys of the leases that these steps of commands are held against. */
function leasesOf(
  drafts: readonly Draft[],
  changed: ReadonlySet<string>,
  registers: ReadonlyMap<string, Held | Failure>,
): ReadonlySet<string> {
  const keys = new Set<string>();
  if (!drafts.some(({ type }) => type !== "command_queued" && kindOf(type) === "command")) return keys;
  for (const key of changed) {
    if (!key.startsWith("command/")) continue;
    const held = registers.get(key);
    const command = held === undefined || hasFailed(held) ? undefined : (held.kept?.state as Command | undefined);
    if (command !== undefined) keys.add(leaseKey(command.target));
  }
  // Begun and carried on in one frame.
  for (const draft of drafts) {
    const target = targetOf(draft);
    if (target !== undefined) keys.add(leaseKey(target));
  }
  return keys;
}

/** The life that a register tells: how it is now, and the event that began it. */
export interface Life<State> {
  state: State;
  first: { id: string; epoch: string; offset?: number };
  /** What was added up beside its state. */
  counts: readonly number[];
}

/** `undefined` if it tells none. The kind of state is said by the register's key. */
export function lifeOf<Name extends KindName>(_kind: Name, register: Register): Life<States[Name]> | undefined {
  const { kept, epoch, counts = [] } = heldOf(register);
  const first = kept?.steps[0];
  if (kept === undefined || first === undefined) return undefined;
  const { id, offset } = first;
  const began = { id, epoch, ...(offset === undefined ? {} : { offset }) };
  return { state: kept.state as States[Name], first: began, counts };
}
