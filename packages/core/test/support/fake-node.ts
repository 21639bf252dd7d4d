/** A node without I/O: a store in arrays, whose answers come when the test says so, in the order of the asking. */
import { defaultLimits, type Limits, type Message, matchesPattern, type Position } from "@signalbox/protocol";
import {
  type Appended,
  type Capability,
  type Catalogue,
  type ChannelInfo,
  compileHiding,
  compileRights,
  type Done,
  type Entry,
  type Failure,
  Hub,
  type HubOptions,
  type HubPorts,
  type Identity,
  type Page,
  type Principal,
  principalOf,
  RateLimits,
  type Register,
  type RegisterQuery,
  type SavedSnapshot,
  SharedPublication,
  Tally,
} from "../../src/index.ts";
import { defaultNamespaces } from "../../src/namespaces.ts";
import { digest } from "./digest.ts";

interface History {
  epoch: string;
  floor: number;
  events: Entry[];
  trimmed: string[];
}

/** What is kept; nodes may share it. */
export class FakeStore {
  epoch = "e1";
  readonly histories = new Map<string, History>();
  /** By channel; those of further reducers by channel and name. */
  readonly snapshots = new Map<string, SavedSnapshot>();
  readonly producers = new Map<string, number>();
  readonly kept = new Map<string, Register & { open: boolean }>();
  /** Offsets by channel and idempotency key. */
  readonly keys = new Map<string, number>();
  readonly order: Entry[] = [];
}

/** A node's way to others over the same store. */
export interface FakeLink {
  node: string;
  store: FakeStore;
  /** This node tried to keep something. */
  tried(entry: Entry): void;
  changed(key: string): void;
  tell(topic: string, body: string): void;
}

const deliveries: Record<string, ReturnType<Catalogue["deliveryOf"]>> = {
  presence_typing: "ephemeral",
  process_output: "coalesce",
  agent_log: "coalesce",
  gauge: "latest",
};

const own = (data: unknown, name: string): unknown =>
  typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;

const openCatalogue: Catalogue = {
  checkEvent: () => ({ ok: true }),
  checkControl: () => ({ ok: true }),
  deriveChannel: () => undefined,
  deliveryOf: (type) => deliveries[type] ?? "lossless",
  keyOf: (type, data) => `${type} ${JSON.stringify(own(data, "key"))}`,
  tagsOf: (_type, _data, metadata) => metadata?.tags ?? {},
};

const placeOf = ({ channel, reducer }: { channel: string; reducer?: string | undefined }): string =>
  reducer === undefined ? channel : `${channel}#${reducer}`;

/** Somebody with exactly these rights. */
export const somebody = (id: string, capabilities: readonly Capability[], more: Partial<Identity> = {}): Principal => {
  const identity: Identity = { kind: "user", id, roles: [], capabilities, ...more };
  return principalOf(identity, compileRights(capabilities, identity.agentId ? { agentId: identity.agentId } : {}));
};

export const admin = somebody("admin", [{ channels: "*", verbs: ["admin"] }]);

export class FakeNode implements HubPorts {
  now = 1_000;
  broken: Failure | undefined;
  readonly #link: FakeLink | undefined;
  readonly #store: FakeStore;
  hub: Hub;
  reads = 0;
  #ids = 0;
  /** Nobody is told of what is done. */
  #silent = false;
  #answers: Array<() => void> = [];
  #timers: Array<{ dueMs: number; run: () => void }> = [];
  readonly #limits: Limits;
  readonly #more: Partial<HubOptions>;
  /** Whom these tokens speak for. */
  readonly tokens = new Map<string, Principal>([["good", admin]]);

