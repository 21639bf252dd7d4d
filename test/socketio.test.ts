/**
 * B1 over Socket.IO: its own clients, new and old, over WebSocket and polling, while the gateway is killed three times. Who keeps
 * positions has every line and every task once, in order; also tasks of agents that nobody knew before the gateway was away.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer } from "./support/http.ts";
import { type Follower, follow, followOld } from "./support/socketio-follower.ts";
import { until } from "./support/until.ts";

const kills = 3;
const rounds = 40;
const linesPerRound = 25;
const lines = rounds * linesPerRound;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});

/** Asked again until it is kept; a repeat is recognised. */
async function publish(events: Array<{ id: string; type: string; data: object }>): Promise<void> {
  const body = JSON.stringify(events.map((event) => ({ ...event, metadata: { idempotencyKey: event.id } })));
  const headers = { ...bearer(gateway.token), "content-type": "application/json" };
  await until("it is kept", () =>
    fetch(`${gateway.url}/v1/events`, { method: "POST", headers, body }).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

test("B1 D1 D2 whoever keeps positions misses nothing and gets nothing twice over three kills of the gateway", async () => {
  const options = { url: gateway.url, token: gateway.token, processId: "counted" };
  const followers: Record<string, Follower> = {
    "4.8 over WebSocket": follow({ ...options, transports: ["websocket"] }),
    "4.8 over polling": follow({ ...options, transports: ["polling"] }),
    "4.8 over both": follow({ ...options, transports: ["polling", "websocket"] }),
    "2.5 over WebSocket": followOld({ ...options, transports: ["websocket"] }),
    "2.5 over polling": followOld({ ...options, transports: ["polling"] }),
  };
  const all = Object.values(followers);
  try {
    await until("all are there", () => all.every(({ connections }) => connections > 0));
    await publish([{ id: "first", type: "task_assigned", data: { taskId: "first" } }]);
    const withTasks = all.slice(0, 3);
    await until("all are told", () => withTasks.every(({ tasks }) => tasks.includes("first")));
    const killedAt = Array.from({ length: kills }, (_, n) => Math.floor(((n + 1) * rounds) / (kills + 1)));
    for (let round = 0; round < rounds; round++) {
      const published = publish([
        ...Array.from({ length: linesPerRound }, (_, n) => {
          const line = round * linesPerRound + n + 1;
          return { id: `line-${line}`, type: "process_output", data: { processId: "counted", output: String(line) } };
        }),
        // Each of an agent of its own.
        { id: `task-${round}`, type: "task_assigned", data: { taskId: `task-${round}`, agentId: `agent-${round}` } },
      ]);
      if (killedAt.includes(round)) {
        const lives = killedAt.indexOf(round);
        await until("all are back", () => all.every(({ connections }) => connections > lives));
        await gateway.kill9();
        await gateway.restart();
      }
      await published;
    }
    const expected = Array.from({ length: lines }, (_, n) => n + 1);
    const tasks = ["first", ...Array.from({ length: rounds }, (_, round) => `task-${round}`)];
    for (const [name, one] of Object.entries(followers)) {
      await until(`${name} has the last line`, () => one.lines.at(-1) === lines);
      expect([name, one.lines]).toEqual([name, expected]);
      expect([name, one.gaps]).toEqual([name, []]);
      expect(one.connections).toBeGreaterThan(kills);
    }
    for (const one of withTasks) {
      await until("it has the last task", () => one.tasks.length >= tasks.length);
      // Of different channels: their order among each other is nobody's.
      expect([...one.tasks].sort()).toEqual([...tasks].sort());
    }
  } finally {
    for (const one of all) one.stop();
  }
});
