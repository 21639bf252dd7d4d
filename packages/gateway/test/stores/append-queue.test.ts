import { describe, expect, test } from "vitest";
import { AppendQueue } from "../../src/stores/sqlite/append-queue.ts";
import { ManualTurns } from "../support/turns.ts";

interface Commit {
  beganMs: number;
  /** Events in it. */
  size: number;
}

/** A queue before a disk that takes so long for a commit. */
class World {
  readonly turns = new ManualTurns();
  readonly commits: Commit[] = [];
  readonly #commitMs: number;
  readonly queue = new AppendQueue(
    {
      epoch: "e",
      fsync: () => true,
      send: ({ rows }) => {
        const size = rows.length / 4;
        this.commits.push({ beganMs: this.turns.nowMs(), size });
        const answer = { offsets: Array.from({ length: size }, (_, i) => i + 1), refusals: [], lastN: size };
        return new Promise((resolve) => this.turns.after(this.#commitMs, () => resolve(answer)));
      },
    },
    this.turns,
  );

  constructor(commitMs: number) {
    this.#commitMs = commitMs;
  }

  publish(events = 1): Promise<unknown> {
    const entry = { channel: "a:b", id: "i", type: "t", timestampMs: 0, body: "{}" };
    return this.queue.append(Array.from({ length: events }, () => entry));
  }

  /** Answers are promises: each has its turn. */
  async until(ms: number): Promise<void> {
    for (let now = this.turns.nowMs(); now < ms; now++) {
      this.turns.until(now + 1);
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
  }
}

const startMs = 1_000;

describe("group commit", () => {
  test("what is published in one turn is one commit, at its end", async () => {
    const world = new World(2);
    for (let i = 0; i < 3; i++) void world.publish();
    expect(world.commits).toEqual([]);
    await world.until(startMs + 1);
    expect(world.commits).toEqual([{ beganMs: startMs, size: 3 }]);
  });

  test("who publishes one event at a time never waits for others", async () => {
    const world = new World(2);
    for (let i = 0; i < 5; i++) {
      const kept = world.publish();
      await world.until(world.turns.nowMs() + 3);
      await kept;
    }
    expect(world.commits.map(({ beganMs }) => beganMs - startMs)).toEqual([0, 3, 6, 9, 12]);
  });

  test("events that come while a commit is under way share the next, and none is held back for more than 4 ms", async () => {
    const world = new World(2);
    const cameMs: number[] = [];
    for (let i = 0; i < 100; i++) {
      cameMs.push(world.turns.nowMs());
      void world.publish();
      await world.until(world.turns.nowMs() + 1);
    }
    await world.until(world.turns.nowMs() + 10);
    expect(world.commits.reduce((sum, { size }) => sum + size, 0)).toBe(100);
    expect(world.commits.length).toBeLessThanOrEqual(100 / 4);
    let next = 0;
    for (const { beganMs, size } of world.commits) {
      expect(beganMs - (cameMs[next] ?? 0)).toBeLessThanOrEqual(4);
      next += size;
    }
  });

  test("1,024 events do not wait, not even for the commit under way", async () => {
    const world = new World(50);
    void world.publish();
    await world.until(startMs + 1);
    void world.publish(1_023);
    await world.until(startMs + 2);
    expect(world.commits.length).toBe(1);
    void world.publish();
    await world.until(startMs + 3);
    expect(world.commits.map(({ size }) => size)).toEqual([1, 1_024]);
  });

  test("a commit that fails lets the next one go", async () => {
    const turns = new ManualTurns();
    let asked = 0;
    const queue = new AppendQueue(
      { epoch: "e", fsync: () => true, send: () => Promise.reject(new Error(`no. ${++asked}`)) },
      turns,
    );
    const entry = { channel: "a:b", id: "i", type: "t", timestampMs: 0, body: "{}" };
    for (const expected of ["no. 1", "no. 2"]) {
      const failed = expect(queue.append([entry])).rejects.toThrow(expected);
      turns.turn();
      await failed;
    }
  });
});
