/** Nodes that tell each other things: in order from each to each, and otherwise whenever the test says so. */
import type { Limits } from "@signalbox/protocol";
import type { HubOptions } from "../../src/index.ts";
import { FakeNode } from "./fake-node.ts";

export class ClusterNode extends FakeNode {
  readonly name: string;
  readonly #tell: (topic: string, body: string) => void;

  constructor(
    name: string,
    tell: (topic: string, body: string) => void,
    limits: Partial<Limits>,
    more: Partial<HubOptions>,
  ) {
    super(limits, { ...more, node: name });
    this.name = name;
    this.#tell = tell;
  }

  override get isShared(): boolean {
    return true;
  }

  override tell(topic: string, body: string): void {
    this.#tell(topic, body);
  }
}

type Letter = { topic: string; body: string };

export class FakePeers {
  readonly nodes = new Map<string, ClusterNode>();
  /** On their way, by sender and receiver. */
  readonly #letters = new Map<string, Letter[]>();
  readonly #cut = new Set<string>();
  readonly #limits: Partial<Limits>;
  readonly #more: Partial<HubOptions>;
  #now = 1_000;
  #tickedMs = 0;
  told = 0;

  constructor(names: readonly string[], limits: Partial<Limits> = {}, more: Partial<HubOptions> = {}) {
    this.#limits = limits;
    this.#more = more;
    for (const name of names) this.start(name);
    this.pass(1_000);
  }

  node(name: string): ClusterNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  start(name: string): ClusterNode {
    const node = new ClusterNode(name, (topic, body) => this.#send(name, { topic, body }), this.#limits, this.#more);
    node.now = this.#now;
    this.nodes.set(name, node);
    node.hub.meet();
    return node;
  }

  /** Its process ends; the others hear of it now, or `late`. */
  kill(name: string, isLate = false): void {
    this.nodes.delete(name);
    for (const route of [...this.#letters.keys()]) if (route.split(" ").includes(name)) this.#letters.delete(route);
    if (!isLate) this.declareLeft(name);
  }

  declareLeft(name: string): void {
    for (const other of this.nodes.values()) if (other.name !== name) other.hub.nodeLeft(name);
  }

  /** Nothing it tells is heard, and it hears nothing. */
  cut(name: string): void {
    this.#cut.add(name);
    for (const route of [...this.#letters.keys()]) if (route.split(" ").includes(name)) this.#letters.delete(route);
  }

  heal(name: string): void {
    if (this.#cut.delete(name)) this.nodes.get(name)?.hub.missed();
  }

  /** So many letters of one way arrive. */
  deliver(from: string, to: string, count = Number.POSITIVE_INFINITY): void {
    const node = this.nodes.get(to);
    node?.run();
    const letters = this.#letters.get(`${from} ${to}`) ?? [];
    for (const { topic, body } of letters.splice(0, count)) node?.hub.told(topic, body, from);
  }

  deliverAll(): void {
    for (let rounds = 0; ; rounds++) {
      for (const node of this.nodes.values()) node.run();
      const waiting = [...this.#letters].filter(([, letters]) => letters.length > 0);
      if (waiting.length === 0) return;
      if (rounds > 1_000) throw new Error("the nodes never come to rest");
      for (const [route] of waiting) {
        const [from = "", to = ""] = route.split(" ");
        this.deliver(from, to);
      }
    }
  }

  /** Lets time pass on all nodes; `quietly`: nothing arrives meanwhile. */
  pass(ms: number, quietly = false): void {
    const until = this.#now + ms;
    while (this.#now < until) {
      const step = Math.min(20, until - this.#now);
      this.#now += step;
      for (const node of this.nodes.values()) node.pass(step);
      if (this.#now - this.#tickedMs >= 1_000) {
        this.#tickedMs = this.#now;
        for (const node of this.nodes.values()) node.hub.tick();
      }
      if (!quietly) this.deliverAll();
    }
    if (!quietly) this.deliverAll();
  }

  #send(from: string, letter: Letter): void {
    this.told++;
    if (this.#cut.has(from)) return;
    for (const to of this.nodes.keys()) {
      if (to === from || this.#cut.has(to)) continue;
      const route = `${from} ${to}`;
      const letters = this.#letters.get(route) ?? [];
      letters.push(letter);
      this.#letters.set(route, letters);
    }
  }
}
