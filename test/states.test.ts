/** W4 overviews: folded states over real connections, as the client shows them. */
import { createClient, type TransportName } from "@signalbox/client";
import { states } from "@signalbox/client/states";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { patched } from "../packages/client/src/patched.ts";
import { diff } from "../packages/core/src/states/diff.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { until } from "./support/until.ts";

interface Agent {
  status: string;
  task?: { progress: number };
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});

const say = (agents: readonly string[], progress: number): Promise<unknown> =>
  post(
    gateway,
    "/v1/events",
    agents.map((agentId) => ({
      type: "agent_status",
      data: { agentId, status: "busy", currentTask: { id: "t", title: "build", progress } },
    })),
  );

const names = (kind: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${kind}-${n}`);

test.each<TransportName>(["websocket", "sse", "poll"])(
  "W4 over %s: all states, each change, and all again after the gateway was killed",
  async (transport) => {
    const agents = names(transport, 40);
    await say(agents, 1);
    const client = createClient({
      url: gateway.url,
      token: gateway.token,
      transports: [transport],
      backoff: { minMs: 50, maxMs: 200 },
    });
    try {
      const store = states<Agent>(client, `agent:${transport}-*`, { maxHz: 20 });
      let told = 0;
      const stop = store.subscribe(() => told++);
      const all = (progress: number): boolean =>
        agents.every((agent) => store.snapshot().channels.get(`agent:${agent}`)?.task?.progress === progress);
      await until("first states", () => all(1) && store.snapshot().status === "live");
      const before = store.snapshot();
      for (let progress = 2; progress <= 10; progress++) await say(agents, progress);
      await until("the tenth state of each", () => all(10));
      // One channel changed: the others keep their objects.
      const other = store.snapshot().channels.get(`agent:${agents[1]}`);
      await say([`${transport}-0`, `${transport}-new`], 11);
      await until(
        "a new channel",
        () => store.snapshot().channels.get(`agent:${transport}-new`)?.task?.progress === 11,
      );
      expect(store.snapshot().channels.get(`agent:${agents[1]}`)).toBe(other);
      expect(before.channels.get(`agent:${transport}-0`)?.task?.progress).toBe(1);
      await gateway.kill9();
      await until("the end of the link", () => store.snapshot().status === "offline");
      expect(store.snapshot().channels.size).toBe(41);
      await gateway.restart();
      await say(agents, 20);
      await until("all states again", () => store.snapshot().status === "live" && all(20));
      expect(store.snapshot().channels.size).toBe(41);
      expect(told).toBeLessThan(41 * 20);
      stop();
    } finally {
      client.close();
    }
  },
);

test("a patch of the gateway, applied by the client, is the state", () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const before = { a, list: [a, b], more: { a, b } };
      const after = { a: c, list: [b, c], more: { b, c } };
      const patch: ReturnType<typeof diff> = JSON.parse(JSON.stringify(diff(before, after)));
      expect(patched(JSON.parse(JSON.stringify(before)), patch)).toEqual(JSON.parse(JSON.stringify(after)));
    }),
    { numRuns: 1_000 },
  );
});