  constructor(limits: Partial<Limits> = {}, more: Partial<HubOptions> = {}, link?: FakeLink) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#more = more;
    this.#link = link;
    this.#store = link?.store ?? new FakeStore();
    this.hub = this.#newHub();
  }

  get isShared(): boolean {
    return this.#link !== undefined;
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  set epoch(epoch: string) {
    this.#store.epoch = epoch;
  }

  get histories(): FakeStore["histories"] {
    return this.#store.histories;
  }

  get snapshots(): FakeStore["snapshots"] {
    return this.#store.snapshots;
  }

  get producers(): FakeStore["producers"] {
    return this.#store.producers;
  }

  get kept(): FakeStore["kept"] {
    return this.#store.kept;
  }

  get keys(): FakeStore["keys"] {
    return this.#store.keys;
  }

  /** The node dies and comes back over the same store; answers under way are lost. */
  restart(): void {
    this.#answers = [];
    this.#timers = [];
    this.hub = this.#newHub();
  }

  /** The store is lost: all channels begin anew in another epoch. */
  forgetEverything(epoch: string): void {
    this.epoch = epoch;
    this.histories.clear();
    this.snapshots.clear();
    this.restart();
  }

  get waiting(): number {
    return this.#answers.length;
  }

  step(): void {
    this.#answers.shift()?.();
  }

  /** What the next answer is about happens; whoever waits for it is never told. */
  stepUnanswered(): void {
    this.#silent = true;
    this.step();
    this.#silent = false;
  }

  run(): void {
    for (let steps = 0; this.#answers.length > 0; steps++) {
      if (steps > 100_000) throw new Error("the hub never comes to rest");
      this.step();
    }
  }

  trim(channel: string, upTo: number): void {
    const history = this.histories.get(channel);
    if (history === undefined) return;
    history.floor = Math.max(history.floor, Math.min(upTo, history.events.length) + 1);
  }

  /** All that was kept, in the order in which it was. */
  order(): Array<{ channel: string; type: string; data: Record<string, unknown> }> {
    return this.#store.order.map(({ channel, body }) => ({ channel, ...JSON.parse(body) }));
  }

  publish(channel: string, data: unknown, type = "note"): void {
    this.hub.publish([{ type, channel, data }], { principal: admin }, () => {});
  }

  nowMs(): number {
    return this.now;
  }

  steadyMs(): number {
    return this.now;
  }

  soon(run: () => void): void {
    this.#later(run);
  }

  after(ms: number, run: () => void): void {
    this.#timers.push({ dueMs: this.now + ms, run });
  }

  /** Lets time pass; what falls due meanwhile happens in its order. */
  pass(ms: number): void {
    const until = this.now + ms;
    this.run();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > until) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.now = Math.max(this.now, next.dueMs);
      next.run();
      this.run();
    }
    this.now = until;
  }

  /** What fell due by now happens, as far as no answer has to be waited for. */
  wake(): void {
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.now);
    this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.now);
    for (const { run } of due.sort((a, b) => a.dueMs - b.dueMs)) run();
  }

  newId(): string {
    const node = this.#link?.node ?? this.#more.node;
    return `${node === undefined ? "" : `${node}-`}id-${++this.#ids}`;
  }

  append(entries: readonly Entry[], messages: readonly Message[], done: Done<Appended[]>): void {
    this.#later(() => {
      if (this.broken !== undefined) {
        done(this.broken);
        return;
      }
      const outcomes: Appended[] = [];
      const kept: SharedPublication[] = [];
      for (const [index, entry] of entries.entries()) {
        this.#link?.tried(entry);
        if (entry.mustExist && !this.histories.has(entry.channel)) {
          outcomes.push({ ok: false, code: "rate_limited", message: "too many new channels" });
          continue;
        }
        const { register, idempotencyKey } = entry;
        const key = `${entry.channel} ${idempotencyKey}`;
        const repeated = idempotencyKey === undefined ? undefined : this.keys.get(key);
        if (repeated !== undefined) {
          outcomes.push({ ok: true, epoch: this.epoch, offset: repeated, duplicate: true });
          continue;
        }
        const top = this.histories.get(entry.channel)?.events.length ?? 0;
        if (entry.expected !== undefined && entry.expected.offset !== top) {
          const details = { epoch: this.epoch, offset: top };
          outcomes.push({ ok: false, code: "head_moved", message: "the head is elsewhere", details });
          continue;
        }
        const found = register && this.kept.get(register.key);
        if (register !== undefined && register.from !== (found?.version ?? 0)) {
          outcomes.push({ ok: false, code: "conflict", message: "changed" });
          continue;
        }
        const refused = this.#refusal(entry);
        if (refused !== undefined) {
          outcomes.push(refused);
          continue;
        }
        const history = this.#history(entry.channel);
        history.events.push(entry);
        this.#store.order.push(entry);
        if (register?.value !== undefined) {
          const { key, from, value, open } = register;
          const { epoch, events } = history;
          const counts = register.counts ?? this.kept.get(key)?.counts;
          const next = { key, version: from + 1, value, open, offset: events.length, epoch };
          this.kept.set(key, counts === undefined ? next : { ...next, counts });
          this.#link?.changed(key);
        }
        for (const { key, amounts } of entry.adds ?? []) {
          const counted = this.kept.get(key);
          if (counted?.counts === undefined) continue;
          this.kept.set(key, { ...counted, counts: counted.counts.map((count, i) => count + (amounts[i] ?? 0)) });
        }
        const offset = history.events.length;
        if (idempotencyKey !== undefined) this.keys.set(key, offset);
        outcomes.push({ ok: true, epoch: history.epoch, offset, duplicate: false });
        kept.push(new SharedPublication(entry.channel, history.epoch, { ...entry, offset }, messages[index]));
      }
      if (this.#silent) return;
      this.hub.committed(kept);
      done(outcomes);
    });
  }

  attach(channel: string, _known: Position | undefined, done: Done<ChannelInfo>): void {
    this.#later(() => done(this.broken ?? this.#info(channel)));
  }

  detach(): void {}

  passOn(): void {}

  tell(topic: string, body: string): void {
    this.#link?.tell(topic, body);
  }

  read(channel: string, after: number, limit: number, maxBytes: number, done: Done<Page>): void {
    this.reads++;
    this.#later(() => {
      const { epoch, floor, top } = this.#info(channel);
      const from = Math.max(after + 1, floor);
      const events = (this.histories.get(channel)?.events ?? [])
        .slice(from - 1, from - 1 + limit)
        .map((entry, index) => ({ ...entry, offset: from + index }));
      let room = maxBytes;
      const tooMuch = events.findIndex(({ body }, index) => {
        room -= body.length;
        return room < 0 && index > 0;
      });
      const fitting = tooMuch < 0 ? events : events.slice(0, tooMuch);
      done(this.broken ?? { epoch, floor, top, events: fitting });
    });
  }

  trimmed(
    channel: string,
    from: number,
    to: number,
    done: Done<{ counts: Record<string, number>; countsFrom: number }>,
  ) {
    this.#later(() => {
      const counts: Record<string, number> = {};
      for (const { type } of (this.histories.get(channel)?.events ?? []).slice(from - 1, to)) {
        counts[type] = (counts[type] ?? 0) + 1;
      }
      done({ counts, countsFrom: from });
    });
  }

  list(pattern: string, after: string, limit: number, done: Done<ChannelInfo[]>): void {
    this.#later(() => {
      const names = [...this.histories.keys()].filter((name) => matchesPattern(pattern, name) && name > after).sort();
      done(names.slice(0, limit).map((name) => this.#info(name)));
    });
  }

  loadSnapshot(channel: string, reducer: string | undefined, done: Done<{ saved: SavedSnapshot | undefined }>): void {
    this.#later(() => done({ saved: this.snapshots.get(placeOf({ channel, reducer })) }));
  }

  saveSnapshots(batch: readonly SavedSnapshot[]): void {
    for (const saved of batch) this.snapshots.set(placeOf(saved), saved);
  }

  register(key: string, done: Done<{ register: Register | undefined }>): void {
    this.#later(() => done(this.broken ?? { register: this.kept.get(key) }));
  }

  registers({ prefix, after, limit, open }: RegisterQuery, done: Done<Register[]>): void {
    this.#later(() => {
      const keys = [...this.kept.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      const found = keys.flatMap((key) => this.kept.get(key) ?? []).filter((one) => open !== true || one.open);
      done(this.broken ?? found.slice(0, limit));
    });
  }

  sha256(text: string): string {
    return digest(text);
  }

  authenticate(token: string, _address: string | undefined, done: Done<Principal>): void {
    this.#later(() => done(this.tokens.get(token) ?? { failed: "unauthenticated", message: "unknown token" }));
  }

  #later(answer: () => void): void {
    this.#answers.push(answer);
  }

  #history(channel: string): History {
    let history = this.histories.get(channel);
    if (history === undefined) {
      history = { epoch: this.epoch, floor: 1, events: [], trimmed: [] };
      this.histories.set(channel, history);
    }
    return history;
  }

  /** Epochs of producers, by channel and id: as much of them as leases need. */
  #refusal({ channel, producer, register }: Entry): Appended | undefined {
    const known = (id: string): number => this.producers.get(`${channel} ${id}`) ?? -1;
    if (producer !== undefined) {
      if (producer.epoch < known(producer.id)) {
        return { ok: false, code: "fenced", message: "replaced", details: { epoch: known(producer.id) } };
      }
      this.producers.set(`${channel} ${producer.id}`, producer.epoch);
    }
    const { producers = [], epoch = 0 } = register?.fence ?? {};
    const newest = Math.max(-1, ...producers.map(known));
    if (producers.length > 0 && newest >= epoch) {
      return { ok: false, code: "fenced", message: "been there", details: { epoch: newest } };
    }
    for (const id of producers) this.producers.set(`${channel} ${id}`, epoch);
    return undefined;
  }

  #info(channel: string): ChannelInfo {
    const history = this.histories.get(channel);
    const top = history?.events.length ?? 0;
    const floor = history?.floor ?? 1;
    return { channel, epoch: history?.epoch ?? this.epoch, floor, top, bytes: 0, createdMs: 0, updatedMs: 0 };
  }

  #newHub(): Hub {
    const options = {
      node: this.#link?.node ?? "n1",
      version: "0",
      limits: this.#limits,
      namespaces: defaultNamespaces,
    };
    const hub: Hub = new Hub(this, {
      ...options,
      catalogue: openCatalogue,
      rates: new RateLimits({}, 100),
      redactor: undefined,
      hiding: compileHiding([]),
      tally: new Tally(),
      hubOf: () => hub,
      ...this.#more,
    });
    return hub;
  }
}
