import { describe, expect, test } from "vitest";
import type { Bundle } from "../../src/transports/websocket/bundle.ts";
import { type Held, Writes } from "../../src/transports/websocket/writes.ts";
import { ManualTurns } from "../support/turns.ts";

/** What one system call takes here, in milliseconds. */
const writeMs = 0.005;
const outboxBytes = 1_048_576;

/** A connection as far as writing goes; frames name what they are. */
class Peer implements Held {
  readonly writes: { atMs: number; text: string; piece: Uint8Array }[] = [];
  readonly #world: World;
  readonly #writeMs: number;
  #held: Bundle | undefined;

  constructor(world: World, takesMs: number) {
    this.#world = world;
    this.#writeMs = takesMs;
  }

  get pendingBytes(): number {
    return this.#held?.bytes ?? 0;
  }

  get text(): string {
    return this.writes.map(({ text }) => text).join("");
  }

  publication(frame: Uint8Array): void {
    const first = this.#held === undefined;
    this.#held = (this.#held ?? this.#world.writes.empty).and(frame);
    if (first) this.#world.writes.gather(this);
  }

  answer(frame: Uint8Array): void {
    this.#held = (this.#held ?? this.#world.writes.empty).and(frame);
    this.#world.writes.hurry(this);
  }

  flush(): void {
    const piece = this.#held?.whole();
    if (piece === undefined) return;
    this.#held = undefined;
    this.#world.turns.work(this.#writeMs);
    const atMs = this.#world.turns.nowMs();
    this.writes.push({ atMs, text: Buffer.from(piece).toString("latin1"), piece });
    this.#world.order.push(this);
  }
}

class World {
  readonly turns = new ManualTurns();
  readonly writes = new Writes(outboxBytes, this.turns);
  /** Who wrote, one after the other. */
  readonly order: Peer[] = [];

  peers(count: number, takesMs = writeMs): Peer[] {
    return Array.from({ length: count }, () => new Peer(this, takesMs));
  }
}

const frame = (text: string, bytes = text.length): Buffer => Buffer.from(text.padEnd(bytes, "."));

interface Flow {
  messages: number;
  everyMs: number;
  clients: number;
}

/** Publishes at a fixed rate: system calls per message, and the longest that one waited for its first. */
function fanOut({ messages, everyMs, clients }: Flow): { callsPerMessage: number; waitedMs: number; peers: Peer[] } {
  const world = new World();
  const peers = world.peers(clients);
  const beganMs = world.turns.nowMs();
  const dueMs: number[] = [];
  for (let n = 0; n < messages; n++) {
    world.turns.until(beganMs + n * everyMs);
    dueMs.push(world.turns.nowMs());
    const text = frame(`<${n}>`, 300);
    for (const peer of peers) peer.publication(text);
  }
  world.turns.until(world.turns.nowMs() + 100);
  const wentMs = dueMs.map(() => Number.POSITIVE_INFINITY);
  for (const { atMs, text } of peers.flatMap(({ writes }) => writes)) {
    for (const [, n] of text.matchAll(/<(\d+)>/g)) wentMs[Number(n)] = Math.min(wentMs[Number(n)] ?? 0, atMs);
  }
  const waits = dueMs.map((ms, n) => (wentMs[n] ?? 0) - ms);
  return { callsPerMessage: world.order.length / messages, waitedMs: Math.max(...waits), peers };
}

describe("how much shares one system call", () => {
  test("5,000 messages a second to 100 viewers share one each by about 20, and none waits beyond 4 ms", () => {
    const { callsPerMessage, waitedMs } = fanOut({ messages: 500, everyMs: 0.2, clients: 100 });
    expect(callsPerMessage).toBeLessThan(100 / 15);
    expect(waitedMs).toBeLessThan(4 + 2 * writeMs);
  });

  test("1,000 messages a second to 100 viewers share one each by about 5", () => {
    const { callsPerMessage, waitedMs } = fanOut({ messages: 500, everyMs: 1, clients: 100 });
    expect(callsPerMessage).toBeLessThan(100 / 4.5);
    expect(waitedMs).toBeLessThan(4 + 2 * writeMs);
  });

  test.each([
    ["one viewer of 1,000 messages a second", { messages: 500, everyMs: 1, clients: 1 }],
    ["100 viewers of 100 messages a second", { messages: 100, everyMs: 10, clients: 100 }],
    ["1,000 viewers of 100 messages a second", { messages: 100, everyMs: 10, clients: 1_000 }],
  ])("%s: each message leaves at once", (_name, flow) => {
    const { callsPerMessage, waitedMs } = fanOut(flow);
    expect(callsPerMessage).toBe(flow.clients);
    expect(waitedMs).toBeLessThan(2 * writeMs);
  });

  test("everybody gets everything in its order, whatever was held", () => {
    const { peers } = fanOut({ messages: 200, everyMs: 0.2, clients: 30 });
    const all = Array.from({ length: 200 }, (_, n) => frame(`<${n}>`, 300).toString()).join("");
    for (const peer of peers) expect(peer.text).toBe(all);
  });

  test("what was held for all is one piece for all", () => {
    const { peers } = fanOut({ messages: 200, everyMs: 0.2, clients: 30 });
    const pieces = new Set(peers.flatMap(({ writes }) => writes.map(({ piece }) => piece)));
    expect(pieces.size).toBe(peers[0]?.writes.length);
  });
});

