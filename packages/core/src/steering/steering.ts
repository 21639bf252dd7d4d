/**
 * Steps in the lives of commands and checkpoints (spec §9): each is decided by the state as it is kept, and kept together
 * with the state it makes. Here steps of one thing come one after the other; the store's compare-and-set does the same
 * between nodes. Where nodes share a store, a step is decided by what is read after it came, never by what others told of:
 * nobody is refused, or let through, by what was so a moment ago. What they told says only what follows by itself, and when.
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
import { type Beat, beatTexts, readBeat } from "./beat.ts";
import type { Budget } from "./budget.ts";
import { Budgets } from "./budgets.ts";
import type { Command } from "./command.ts";
import { Desk, kindIn } from "./desk.ts";
import { type Driver, drivingCommand } from "./driver.ts";
import { Drivers } from "./drivers.ts";
import { Dues } from "./dues.ts";
import { Interrupts } from "./interrupts.ts";
import {
  commandKey,
  declarationKey,
  driverKey,
  idOfKey,
  type KindName,
  keyOf,
  kindOf,
  leaseKey,
  type States,
} from "./kinds.ts";
import type { Lease } from "./lease.ts";
import { type FoundLease, Leases } from "./leases.ts";
import { OpenRegisters } from "./open-registers.ts";
import { Patience } from "./patience.ts";
import { Peers } from "./peers.ts";
import type { StatusAt } from "./progress.ts";
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
  /** To other nodes: who was heard at this one, `told` there. */
  tell(beat: string): void;
  /** The epoch of the lease that is held of the channel now; `undefined`: nobody holds it. */
  moved(channel: string, epoch: number | undefined): void;
  snapshot(channel: string, done: Done<{ snapshot: Snapshot | undefined }>): void;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
}

/** Deadlines that are dealt with in one tick: the others are a second late. */
const duesAtOnce = 500;
/** What could not be ended at its time, since the store gave an error, is tried again. */
const againMs = 5_000;

