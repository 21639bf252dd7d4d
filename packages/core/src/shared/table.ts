/**
 * Small facts that each node has of its own and all nodes know, such as who is connected where: nothing is kept anywhere. Changes are
 * told as they are made and are counted, so that whoever missed one knows, and has the whole table of that node told anew.
 */

export interface TablePorts {
  /** To this table on all other nodes; at most once, in order. */
  tell(body: string): void;
  /** Calls back in a later turn of the event loop. */
  soon(run: () => void): void;
  after(ms: number, run: () => void): void;
  /** Milliseconds of a clock that nobody sets. */
  steadyMs(): number;
  newId(): string;
}

interface TableOptions<Fact> {
  ports: TablePorts;
  /** Name of this node, unique among those that ever ran. */
  node: string;
  /** `undefined` for what is no fact: another version may know more. */
  read(value: unknown): Fact | undefined;
  /** Another node's fact is this one now, or is gone. */
  changed(node: string, key: string, fact: Fact | undefined): void;
}

interface Peer<Fact> {
  /** Of its table: another one has begun anew. */
  origin: string;
  /** Changes that are in `facts`. */
  count: number;
  facts: Map<string, Fact>;
  /** It is telling its whole table: the keys so far. */
  telling: Set<string> | undefined;
}

/** What nodes tell each other; members are short because there may be many. */
interface Told {
  /** Origin, and how many changes there have been. */
  of?: string;
  at?: number;
  /** Changes, one more than before: `[key, fact]`, null where it is gone. */
  set?: Array<[string, unknown]>;
  /** A part of the whole table. */
  all?: Array<[string, unknown]>;
  part?: number;
  last?: true;
  /** What the asker knows of others: whoever is not as it says tells its table. */
  ask?: Record<string, [string, number]>;
}

/** Characters of one message. */
const messageSize = 65_536;
/** Whole tables are told, and asked for, at most this often. */
const wholeEveryMs = 250;
/** How often it is told where a table stands: what was lost without a word is found out then. */
const standsEveryMs = 10_000;

export class SharedTable<Fact> {
  readonly #options: TableOptions<Fact>;
  readonly #origin: string;
  readonly #mine = new Map<string, Fact>();
  readonly #peers = new Map<string, Peer<Fact>>();
  /** Keys whose changes are not told yet. */
  readonly #fresh = new Set<string>();
  #count = 0;
  #toldWhole = Number.NEGATIVE_INFINITY;
  #asked = Number.NEGATIVE_INFINITY;
  #wholeIsDue = false;
  #askIsDue = false;
  #stoodMs: number;

  constructor(options: TableOptions<Fact>) {
    this.#options = options;
    this.#origin = options.ports.newId();
    this.#stoodMs = options.ports.steadyMs();
  }

  /** Of this node. */
  get(key: string): Fact | undefined {
    return this.#mine.get(key);
  }

  /** Of all other nodes, by their names. */
  *others(key: string): Generator<[node: string, fact: Fact]> {
    for (const [node, { facts }] of this.#peers) {
      const fact = facts.get(key);
      if (fact !== undefined) yield [node, fact];
    }
  }

