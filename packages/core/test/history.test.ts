/** P6: what many replay is read once, encoded once, and handed out in turns. What is counted here are reads and objects. */
import { expect, test } from "vitest";
import type { SharedPublication } from "../src/index.ts";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const channel = "agent:a";

/** A channel of so many events, of which only the newest are in memory. */
function nodeWith(events: number, limits: ConstructorParameters<typeof FakeNode>[0] = {}): FakeNode {
  const node = new FakeNode({ tailEvents: 10, ...limits });
  const watcher = new Viewer(node).open().subscribe({ channel, since: "now" });
  node.run();
  for (let n = 1; n <= events; n++) node.publish(channel, { n });
  node.run();
  watcher.cut();
  node.reads = 0;
  return node;
}

/** Comes back from there; keeps the objects it was given. */
class Returning extends Viewer {
  readonly got: SharedPublication[] = [];
  readonly #after: number;

  constructor(node: FakeNode, after: number) {
    super(node);
    this.#after = after;
    this.positions.set(channel, { epoch: node.epoch, offset: after });
    this.open();
  }

  get range(): string {
    return `${this.#after + 1}..${this.got.at(-1)?.offset} (${this.got.length})`;
  }

  override publication(publication: SharedPublication): void {
    this.got.push(publication);
  }
}

test("P6 1,000 clients with 2,000 missed events cost one read per page", () => {
  const node = nodeWith(2_500);
  const clients = Array.from({ length: 1_000 }, () => new Returning(node, 500));
  for (const client of clients) client.resume(channel);
  node.run();
  // Offsets 301..2490 in pages of 300; the newest ten are in the tail.
  expect(node.reads).toBe(8);
  for (const client of clients) expect(client.range).toBe("501..2500 (2000)");
});

test("P6 everybody gets the same objects, so that a frame is made once", () => {
  const node = nodeWith(1_000);
  const [one, other] = [new Returning(node, 100), new Returning(node, 150)];
  one.resume(channel);
  other.resume(channel);
  node.run();
  expect(one.got.slice(50)).toEqual(other.got);
  for (const [index, publication] of other.got.entries()) expect(one.got[index + 50]).toBe(publication);
});

test("P6 clients from 300 nearby positions, the newest first, share the pages too", () => {
  const node = nodeWith(2_500);
  const clients = Array.from({ length: 300 }, (_, i) => new Returning(node, 899 - i));
  for (const client of clients) client.resume(channel);
  node.run();
  // 601..900, and so on to 2401..2490.
  expect(node.reads).toBe(7);
  for (const [i, client] of clients.entries()) expect(client.range).toBe(`${900 - i}..2500 (${1_601 + i})`);
});

test("P6 pages that are cut short by their bytes are read on from where they end", () => {
  const node = nodeWith(200, { replayEvents: 50, replayBytes: 1_000 });
  const clients = Array.from({ length: 20 }, () => new Returning(node, 30));
  for (const client of clients) client.resume(channel);
  node.run();
  const perPage = 10;
  expect(node.reads).toBeLessThan((2 * 200) / perPage);
  for (const client of clients) expect(client.range).toBe("31..200 (170)");
});

test("a page serves for ten seconds", () => {
  const node = nodeWith(320);
  const readsAfter = (ms: number): number => {
    const before = node.reads;
    node.now += ms;
    node.hub.tick();
    new Returning(node, 5).resume(channel);
    node.run();
    return node.reads - before;
  };
  expect(readsAfter(0)).toBe(2);
  expect(readsAfter(9_999)).toBe(0);
  expect(readsAfter(1)).toBe(2);
});

test("pages over the limit of bytes are read again when they are needed", () => {
  const node = nodeWith(1_000, { replayCacheBytes: 40_000 });
  // One page of 300 fits.
  for (const expected of [4, 8]) {
    new Returning(node, 0).resume(channel);
    node.run();
    expect(node.reads).toBe(expected);
  }
});

test("a read that shows a trim ends what was kept of before it", () => {
  const node = nodeWith(700);
  const from = (after: number): Returning => {
    const client = new Returning(node, after);
    client.resume(channel);
    node.run();
    return client;
  };
  from(10);
  node.trim(channel, 650);
  // Still within its ten seconds.
  expect(from(10).gaps).toEqual([]);
  node.hub.history.age();
  node.now += 10_000;
  from(655);
  expect(from(10).gaps).toMatchObject([{ reason: "trimmed", from: 11, to: 650 }]);
});

test("a page of another epoch is nobody's", () => {
  const node = nodeWith(700);
  const earlier = new Returning(node, 10);
  earlier.resume(channel);
  node.run();
  earlier.cut();
  const history = node.histories.get(channel);
  if (history !== undefined) history.epoch = "e2";
  node.publish(channel, { n: 701 });
  node.run();
  const before = node.reads;
  const client = new Returning(node, 10);
  client.resume(channel);
  node.run();
  expect(node.reads).toBeGreaterThan(before);
  expect(new Set(client.got.map(({ epoch }) => epoch))).toEqual(new Set(["e2"]));
});

test("a read that fails fails for all who wait for it, and for nobody after", () => {
  const node = nodeWith(700);
  const clients = Array.from({ length: 3 }, () => new Returning(node, 10));
  for (const client of clients) client.resume(channel);
  node.broken = { failed: "unavailable", message: "no disk" };
  node.run();
  for (const client of clients) expect(client.errors()).toEqual(["unavailable"]);
  node.broken = undefined;
  const late = new Returning(node, 10);
  late.resume(channel);
  node.run();
  expect(late.got).toHaveLength(690);
});
