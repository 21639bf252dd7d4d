import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Draft } from "@signalbox/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isAlive, thisOwner } from "../src/owner.ts";
import { Spool, type SpoolOptions } from "../src/spool.ts";
import type { SpoolAbout } from "../src/spool-files.ts";
import { listSpools } from "../src/spool-root.ts";
import { FakeClock } from "./fake-clock.ts";

let root: string;
let clock: FakeClock;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "signalbox-spool-"));
  clock = new FakeClock();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const about = (producer = "run-1"): SpoolAbout => ({
  version: 1,
  producer,
  channel: "process:p1",
  url: "http://127.0.0.1:7400",
  title: "true",
  createdMs: 1,
  owner: thisOwner(),
});

const create = (options?: SpoolOptions): Spool => Spool.create(join(root, "run-1"), about(), clock, options);
const adopt = (): Spool => {
  const spool = Spool.adopt(join(root, "run-1"), thisOwner(), clock);
  if (spool === undefined) throw new Error("no spool");
  return spool;
};
const draft = (output: string, tags?: Record<string, string>): Draft => ({
  type: "process_output",
  channel: "process:p1",
  timestamp: 5,
  data: { processId: "p1", output },
  ...(tags === undefined ? {} : { metadata: { tags } }),
});
const segments = (): string[] => readdirSync(join(root, "run-1")).filter((name) => name.endsWith(".jsonl"));

function readAll(spool: Spool, from = spool.acknowledged + 1): Array<{ seq: number; epoch: number; output: string }> {
  const events = [];
  for (let next = from; ; ) {
    const lines = spool.read(next, 7, 300);
    if (lines.length === 0) return events;
    next += lines.length;
    for (const line of lines) {
      const event = JSON.parse(line);
      const { seq, epoch } = event.metadata.producer;
      events.push({ seq, epoch, output: event.data.output });
    }
  }
}