/** Ticks may come a little early. */
const beatMs = 900;

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
  readonly #patience: Patience;
  readonly #peers = new Peers();
  /** Where nodes share a store: the newest that this one knows of, which tells news that came late. */
  readonly #cache = new RegisterCache();
  readonly #turns = new TurnsPerKey();
  readonly #dues = new Dues();
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Their number must be known, before a hub is put away. */
  readonly #open: OpenRegisters;
  /** When the others were told last of those who were heard here. */
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: SteeringOptions) {
    this.#options = options;
    const capabilities = [{ channels: "*", verbs: ["admin"] }] as const;
    const identity = { kind: "service", id: options.node, roles: [], capabilities } as const;
    this.own = { ...principalOf(identity, compileRights(capabilities)), key: "gateway" };
    const { ports, namespaces, publish, snapshot } = options;
    const { own } = this;
    const patience = new Patience(ports.isShared ? options.node : undefined);
    this.#patience = patience;
    const lookAgain = (key: string): void => this.#lookAgain(key);
    this.leases = new Leases({
      ...{ ports, namespaces, own, publish, patience, lookAgain },
      byOf: (principal) => this.byOf(principal),
      find: (channel, done) => this.#findLease(channel, done),
      statusOf: (channel, done) =>
        snapshot(channel, (answer) => done(hasFailed(answer) ? undefined : statusIn(answer.snapshot))),
      moved: (channel, isOurs) => {
        this.#interrupts.moved(channel, isOurs);
        options.moved(channel, this.leases.epochOf(channel));
        this.budgets.moved(channel, isOurs);
      },
      tell: (heard, stuck) => this.#tell({ heard, seen: [], stuck }),
    });
    this.budgets = new Budgets({
      ...{ ports, own, publish, snapshot, patience },
      held: () => this.leases.held(),
      heldOf: (channel) => this.leases.heldOf(channel),
      budgetIn: (register) => heldOf(register).kept?.state as Budget | undefined,
    });
    const { driverGoneMs: goneMs, isPresent } = options;
    this.#drivers = new Drivers({ ports, own, publish, goneMs, isPresent, patience, lookAgain });
    const epochOf = (channel: string): number | undefined => this.leases.epochOf(channel);
    this.#interrupts = new Interrupts({ ports, own, publish, patience, lookAgain, epochOf });
    this.#open = new OpenRegisters({
      ports,
      found: (register) => {
        // What changed since is known better.
        const known = this.#cache.get(register.key);
        const held = known === undefined || known.version < register.version ? heldOf(register) : known;
        if (held.kept !== undefined) this.#follow(register.key, held.kept.state, false);
      },
      lookAgain: (key, then) => this.#lookAgain(key, then),
      areFound: () => {
        this.#interrupts.begin();
        this.budgets.begin();
      },
    });
  }

  /** Something waits for its time, or for an answer. */
  get isBusy(): boolean {
    return !this.#open.areKnown || this.#waits > 0;
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
          const { misses } = this.#open;
          const desk = new Desk({ ports, registers, misses, byOf: (principal) => this.byOf(principal) });
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
    for (const [key, held] of changed) {
      // What others made of it since may have been missed.
      if (desk.misses === this.#open.misses) this.#learn(key, held, true);
      else this.#lookAgain(key);
    }
    if (stale.size === 0) {
      then(true);
      return;
    }
    for (const key of stale) this.#cache.delete(key);
    this.#find(stale, (registers) => {
      for (const [key, register] of registers) {
        desk.renew(key, register);
        if (!hasFailed(register)) this.#learn(key, register, false);
      }
      then(false);
    });
  }

  // --- what other nodes did; only where the store is shared ---

  /** Another node changed a register. */
  registerChanged({ key, register, deleted }: RegisterNews): void {
    if (register !== undefined) this.#learn(key, heldOf(register), false);
    else if (deleted) this.#changed(key, heldOf(undefined), false);
    else this.#lookAgain(key);
  }

  /** Of whom another node heard. */
  told(text: string, node: string): void {
    this.#peers.heard(node, this.#options.ports.steadyMs());
    const { heard, seen, stuck } = readBeat(text);
    for (const one of heard) this.leases.heardElsewhere(one);
    for (const one of seen) this.#drivers.seen(one);
    for (const one of stuck) this.leases.stuckElsewhere(one);
  }

  /** What it was about to do others have to see to. */
  nodeLeft(node: string): void {
    this.#peers.left(node);
    this.budgets.lookAtAll();
  }

  /** News may have been lost: what is known here may be old, and others may have opened or closed something. */
  missed(): void {
    this.#cache.clear();
    this.#open.missed();
    this.#interrupts.pause();
    this.budgets.pause();
    this.leases.missed();
    this.#drivers.sawNobody();
    // Who waits looks again.
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
    const { ports, publish } = this.#options;
    this.#open.tick();
    if (this.#peers.areSilent(ports.steadyMs())) {
      this.leases.heardNobody();
      this.#drivers.sawNobody();
    }
    const seen = this.#drivers.tick();
    // Before it is decided who is lost: the others decide too.
    if (ports.isShared) this.#tellHeard({ heard: this.leases.takeHeard(), seen, stuck: [] });
    this.leases.tick();
    for (const key of this.#dues.take(nowMs, duesAtOnce)) {
      const { expiry, idMember } = kindIn(key);
      const draft: Draft = { type: expiry, data: { [idMember]: idOfKey(key) } };
      publish([draft], { principal: this.own }, ([result]) => {
        if (result !== undefined && "error" in result && result.error.temporary) this.#dues.set(key, nowMs + againMs);
      });
    }
  }

  /** Where there is nothing to tell, about once a second, that this node is there. */
  #tellHeard(beat: Beat): void {
    const nowMs = this.#options.ports.steadyMs();
    const isDue = this.leases.size + this.#drivers.size > 0 && nowMs - this.#toldMs >= beatMs;
    if (beat.heard.length + beat.seen.length === 0 && !isDue) return;
    this.#toldMs = nowMs;
    this.#tell(beat);
  }

  #tell(beat: Beat): void {
    for (const text of beatTexts(beat)) this.#options.tell(text);
  }

  /** `then`: whatever came of it. */
  #lookAgain(key: string, then: () => void = nothing): void {
    this.#cache.delete(key);
    this.#options.ports.register(key, (answer) => {
      if (hasFailed(answer)) this.#lookAtAll();
      else this.#learn(key, heldOf(answer.register), false);
      then();
    });
  }

  /** Something is not known that should be: the next tick looks at everything. */
  #lookAtAll(): void {
    if (this.#options.ports.isShared && !this.#open.areToBeFound) this.missed();
  }

  #find(keys: ReadonlySet<string>, then: (registers: Map<string, Held | Failure>) => void): void {
    const { ports } = this.#options;
    const registers = new Map<string, Held | Failure>();
    let waiting = 1;
    const arrived = (): void => {
      if (--waiting === 0) then(registers);
    };
    for (const key of keys) {
      const cached = ports.isShared ? undefined : this.#cache.get(key);
      if (cached !== undefined) {
        registers.set(key, cached);
        continue;
      }
      waiting++;
      ports.register(key, (answer) => {
        const held = hasFailed(answer) ? answer : heldOf(answer.register);
        registers.set(key, held);
        if (!ports.isShared && !hasFailed(held) && isWorthCaching(key, held)) this.#cache.set(key, held);
        arrived();
      });
    }
    arrived();
  }

  /** A register as it was at some time. `isOurs`: as this node made it. */
  #learn(key: string, held: Held, isOurs: boolean): void {
    const known = this.#options.ports.isShared ? this.#cache.get(key) : undefined;
    if (known === undefined || known.version < held.version) this.#changed(key, held, isOurs);
    // It may have begun anew, or this is old news.
    else if (held.version <= 1 && held.version < known.version) this.#lookAgain(key);
  }

  #changed(key: string, held: Held, isOurs: boolean): void {
    if (held.kept === undefined || isCounted(key)) this.#cache.delete(key);
    else this.#cache.set(key, held);
    this.#follow(key, held.kept?.state, isOurs);
    for (const tell of [...(this.#watchers.get(key) ?? [])]) tell();
  }

  /** Sees to what follows by itself from the state of a register. */
  #follow(key: string, state: unknown, isOurs: boolean): void {
    const { ports } = this.#options;
    if (ports.isShared && isCounted(key)) {
      // The newest that is told is not known apart: answers to reads come in their order.
      ports.register(key, (answer) => {
        if (hasFailed(answer)) this.#lookAtAll();
        else this.#followAs(key, heldOf(answer.register).kept?.state, isOurs);
      });
    } else this.#followAs(key, state, isOurs);
  }

  #followAs(key: string, state: unknown, isOurs: boolean): void {
    const kind = kindIn(key);
    const dueMs = state === undefined ? undefined : kind.dueMs(state);
    this.#dues.set(key, dueMs === undefined || isOurs ? dueMs : dueMs + this.#patience.turnMs(key));
    const id = idOfKey(key);
    if (key.startsWith(leaseKey(""))) this.leases.changed(id, state as Lease | undefined, isOurs);
    else if (key.startsWith(driverKey(""))) this.#drivers.changed(id, state as Driver | undefined);
    else if (isCounted(key)) this.budgets.changed(id, state as Budget | undefined, isOurs);
    else if (key.startsWith(commandKey(""))) this.#followCommand(state as Command | undefined, isOurs);
    this.#open.changed(key, state !== undefined && kind.isOpen(state));
  }

  #followCommand(command: Command | undefined, isOurs: boolean): void {
    this.#interrupts.follow(command, isOurs);
    if (command?.state === "queued" && command.name === drivingCommand)
      this.#drivers.heard(command.target, command.issuedBy);
  }

  #findLease(channel: string, done: (answer: FoundLease | Failure) => void): void {
    const key = leaseKey(channel);
    this.#find(new Set([key]), (registers) => {
      const held = registers.get(key);
      if (held === undefined || hasFailed(held)) done(held ?? { failed: "internal", message: "no register" });
      else done({ lease: held.kept?.state as Lease | undefined, eventId: held.kept?.steps.at(-1)?.id });
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

/** Asked for with every step, and most have none. */
const mayLack = [declarationKey(""), driverKey(""), leaseKey("")];

const isWorthCaching = (key: string, { kept }: Held): boolean =>
  !isCounted(key) && (kept !== undefined || mayLack.some((prefix) => key.startsWith(prefix)));

const statusIn = (snapshot: Snapshot | undefined): StatusAt | undefined => {
  const status: unknown = Reflect.get(Object(snapshot?.state), "status");
  // An agent that has said nothing yet.
  if (snapshot === undefined || typeof status !== "string" || status === "unknown") return undefined;
  return { status, at: { epoch: snapshot.epoch, offset: snapshot.offset } };
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
