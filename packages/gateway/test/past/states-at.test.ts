/** §16 B8: the state at a time is the fold of the kept events up to it, whatever store keeps them. */
import { sessionReducer } from "@signalbox/core/reducers";
import { describe, expect, test } from "vitest";
import type { ConfigFlags } from "../../src/index.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";
import { agents, base, chance, eventsOf, fold, plain, tdd } from "../support/past.ts";

interface Told {
  snapshot: { reducer: string; offset: number; state: unknown };
  past: { at: number; from: number };
}

const get = async <Answer>(gateway: TestGateway, path: string): Promise<Answer> => {
  const response = await gateway.request(path);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as Answer;
};

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
      for (const reducer of [agents, tdd]) {
        const path = `/v1/channels/agent:a?at=${at}${reducer === agents ? "" : "&reducer=tdd"}`;
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
      expect(snapshot.state).toEqual(fold(agents, [...events, ...later], at));
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

test("§16.1 a long fold takes turns: who asks meanwhile is answered before it ends", async () => {
  const gateway = await openGateway();
  const events = eventsOf(20_000, 5);
  for (let at = 0; at < events.length; at += 1_000) await gateway.publish(events.slice(at, at + 1_000));
  const order: string[] = [];
  const fold = gateway.request(`/v1/channels/agent:a?at=${base + 150_000}`).then(() => order.push("fold"));
  const others = Array.from({ length: 3 }, async () => {
    await gateway.request("/v1/info");
    order.push("info");
  });
  await Promise.all([fold, ...others]);
  expect(order).toEqual(["info", "info", "info", "fold"]);
});

test("§16.1 what is hidden from somebody is hidden in the past", async () => {
  const gateway = await openGateway({
    hide: [{ fields: ["title"], unless: ["nobody"] }],
  } as ConfigFlags);
  await gateway.publish([
    { type: "agent_status", data: { agentId: "a", status: "busy", currentTask: { id: "t", title: "secret plan" } } },
  ]);
  for (const path of [`/v1/channels/agent:a?at=${Date.now() + 1_000}`, "/v1/channels/agent:a/timeline"]) {
    expect(await (await gateway.request(path)).text()).not.toContain("secret plan");
  }
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