describe("the spool", () => {
  test("gives events back in order, as messages with the producer's numbers", () => {
    const spool = create();
    spool.append([draft("a"), draft("b", { team: "blue" })]);
    expect(spool.read(1, 10, 10_000).map((line) => JSON.parse(line))).toEqual([
      {
        id: "run-1.1",
        ...draft("a"),
        metadata: { producer: { id: "run-1", epoch: 1, seq: 1 } },
      },
      {
        id: "run-1.2",
        ...draft("b"),
        metadata: { tags: { team: "blue" }, producer: { id: "run-1", epoch: 1, seq: 2 } },
      },
    ]);
    expect(spool.waiting).toBe(2);
    spool.close();
  });

  test("reads at least one event however small the batch, and none beyond the newest", () => {
    const spool = create();
    spool.append([draft("x".repeat(5_000)), draft("y")]);
    expect(spool.read(1, 10, 16)).toHaveLength(1);
    expect(spool.read(3, 10, 16)).toEqual([]);
    spool.close();
  });

  test("holds any run of appends, acknowledgements and restarts without losing or doubling an event", () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("append" as const),
        texts: fc.array(fc.string({ maxLength: 60 }), { maxLength: 9 }),
      }),
      fc.record({ do: fc.constant("acknowledge" as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ do: fc.constant("restart" as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let spool = create({ segmentBytes: 400 });
        const model: string[] = [];
        let acknowledged = 0;
        for (const each of steps) {
          if (each.do === "append") {
            spool.append(each.texts.map((text) => draft(text)));
            model.push(...each.texts);
          } else if (each.do === "acknowledge") {
            acknowledged += Math.floor((model.length - acknowledged) * each.part);
            spool.acknowledge(acknowledged);
          } else {
            // As after kill -9: nothing is closed first.
            spool = adopt();
          }
          expect(spool.waiting).toBe(model.length - acknowledged);
          expect(readAll(spool)).toEqual(
            model.slice(acknowledged).map((output, at) => ({ seq: acknowledged + at + 1, epoch: 1, output })),
          );
        }
        spool.remove();
      }),
      { numRuns: 150 },
    );
  });

  test("deletes segments once the gateway has all of them", () => {
    const spool = create({ segmentBytes: 500 });
    for (let i = 1; i <= 40; i++) spool.append([draft(`line ${i}`)]);
    const before = segments().length;
    expect(before).toBeGreaterThan(5);
    spool.acknowledge(20);
    expect(segments().length).toBeLessThan(before);
    expect(readAll(spool).map((event) => event.output)[0]).toBe("line 21");
    spool.acknowledge(40);
    expect(segments()).toHaveLength(1);
    spool.remove();
    expect(readdirSync(root)).toEqual([]);
  });

  test("is full at its limit and free again after acknowledgements", () => {
    const spool = create({ segmentBytes: 500, maxBytes: 2_000 });
    let count = 0;
    for (; !spool.full; count++) spool.append([draft(`line ${count}`)]);
    expect(spool.bytes).toBeGreaterThanOrEqual(2_000);
    const changes: boolean[] = [];
    spool.onChange(() => changes.push(spool.full));
    spool.acknowledge(count - 1);
    expect(changes).toEqual([false]);
    for (; !spool.full; count++) spool.append([draft(`line ${count}`)]);
    spool.acknowledge(count);
    expect(spool.full).toBe(false);
    spool.append([draft("after")]);
    expect(readAll(spool)).toEqual([{ seq: count + 1, epoch: 1, output: "after" }]);
    spool.close();
  });

  test("cuts off what a crash left half-written, and goes on after it", () => {
    const spool = create();
    spool.append([draft("a"), draft("b")]);
    appendFileSync(join(root, "run-1", segments()[0] ?? ""), '{"id":"run-1.3","type":"process_out');
    const after = adopt();
    after.append([draft("c")]);
    expect(readAll(after).map((event) => event.output)).toEqual(["a", "b", "c"]);
  });

  test("goes on behind what a power cut took out of the middle", () => {
    const spool = create({ segmentBytes: 300 });
    for (let i = 1; i <= 9; i++) spool.append([draft(`line ${i}`)]);
    const second = join(root, "run-1", segments()[1] ?? "");
    const [taken] = readFileSync(second, "utf8").split("\n");
    truncateSync(second, Buffer.byteLength(taken ?? "") + 1);
    const after = adopt();
    const outputs: string[] = [];
    const seqs: number[] = [];
    for (let next = after.nextToSend(); ; next = after.nextToSend()) {
      const events = after.read(next, 2, 10_000).map((line) => JSON.parse(line));
      if (events.length === 0) break;
      outputs.push(...events.map((event) => event.data.output));
      seqs.push(...events.map((event) => event.metadata.producer.seq));
      after.acknowledge(next + events.length - 1);
    }
    expect(outputs.length).toBeLessThan(9);
    expect(outputs.at(-1)).toBe("line 9");
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  });

  test("is not taken over from a process that lives", () => {
    create().close();
    const path = join(root, "run-1", "about.json");
    writeFileSync(path, JSON.stringify({ ...about(), owner: { pid: process.ppid } }));
    expect(Spool.adopt(join(root, "run-1"), thisOwner(), clock)).toBeUndefined();
  });

  test("numbers again from the oldest event it holds when the gateway lost its history", () => {
    const spool = create({ segmentBytes: 300 });
    for (let i = 1; i <= 20; i++) spool.append([draft(`line ${i}`)]);
    spool.acknowledge(15);
    expect(spool.rewind(1)).toBe(false);
    const { oldest } = spool;
    spool.renumber();
    expect(readAll(spool)[0]).toEqual({ seq: 1, epoch: 2, output: `line ${oldest}` });
    spool.acknowledge(18);
    const after = adopt();
    expect(readAll(after)[0]).toEqual({ seq: 18 - oldest + 2, epoch: 2, output: "line 19" });
  });

  test("rewinds to what it still holds", () => {
    const spool = create();
    spool.append([draft("a"), draft("b"), draft("c")]);
    spool.acknowledge(3);
    expect(spool.rewind(2)).toBe(true);
    expect(readAll(spool)).toEqual([
      { seq: 2, epoch: 1, output: "b" },
      { seq: 3, epoch: 1, output: "c" },
    ]);
    spool.close();
  });

  test("closes the hole of an event that is refused for good", () => {
    const spool = create();
    spool.append([draft("a"), draft("bad"), draft("c")]);
    spool.acknowledge(1);
    spool.skip(2);
    expect(readAll(spool)).toEqual([{ seq: 2, epoch: 1, output: "c" }]);
    expect(readAll(adopt())).toEqual([{ seq: 2, epoch: 1, output: "c" }]);
  });

  test("can be read by nobody else: output holds secrets", () => {
    const spool = create();
    spool.append([draft("secret")]);
    expect(statSync(join(root, "run-1")).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(root, "run-1"))) {
      expect(statSync(join(root, "run-1", name)).mode & 0o777).toBe(0o600);
    }
    spool.close();
  });

  test("is listed with what waits in it, and as in use while its process lives", () => {
    const spool = create();
    spool.append([draft("a"), draft("b")]);
    spool.acknowledge(1);
    Spool.create(
      join(root, "run-2"),
      { ...about("run-2"), createdMs: 2, owner: { pid: 0x3fffffff, startTicks: 1 } },
      clock,
    ).close();
    expect(listSpools(root).map(({ about, waiting, inUse }) => [about.producer, waiting, inUse])).toEqual([
      ["run-1", 1, true],
      ["run-2", 0, false],
    ]);
    spool.close();
  });
});

test.runIf(process.platform === "linux")("a process number used again does not keep a spool in use", () => {
  const owner = thisOwner();
  expect(isAlive(owner)).toBe(true);
  expect(isAlive({ ...owner, startTicks: (owner.startTicks ?? 0) + 1 })).toBe(false);
});