test("an answer is written when its turn ends, and takes along what was held back", () => {
  const world = new World();
  const peers = world.peers(100);
  const [asker, other] = peers;
  for (const peer of peers) peer.publication(frame("a"));
  world.turns.turn();
  for (const peer of peers) peer.publication(frame("b"));
  asker?.answer(frame("!"));
  world.turns.turn();
  expect([asker?.text, other?.text]).toEqual(["ab!", "a"]);
  // Nothing is left for it to write when the hold ends.
  world.turns.until(world.turns.nowMs() + 5);
  expect([asker?.writes.length, other?.text]).toEqual([2, "ab"]);
});

describe("fairness", () => {
  const big = frame("#", 16_500);
  /** Of 16 KiB. */
  const bigWriteMs = 0.02;

  test("a turn with very much to write lets others in every 2 ms", () => {
    const world = new World();
    for (const peer of world.peers(1_000, bigWriteMs)) peer.publication(big);
    let writtenBefore = 0;
    let slices = 0;
    while (world.turns.turn()) {
      slices++;
      expect((world.order.length - writtenBefore) * bigWriteMs).toBeLessThan(2 + 2 * bigWriteMs);
      writtenBefore = world.order.length;
    }
    expect([world.order.length, slices]).toEqual([1_000, 10]);
  });

  test("those with little to write go first, also when they come while others are at it", () => {
    const world = new World();
    const readers = world.peers(300, bigWriteMs);
    const [early, late] = world.peers(2);
    for (const peer of readers) peer.publication(big);
    early?.publication(frame("a"));
    world.turns.turn();
    expect(world.order[0]).toBe(early);
    const written = world.order.length;
    late?.answer(frame("b"));
    world.turns.turn();
    expect(world.order[written]).toBe(late);
  });

  test("a flood of little for many does not keep off who has much for ever", () => {
    const world = new World();
    const crowd = world.peers(1_000);
    const [reader] = world.peers(1, bigWriteMs);
    reader?.publication(big);
    for (let turn = 0; turn < 5; turn++) {
      for (const peer of crowd) peer.answer(frame("a"));
      world.turns.turn();
    }
    expect(reader?.text).toHaveLength(big.length);
  });

  test("what comes for one that is still in the line joins what it has", () => {
    const world = new World();
    const readers = world.peers(200, bigWriteMs);
    for (const peer of readers) peer.publication(big);
    world.turns.turn();
    for (const peer of readers) peer.publication(frame("a"));
    world.turns.until(world.turns.nowMs() + 50);
    for (const peer of readers) expect(peer.text).toBe(`${big.toString()}a`);
    expect(readers.at(-1)?.writes).toHaveLength(1);
  });
});

test("one that fails while it writes does not keep off the others", () => {
  const world = new World();
  const [first, last] = world.peers(2);
  first?.publication(frame("a"));
  world.writes.gather({
    pendingBytes: 1,
    flush: () => {
      throw new Error("a fault");
    },
  });
  last?.publication(frame("b"));
  expect(() => world.turns.turn()).toThrow("a fault");
  world.turns.turn();
  expect([first?.text, last?.text]).toEqual(["a", "b"]);
});

test("an outbox may be smaller than what is worth a system call of its own", () => {
  expect(new Writes(1_000).enoughBytes).toBe(1_000);
  expect(new Writes(outboxBytes).enoughBytes).toBe(65_536);
});
