/** §16.1 B8 over a real Redis: the state at a time is the fold of the events up to it. */
import { defaultNamespaces } from "@signalbox/core";
import type { AgentState } from "@signalbox/core/reducers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGateway } from "../packages/gateway/test/support/gateway.ts";
import { agents, base, chance, eventsOf, fold } from "../packages/gateway/test/support/past.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { openTestStore, ownPrefix } from "./support/redis-store.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({ config: ["appendonly no"] });
});
afterAll(() => server.stop());

test("at any time the state is the fold of the events up to it", async () => {
  const store = await openTestStore(server.url, { namespaces: defaultNamespaces, prefix: ownPrefix() });
  const gateway = await openGateway({}, { store });
  const events = eventsOf(2_300, 11);
  for (let at = 0; at < events.length; at += 500) await gateway.publish(events.slice(at, at + 500));
  const random = chance(13);
  for (const at of [base - 1, ...Array.from({ length: 12 }, () => base + random(25_000))]) {
    const response = await gateway.request(`/v1/channels/agent:a?at=${at}`);
    const { snapshot } = (await response.json()) as { snapshot: { state: AgentState } };
    expect(snapshot.state).toEqual(fold(agents, events, at));
  }
});
