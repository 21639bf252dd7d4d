import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { thisOwner } from "../src/owner.ts";
import { type Gateway, Sender, type SenderState } from "../src/sender.ts";
import { Spool } from "../src/spool.ts";
import { FakeClock } from "./fake-clock.ts";
import { type Fault, ScriptedGateway } from "./scripted-gateway.ts";

let root: string;
let clock: FakeClock;
let server: ScriptedGateway;
let senders: Sender[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "signalbox-sender-"));
  clock = new FakeClock();
  server = await ScriptedGateway.start();
  senders = [];
});

afterEach(async () => {
  for (const sender of senders) await sender.stop();
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

let spools = 0;
function createSpool(segmentBytes = 400): Spool {
  const producer = `run-${++spools}`;
  const about = {
    version: 1,
    producer,
    channel: "process:p1",
    url: server.url,
    title: "",
    createdMs: 1,
    owner: thisOwner(),
  } as const;
  return Spool.create(join(root, producer), about, clock, { segmentBytes });
}

const append = (spool: Spool, from: number, to: number): void => {
  for (let i = from; i <= to; i++) {
    spool.append([{ type: "process_output", channel: "process:p1", timestamp: 5, data: { output: String(i) } }]);
  }
};

function start(spool: Spool, gateway: Gateway = server.gateway): { states: SenderState[]; refused: number[] } {
  const states: SenderState[] = [];
  const refused: number[] = [];
  const sender = new Sender(spool, gateway, {
    clock,
    random: () => 0,
    onState: (state) => {
      states.push(state);
      // Waiting costs nothing here; that it waits, and how long, the states say.
      if (state.at === "waiting" || state.at === "refused")
        queueMicrotask(() => clock.pass(state.retryAtMs - clock.nowMs()));
    },
    onRefused: (number) => refused.push(number),
  });
  senders.push(sender);
  return { states, refused };
}

const allSent = (spool: Spool): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (spool.waiting === 0) resolve();
    };
    spool.onChange(look);
    look();
  });

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe("the sender", () => {
  test("sends what is in the spool and what comes later, in order", async () => {
    const spool = createSpool();
    append(spool, 1, 30);
    start(spool);
    await allSent(spool);
    append(spool, 31, 50);
    await allSent(spool);
    expect(server.outputs()).toEqual(numbers(1, 50));
    expect(server.duplicates).toBe(0);
  });

  test("§5.4 whatever fails, every event is kept once and in order", async () => {
    const fault = fc.constantFrom<Fault[]>(
      ["before"],
      ["after"],
      ["half"],
      ["page"],
      [{ error: "unavailable" }],
      [{ error: "overloaded", details: { retryAfterMs: 50 } }],
      ["half", "before", "after"],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 8 }),
        async (faults, sizes) => {
          server.forget();
          server.faults = faults.flat();
          const spool = createSpool();
          start(spool);
          let count = 0;
          for (const size of sizes) {
            append(spool, count + 1, count + size);
            count += size;
            await new Promise((resolve) => setImmediate(resolve));
          }
          await allSent(spool);
          expect(server.outputs()).toEqual(numbers(1, count));
          expect(server.kept.map((event) => event.metadata.producer?.seq)).toEqual(numbers(1, count).map(Number));
        },
      ),
      { numRuns: 40 },
    );
    expect(server.duplicates).toBeGreaterThan(0);
  });

  test("waits longer after each failure, up to 20 s, and as long as the gateway asked", async () => {
    const spool = createSpool();
    append(spool, 1, 1);
    server.faults = [...Array<Fault>(8).fill("before"), { error: "overloaded", details: { retryAfterMs: 33_000 } }];
    const waits: number[] = [];
    const sender = new Sender(spool, server.gateway, {
      clock,
      random: () => 1,
      onState: (state) => {
        if (state.at !== "waiting") return;
        waits.push(state.retryAtMs - clock.nowMs());
        queueMicrotask(() => clock.pass(state.retryAtMs - clock.nowMs()));
      },
    });
    senders.push(sender);
    await allSent(spool);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000, 33_000]);
    expect(sender.state).toEqual({ at: "live" });
  });

  test("goes back when the gateway has less than it said, to what is still in the spool", async () => {
    const spool = createSpool(1_000_000);
    append(spool, 1, 20);
    start(spool);
    await allSent(spool);
    server.forget();
    append(spool, 21, 25);
    await server.until(() => server.kept.length === 25);
    expect(server.outputs()).toEqual(numbers(1, 25));
    expect(server.kept[0]?.metadata.producer?.epoch).toBe(1);
  });

  test("begins a new producer epoch when the gateway lost what the spool no longer has", async () => {
    const spool = createSpool(400);
    append(spool, 1, 20);
    start(spool);
    await allSent(spool);
    const { oldest } = spool;
    expect(oldest).toBeGreaterThan(1);
    server.forget();
    append(spool, 21, 25);
    await server.until(() => server.outputs().at(-1) === "25");
    expect(server.outputs()).toEqual(numbers(oldest, 25));
    expect(server.kept[0]?.metadata.producer).toMatchObject({ epoch: 2, seq: 1 });
  });

  test("a gateway that always names the same gap does not make it loop", async () => {
    const spool = createSpool(1_000_000);
    append(spool, 1, 3);
    const gap: Fault = { error: "sequence_gap", details: { expected: 1 } };
    server.faults = [gap, gap];
    start(spool);
    await allSent(spool);
    expect(server.outputs()).toEqual(numbers(1, 3));
    expect(server.kept[0]?.metadata.producer?.epoch).toBe(2);
  });

  test("an event refused for good is told and skipped; the others are kept", async () => {
    const spool = createSpool();
    append(spool, 1, 10);
    server.refuses = (event) => (event.data.output === "4" ? "invalid_message" : undefined);
    const { refused } = start(spool);
    await allSent(spool);
    expect(refused).toEqual([4]);
    expect(server.outputs()).toEqual(numbers(1, 10).filter((output) => output !== "4"));
    expect(server.kept.map((event) => event.metadata.producer?.seq)).toEqual(numbers(1, 9).map(Number));
  });

  test("a request too big as a whole is cut in halves until it passes", async () => {
    const spool = createSpool(1_000_000);
    append(spool, 1, 64);
    server.faults = [{ error: "payload_too_big" }, { error: "payload_too_big" }];
    const { refused } = start(spool);
    await allSent(spool);
    expect(refused).toEqual([]);
    expect(server.outputs()).toEqual(numbers(1, 64));
  });

  test("a wrong token loses nothing: it says so and tries again", async () => {
    const spool = createSpool();
    append(spool, 1, 3);
    server.faults = [{ error: "unauthenticated" }];
    const { states } = start(spool);
    await allSent(spool);
    expect(states[0]).toMatchObject({ at: "refused", error: { name: "unauthenticated" } });
    expect(server.outputs()).toEqual(numbers(1, 3));
  });

  test("an unknown namespace is no reason to skip event after event", async () => {
    const spool = createSpool();
    append(spool, 1, 3);
    server.refuses = () => "unknown_namespace";
    const { states, refused } = start(spool);
    await server.until(() => server.requests >= 3);
    expect(refused).toEqual([]);
    expect(spool.waiting).toBe(3);
    expect(states.every((state) => state.at === "refused")).toBe(true);
  });

  test("stops when another producer took over", async () => {
    const spool = createSpool();
    append(spool, 1, 3);
    server.faults = [{ error: "fenced", details: { epoch: 9 } }];
    const fenced = await new Promise<SenderState>((resolve) => {
      senders.push(new Sender(spool, server.gateway, { clock, random: () => 0, onState: resolve }));
    });
    expect(fenced).toMatchObject({ at: "fenced", error: { details: { epoch: 9 } } });
    append(spool, 4, 5);
    await senders[0]?.stop();
    expect(server.requests).toBe(1);
    expect(spool.waiting).toBe(5);
  });

  test("a gateway that never answers counts as away", async () => {
    const spool = createSpool();
    append(spool, 1, 2);
    let calls = 0;
    const silentOnce: Gateway = {
      fetch: (path, init) => {
        if (calls++ > 0) return server.gateway.fetch(path, init);
        return new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
    };
    const { states } = start(spool, silentOnce);
    await clock.timerWithin(30_000);
    clock.pass(30_000);
    await allSent(spool);
    expect(states[0]).toMatchObject({ at: "waiting", reason: "no answer in 30 s" });
  });
});
