/** §16 B8: the state at a time is the fold of the kept events up to it, whatever store keeps them. */
import { agentReducer, type FoldedEvent, sessionReducer, tddReducer } from "@signalbox/core/reducers";
import { describe, expect, test } from "vitest";
import type { ConfigFlags } from "../../src/index.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";

interface Told {
  snapshot: { reducer: string; offset: number; state: unknown };
  past: { at: number; from: number };
}

const get = async <Answer>(gateway: TestGateway, path: string): Promise<Answer> => {
  const response = await gateway.request(path);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as Answer;
};

/** Numbers that look random, the same in each run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const base = 1_700_000_000_000;

/** Most come in order; some clocks are wrong by a while. */
function eventsOf(count: number, seed: number): Array<FoldedEvent & { channel: string; type: string }> {
  const random = chance(seed);
  const statuses = ["running", "idle", "waiting_approval", "done", "failed"];
  return Array.from({ length: count }, (_, at) => {
    const timestamp = base + at * 10 + (random(20) === 0 ? random(2_000) - 1_000 : 0);
    const failing = random(3);
    const kinds = [
      { type: "agent_status", data: { agentId: "a", status: statuses[random(5)], currentTask: { id: `t${at}` } } },
      { type: "agent_usage", data: { agentId: "a", inputTokens: random(1_000), costUsd: random(100) / 100 } },
      { type: "test_result", data: { agentId: "a", total: 9, passing: 9 - failing, failing } },
    ];
    return { channel: "agent:a", timestamp, ...(kinds[random(3)] ?? { type: "note", data: {} }) };
  });
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function fold(reducer: typeof agentReducer | typeof tddReducer, events: FoldedEvent[], atMs: number): unknown {
  let state: unknown = reducer.initial("agent:a");
  for (const [index, event] of events.entries()) {
    if (event.timestamp > atMs) continue;
    state = (reducer.apply as (state: unknown, event: FoldedEvent) => unknown)(state, { ...event, offset: index + 1 });
  }
  return plain(state);
}

const stores: Array<[string, ConfigFlags]> = [
  ["memory", { store: "memory" }],
  ["SQLite", { store: "sqlite" }],
];

describe.each(stores)("§16.1 in the store %s", (_name, flags) => {
  test("at any time the state is the fold of the events up to it, for each reducer", async () => {
    const gateway = await openGateway(flags);
    const events = eventsOf(2_600, 7);
    for (let at = 0; at < events.length; at += 500) await gateway.publish(events.slice(at, at + 500));
    const random = chance(3);
    // Forwards, backwards and anywhere: what was kept of one answer must not show in the next.
    const times = [base - 1, base, ...Array.from({ length: 25 }, () => base + random(27_000)), base + 60_000];
    for (const at of times) {
      for (const reducer of [agentReducer, tddReducer]) {
        const path = `/v1/channels/agent:a?at=${at}${reducer === agentReducer ? "" : "&reducer=tdd"}`;
        const { snapshot, past } = await get<Told>(gateway, path);
        expect(past).toEqual({ at, from: 1 });
        expect(snapshot.state).toEqual(fold(reducer, events, at));
      }
    }
    // What comes later changes nothing of what was.
    const [some = base] = times.slice(5);
    const later = eventsOf(1_700, 9).map((event) => ({ ...event, timestamp: event.timestamp + 26_000 }));
    for (let at = 0; at < later.length; at += 500) await gateway.publish(later.slice(at, at + 500));
    for (const at of [some, base + 30_000, base + 90_000]) {
      const { snapshot } = await get<Told>(gateway, `/v1/channels/agent:a?at=${at}`);
      expect(snapshot.state).toEqual(fold(agentReducer, [...events, ...later], at));
    }
  });

  test("what is no longer kept is said: the state begins with the oldest event that is", async () => {
    const namespaces = { session: { retention: { count: 50 } } };
    const gateway = await openGateway({ ...flags, namespaces } as ConfigFlags);
    const events = Array.from({ length: 120 }, (_, at) => ({
      channel: "session:s",
      type: "session_update",
      timestamp: base + at,
      data: { sessionId: "s", progress: at % 100, message: `step ${at}` },
    }));
    await gateway.publish(events);
    const read = async () => (await get<{ oldest: number }>(gateway, "/v1/channels/session:s")).oldest;
    await expect.poll(read).toBeGreaterThan(1);
    const oldest = await read();
    const { snapshot, past } = await get<Told>(gateway, `/v1/channels/session:s?at=${base + 110}`);
    expect(past.from).toBe(oldest);
    let state = sessionReducer.initial("session:s");
    for (const [index, event] of events.slice(0, 111).entries()) {
      if (index + 1 >= past.from) state = sessionReducer.apply(state, { ...event, offset: index + 1 });
    }
    expect(snapshot.state).toEqual(plain(state));
    expect(snapshot.offset).toBe(111);
  });
});

test("§16.2 of a pattern: the states of all its channels at one time", async () => {
  const gateway = await openGateway();
  const status = (agentId: string, status: string, timestamp: number) => ({
    ...{ type: "agent_status", timestamp, data: { agentId, status } },
  });
  await gateway.publish([
    status("a", "running", base),
    status("b", "running", base + 5),
    status("a", "failed", base + 10),
  ]);
  const { channels } = await get<{ channels: Array<Told & { channel: string }> }>(
    gateway,
    `/v1/channels?pattern=agent:*&snapshot=1&at=${base + 7}`,
  );
  expect(channels.map(({ channel, snapshot }) => [channel, (snapshot.state as { status: string }).status])).toEqual([
    ["agent:a", "running"],
    ["agent:b", "running"],
  ]);
});

test("§16.1 the right is that of history, and a time is a whole number", async () => {
  const gateway = await openGateway();
  await gateway.publish([{ type: "agent_status", data: { agentId: "a", status: "running" } }]);
  for (const at of ["x", "-1"]) {
    expect((await gateway.request(`/v1/channels/agent:a?at=${at}`)).status).toBe(400);
  }
  const headers = { authorization: `Bearer ${token}x` };
  expect((await gateway.request(`/v1/channels/agent:a?at=5`, { headers })).status).toBe(401);
});
