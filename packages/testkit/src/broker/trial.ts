/** The tools of every test in the suite: nodes that write down what they are told, and are closed afterwards. */
import type { Broker, BrokerEvents, Kept, RegisterNews } from "@signalbox/core";
import { afterEach, expect, test, vi } from "vitest";
import { namespaces } from "../store/trial.ts";
import type { BrokerCluster, BrokerHarness } from "./harness.ts";

/** A limit for waiting, not for speed; milliseconds. */
const longMs = 60_000;

/** One node, and everything its broker has told it. */
export class Member {
  readonly broker: Broker;
  readonly name: string;
  readonly kept: Array<{ channel: string; epoch: string; event: Kept }> = [];
  readonly passed: Array<{ channel: string; body: string }> = [];
  readonly told: Array<{ topic: string; body: string; node: string }> = [];
  readonly born: Array<{ channel: string; epoch: string; offset: number }> = [];
  readonly registers: RegisterNews[] = [];
  readonly documents: string[] = [];
  readonly left: string[] = [];
  readonly missed: Array<readonly string[] | undefined> = [];
  readonly reachable: boolean[] = [];

  constructor(broker: Broker, name: string) {
    this.broker = broker;
    this.name = name;
  }

  begin(): Promise<void> {
    const events: BrokerEvents = {
      kept: (channel, epoch, event) => void this.kept.push({ channel, epoch, event }),
      passed: (channel, body) => void this.passed.push({ channel, body }),
      told: (topic, body, node) => void this.told.push({ topic, body, node }),
      born: (channel, epoch, offset) => void this.born.push({ channel, epoch, offset }),
      registerChanged: (news) => void this.registers.push(news),
      documentChanged: (name) => void this.documents.push(name),
      left: (node) => void this.left.push(node),
      missed: (channels) => void this.missed.push(channels),
      reachable: (isReachable) => void this.reachable.push(isReachable),
    };
    return this.broker.begin({ name: this.name, version: "1.2.3", startedMs: 1_700_000_000_000 }, events);
  }

  /** Offsets heard of a channel, in the order of hearing. */
  offsets(channel: string): number[] {
    return this.kept.filter((one) => one.channel === channel).map(({ event }) => event.offset);
  }

  /** Each offset once, in order. */
  heard(channel: string): number[] {
    return [...new Set(this.offsets(channel))].sort((a, b) => a - b);
  }
}

export interface Nodes {
  cluster: BrokerCluster;
  members: Member[];
  /** One more node, which has begun. */
  join(): Promise<Member>;
}

/** Runs the suite's tests against one kind of broker. */
export class BrokerTrial {
  readonly harness: BrokerHarness;
  readonly #open = new Set<Broker>();
  readonly #skips: Map<string, string>;
  #names = 0;

  constructor(harness: BrokerHarness) {
    this.harness = harness;
    this.#skips = new Map(Object.entries(harness.skip ?? {}));
    afterEach(async () => {
      await Promise.all([...this.#open].map((broker) => broker.close()));
      this.#open.clear();
    });
  }

  /** Skips that no test asked about: misspelt, or out of date. */
  get unusedSkips(): string[] {
    return [...this.#skips.keys()];
  }

  test(name: string, run: () => Promise<void>): void {
    const reason = this.#skips.get(name);
    this.#skips.delete(name);
    if (reason === undefined) test(name, run);
    else test.skip(`${name} (skipped: ${reason})`, run);
  }

  /** A cluster of its own with so many nodes. */
  async nodes(count: number): Promise<Nodes> {
    const cluster = await this.harness.cluster(namespaces);
    const members: Member[] = [];
    const join = async (): Promise<Member> => {
      const broker = await cluster.open();
      this.#open.add(broker);
      const member = new Member(broker, `node-${++this.#names}`);
      members.push(member);
      await member.begin();
      return member;
    };
    for (let i = 0; i < count; i++) await join();
    return { cluster, members, join };
  }

  /** It ends by itself; the suite has nothing to close. */
  async close(member: Member): Promise<void> {
    this.#open.delete(member.broker);
    await member.broker.close();
  }
}

export const soon = (holds: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(holds, { timeout: longMs, interval: 5 });

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** What was told before this has been heard by `to`, where each node is heard in order. */
export async function flushed(from: Member, to: Member): Promise<void> {
  const topic = `flush-${Math.random()}`;
  from.broker.tell(topic, "");
  await soon(() => expect(to.told.map((one) => one.topic)).toContain(topic));
}