  /** A fact of this node; `undefined`: it is gone. */
  set(key: string, fact: Fact | undefined): void {
    if (fact === undefined && !this.#mine.delete(key)) return;
    if (fact !== undefined) this.#mine.set(key, fact);
    if (this.#fresh.size === 0) this.#options.ports.soon(() => this.#tellFresh());
    this.#fresh.add(key);
  }

  /** Others may know more, or less, than was told: at the beginning, and whenever messages may have been lost. */
  meet(): void {
    this.#tell({ ask: this.#known(), of: this.#origin, at: this.#count });
  }

  /** To be called about once a second. */
  tick(): void {
    const now = this.#options.ports.steadyMs();
    if (now - this.#stoodMs < standsEveryMs) return;
    this.#stoodMs = now;
    if (this.#count > 0) this.#tell({ of: this.#origin, at: this.#count });
  }

  /** The node is gone, and what it knew. */
  left(node: string): void {
    const peer = this.#peers.get(node);
    if (peer === undefined) return;
    this.#peers.delete(node);
    for (const key of peer.facts.keys()) this.#options.changed(node, key, undefined);
  }

  told(body: string, node: string): void {
    const { of, at = 0, set, all, part = 0, last = false, ask } = JSON.parse(body) as Told;
    if (ask !== undefined) this.#answer(ask[this.#options.node]);
    if (of === undefined) return;
    let peer = this.#peers.get(node);
    if (set !== undefined && at === 1 && (peer === undefined || (peer.origin !== of && peer.facts.size === 0))) {
      // From its beginning on.
      peer = { origin: of, count: 0, facts: new Map(), telling: undefined };
      this.#peers.set(node, peer);
    }
    if (all !== undefined) this.#takeWhole(node, { of, at, all, part, last });
    else if (set !== undefined && peer?.origin === of && peer.count + 1 === at) {
      peer.count = at;
      this.#take(node, peer, set);
    } else if (peer?.origin !== of || peer.count < at) {
      if (at > 0) this.#ask();
    }
  }

  #takeWhole(
    node: string,
    { of, at, all, part, last }: Required<Pick<Told, "of" | "at" | "all" | "part">> & { last: boolean },
  ) {
    let peer = this.#peers.get(node);
    if (part === 0) {
      // Others asked for it, too.
      if (peer?.origin === of && peer.count === at) return;
      peer ??= { origin: "", count: 0, facts: new Map(), telling: undefined };
      this.#peers.set(node, peer);
      // Until it is whole, it is none that changes could follow.
      peer.origin = "";
      peer.telling = new Set();
    }
    if (peer?.telling === undefined) return;
    for (const [key] of all) peer.telling.add(key);
    this.#take(node, peer, all);
    if (!last) return;
    const { telling } = peer;
    peer.telling = undefined;
    peer.origin = of;
    peer.count = at;
    this.#take(
      node,
      peer,
      [...peer.facts.keys()].filter((key) => !telling.has(key)).map((key) => [key, null]),
    );
  }

  #take(node: string, peer: Peer<Fact>, entries: ReadonlyArray<[string, unknown]>): void {
    const { read, changed } = this.#options;
    for (const [key, value] of entries) {
      const fact = value === null ? undefined : read(value);
      if (fact === undefined && !peer.facts.delete(key)) continue;
      if (fact !== undefined) peer.facts.set(key, fact);
      changed(node, key, fact);
    }
  }

  /** Somebody knows of this table what `known` says. */
  #answer(known: [string, number] | undefined): void {
    const isKnown = known === undefined ? this.#count === 0 : known[0] === this.#origin && known[1] === this.#count;
    if (isKnown || this.#wholeIsDue) return;
    this.#wholeIsDue = true;
    const { ports } = this.#options;
    const waitMs = this.#toldWhole + wholeEveryMs - ports.steadyMs();
    if (waitMs > 0) ports.after(waitMs, () => this.#tellWhole());
    else ports.soon(() => this.#tellWhole());
  }

  #ask(): void {
    if (this.#askIsDue) return;
    this.#askIsDue = true;
    const { ports } = this.#options;
    const waitMs = this.#asked + wholeEveryMs - ports.steadyMs();
    const ask = (): void => {
      this.#askIsDue = false;
      this.#asked = ports.steadyMs();
      this.#tell({ ask: this.#known() });
    };
    if (waitMs > 0) ports.after(waitMs, ask);
    else ports.soon(ask);
  }

  #known(): Record<string, [string, number]> {
    return Object.fromEntries([...this.#peers].map(([node, { origin, count }]) => [node, [origin, count]]));
  }

  #tellFresh(): void {
    const entries = [...this.#fresh].map((key): [string, unknown] => [key, this.#mine.get(key) ?? null]);
    this.#fresh.clear();
    for (const set of inMessages(entries)) this.#tell({ of: this.#origin, at: ++this.#count, set });
  }

  #tellWhole(): void {
    if (this.#fresh.size > 0) this.#tellFresh();
    this.#wholeIsDue = false;
    this.#toldWhole = this.#options.ports.steadyMs();
    const parts = inMessages([...this.#mine]);
    if (parts.length === 0) parts.push([]);
    for (const [part, all] of parts.entries()) {
      const isLast = part === parts.length - 1;
      this.#tell({ of: this.#origin, at: this.#count, all, part, ...(isLast ? { last: true as const } : {}) });
    }
  }

  #tell(told: Told): void {
    this.#options.ports.tell(JSON.stringify(told));
  }
}

/** As few messages as there must be. */
function inMessages(entries: ReadonlyArray<[string, unknown]>): Array<Array<[string, unknown]>> {
  const messages: Array<Array<[string, unknown]>> = [];
  let room = 0;
  for (const entry of entries) {
    const size = JSON.stringify(entry).length;
    if (size > room) {
      messages.push([]);
      room = messageSize;
    }
    messages.at(-1)?.push(entry);
    room -= size;
  }
  return messages;
}
