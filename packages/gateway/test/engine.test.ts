import {
  type Appended,
  type Entry,
  type Failure,
  hasFailed,
  type SharedPublication,
  type Store,
  StoreFailed,
  Tally,
} from "@signalbox/core";
import { defaultLimits, type Message } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { Engine } from "../src/engine.ts";
import { Health } from "../src/health.ts";
import { createLog } from "../src/log.ts";
import { Timings } from "../src/metrics/timings.ts";
import { openGateway } from "./support/gateway.ts";
import { manualStore, turn } from "./support/manual-store.ts";

const entry = (id: string): Entry => ({ channel: "global", id, type: "note", timestampMs: 1, body: `{"id":"${id}"}` });
const message = (id: string): Message => ({ id, type: "note", timestamp: 1, data: {} });

function engineOf(store: Store, limits = {}, committed?: () => void) {
  const told: string[] = [];
  const health = new Health();
  const engine = new Engine({
    store,
    access: { authenticate: () => {} },
    tally: new Tally(),
    timings: new Timings(),
    limits: { ...defaultLimits, ...limits },
    health,
    log: createLog({ level: "silent", pretty: false }, { write: () => {} }),
    stands: () => {},
    committed: (publications: readonly SharedPublication[]) => {
      committed?.();
      for (const { offset } of publications) told.push(`committed ${offset}`);
    },
  });
  const append = (id: string): void =>
    engine.append([entry(id)], [message(id)], (answer: Appended[] | Failure) => {
      told.push(`${id} ${hasFailed(answer) ? answer.failed : JSON.stringify(answer[0])}`);
    });
  return { engine, health, told, append };
}

const kept = (offset: number, duplicate = false): Appended => ({ ok: true, epoch: "e", offset, duplicate }) as Appended;

describe("appending", () => {
  test("what was kept is told before the answer, duplicates only in the answer, all in order", async () => {
    const { store, appends } = manualStore();
    const { told, append } = engineOf(store);
    append("a");
    append("b");
    append("c");
    appends[2]?.resolve([kept(2)]);
    appends[1]?.resolve([kept(1, true)]);
    await turn();
    expect(told).toEqual([]);
    appends[0]?.resolve([kept(1)]);
    await turn();
    expect(told.map((line) => line.split(" ")[0])).toEqual(["committed", "a", "b", "committed", "c"]);
  });

  test("a fault in telling of what was kept does not keep the publisher from its answer", async () => {
    const { store, appends } = manualStore();
    const { told, append } = engineOf(store, {}, () => {
      throw new Error("a bug");
    });
    append("a");
    appends[0]?.resolve([kept(1)]);
    await turn();
    expect(told).toEqual([expect.stringMatching(/^a .*"offset":1/)]);
  });

  test("§5.7 over the limits in flight it is overloaded, said in turn; afterwards all is well again", async () => {
    const { store, appends } = manualStore();
    const { told, append } = engineOf(store, { inflightAppends: 1 });
    append("a");
    append("b");
    expect(appends).toHaveLength(1);
    appends[0]?.resolve([kept(1)]);
    await turn();
    expect(told).toEqual(["committed 1", expect.stringMatching(/^a /), "b overloaded"]);
    append("c");
    expect(appends).toHaveLength(2);
  });

  test("§5.7 bytes in flight are limited too", () => {
    const { store, appends } = manualStore();
    const { append } = engineOf(store, { inflightAppendBytes: 15 });
    append("a");
    append("b");
    expect(appends).toHaveLength(1);
  });

  test("§5.7 a store that failed: unavailable, and the node is not ready", async () => {
    const { store, appends } = manualStore();
    const { told, append, health } = engineOf(store);
    append("a");
    appends[0]?.reject(new StoreFailed("no space left on device"));
    await turn();
    expect(told).toEqual(["a unavailable"]);
    expect(health.ready).toBe(false);
    expect(health.reasons.join()).toContain("no space left on device");
  });

  test("any other fault of the store is internal, and told apart by an id", async () => {
    const { store, appends } = manualStore();
    const { told, append, health } = engineOf(store);
    append("a");
    appends[0]?.reject(new Error("a bug"));
    await turn();
    expect(told).toEqual(["a internal"]);
    expect(health.ready).toBe(true);
  });
});

test("§5.7 publishers get 503 with Retry-After while viewers stay, and readiness says why", async () => {
  const { store, appends } = manualStore();
  const gateway = await openGateway({}, { store });
  const publishing = gateway.request("/v1/events", { method: "POST", body: '{"type":"note","channel":"global"}' });
  while (appends.length === 0) await turn();
  appends[0]?.reject(new StoreFailed("the disk is gone"));
  const response = await publishing;
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await response.json()).toMatchObject({ error: { name: "unavailable", details: { retryAfterMs: 5_000 } } });
  const ready = await gateway.request("/health/ready");
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ status: "not_ready", reasons: ["the store takes no writes: the disk is gone"] });
  expect((await gateway.request("/health/live")).status).toBe(200);
});
