/**
 * Nodes without I/O over one store: what each hears of the others comes late, in the order in which it was kept, and by chance sooner
 * or later than its own answers; a node that is cut off hears nothing, keeps nothing, and is told so once it is back.
 */
import type { Limits } from "@signalbox/protocol";
import type { Entry, RegisterNews } from "../../src/index.ts";
import { FakeNode, FakeStore } from "./fake-node.ts";

interface News {
  dueMs: number;
  deliver(): void;
}

export interface Member {
  name: string;
  node: FakeNode;
  isCut: boolean;
  isDead: boolean;
  /** It hears nothing of the others, and has not noticed. */
  isDeaf: boolean;
  /** When it was linked again. */
  healedMs: number;
  /** Registers that others changed, and what others tell: two ways, each in order. */
  changes: News[];
  told: News[];
  /** Milliseconds after the full second at which it ticks. */
  phaseMs: number;
}

const stepMs = 50;
/** After so long the others know that a node is gone. */
const overdueMs = 5_000;

export class FakeCluster {
  readonly store = new FakeStore();
  readonly members: Member[];
  /** Entries that somebody tried to keep, and where. */
  readonly tried: Array<Entry & { at: string }> = [];
  now = 1_000;
  /** News take up to so long. */
  slowestMs = 400;
  readonly #random: () => number;
  readonly #later: News[] = [];

  constructor(count: number, random: () => number = Math.random, limits: Partial<Limits> = {}) {
    this.#random = random;
    this.members = Array.from({ length: count }, (_, index) => this.#member(`n${index + 1}`, limits));
    this.pass(2_000);
  }

  get alive(): Member[] {
    return this.members.filter(({ isDead }) => !isDead);
  }

  /** Those that can reach the others. */
  get linked(): Member[] {
    return this.alive.filter(({ isCut }) => !isCut);
  }

  member(index: number): Member {
    const member = this.members[index];
    if (member === undefined) throw new Error(`there is no node ${index}`);
    return member;
  }

  kill(member: Member): void {
    member.isDead = true;
    const deliver = (): void => {
      for (const { node } of this.linked) node.hub.nodeLeft(member.name);
    };
    this.#later.push({ dueMs: this.now + overdueMs, deliver });
  }

  cut(member: Member): void {
    member.isCut = true;
    member.changes = [];
    member.told = [];
    member.node.broken = { failed: "unavailable", message: "the store cannot be reached" };
  }

  heal(member: Member): void {
    member.isCut = false;
    member.healedMs = this.now;
    member.node.broken = undefined;
    this.#later.push({ dueMs: this.now + this.#delay(), deliver: () => member.node.hub.missed() });
  }

  /** Everything that can happen now happens, in an order of chance. */
  settle(): void {
    for (let steps = 0; ; steps++) {
      if (steps > 200_000) throw new Error("the nodes never come to rest");
      const able: Array<() => void> = [];
      for (const { node, changes, told } of this.alive) {
        if (node.waiting > 0) able.push(() => node.step());
        for (const queue of [changes, told]) {
          if ((queue[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= this.now) able.push(() => queue.shift()?.deliver());
        }
      }
      const ripe = this.#later.findIndex(({ dueMs }) => dueMs <= this.now);
      if (ripe >= 0) able.push(() => this.#later.splice(ripe, 1)[0]?.deliver());
      const next = able[Math.floor(this.#random() * able.length)];
      if (next === undefined) return;
      next();
    }
  }

  pass(ms: number): void {
    for (const until = this.now + ms; this.now < until; ) {
      this.settle();
      this.now += stepMs;
      for (const { node, phaseMs } of this.alive) {
        node.now = this.now;
        node.wake();
        if ((this.now - phaseMs) % 1_000 === 0) node.hub.tick();
      }
    }
    this.settle();
  }

  #member(name: string, limits: Partial<Limits>): Member {
    const member: Member = {
      ...{ name, isCut: false, isDead: false, isDeaf: false, healedMs: 0, changes: [], told: [] },
      phaseMs: stepMs * Math.floor((this.#random() * 1_000) / stepMs),
      node: new FakeNode(
        limits,
        {},
        {
          ...{ node: name, store: this.store },
          tried: (entry) => void this.tried.push({ ...entry, at: name }),
          changed: (key) => {
            const kept = this.store.kept.get(key);
            if (kept === undefined) return;
            const { open, ...register } = kept;
            const news: RegisterNews = { key, version: register.version, register, open };
            this.#send(member, "changes", (other) => other.node.hub.registerChanged(news));
          },
          tell: (topic, body) => this.#send(member, "told", (other) => other.node.hub.told(topic, body, name)),
        },
      ),
    };
    return member;
  }

  #send(from: Member, way: "changes" | "told", deliver: (other: Member) => void): void {
    if (from.isCut) return;
    for (const other of this.linked) {
      if (other === from || other.isDeaf) continue;
      const queue = other[way];
      const dueMs = Math.max(queue.at(-1)?.dueMs ?? 0, this.now + this.#delay());
      queue.push({ dueMs, deliver: () => deliver(other) });
    }
  }

  /** Most come soon. */
  #delay(): number {
    return this.#random() < 0.7 ? 0 : this.#random() * this.slowestMs;
  }
}
