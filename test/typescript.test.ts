/** S6, X8, V9, X10: the TypeScript client as people program it, with a real gateway, and in a real browser's page. */
import { WebSocketClient } from "@signalbox/client/websocket";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { pageScript } from "./support/page-script.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.stop());

const note = (channel: string, n: number): Promise<unknown> =>
  post(gateway, "/v1/events", { type: "note", channel, data: { n } });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("S6 connect, on, subscribe, send; subscriptions outlive a killed gateway, and nothing is lost or doubled", async () => {
  const client = new WebSocketClient({ url: `${gateway.url.replace("http", "ws")}/v1/ws`, token: gateway.token });
  const seen: number[] = [];
  const links: string[] = [];
  client.on("connect", () => links.push("connect"));
  client.on("disconnect", () => links.push("disconnect"));
  const off = client.on("note", ({ data }) => seen.push(data.n));
  await client.connect();
  const id = await client.subscribe({ resource: "agent", id: "s6", events: ["note"], since: "earliest" });
  await note("agent:s6", 1);
  await until("the first", () => seen.length === 1);

  await gateway.kill9();
  await until("it noticed", () => client.reconnection.snapshot().state !== "connected");
  // Sent while nobody is there: it waits, and is kept once.
  const sent = client.send({ type: "note", channel: "agent:s6", data: { n: 2 } });
  await gateway.restart();
  await sent;
  await client.connect();
  await note("agent:s6", 3);
  await until("the third", () => seen.length >= 3);
  expect(seen).toEqual([1, 2, 3]);
  expect(links).toEqual(["connect", "disconnect", "connect"]);

  await expect(client.subscribe({ channel: "nonsense:x" })).rejects.toMatchObject({ name: "unknown_namespace" });
  // The gateway checks what the compiler was kept from seeing.
  const data = { agentId: 7 } as unknown as { agentId: string; level: string; message: string };
  await expect(client.send({ type: "agent_log", data })).rejects.toMatchObject({ name: "invalid_message" });

  const health = client.health.snapshot();
  expect(health).toMatchObject({ state: "live", transport: "websocket", reconnects: 1, gaps: 0, errors: 1 });
  expect(health.messagesIn).toBeGreaterThan(5);
  expect(health.bytesIn).toBeGreaterThan(health.messagesIn * 20);
  off();
  expect(client.unsubscribe(id)).toBe(true);
  await note("agent:s6", 4);
  client.disconnect();
  expect(seen).toEqual([1, 2, 3]);
});

test("X8 a stream that is read slowly goes through the gateway's history, not through memory", async () => {
  const client = new WebSocketClient({ url: gateway.url, token: gateway.token });
  const count = 3_000;
  const channel = "process:slow";
  const line = (n: number) => ({
    type: "process_output",
    data: { processId: "slow", stream: "stdout", output: `${n}` },
  });
  const all = numbers(1, count).map(line);
  const got: string[] = [];
  let most = 0;
  const lines = client.stream(channel, { since: "earliest", filter: { types: ["process_output"] }, buffer: 50 });
  for (let from = 0; from < count; from += 500) await post(gateway, "/v1/events", all.slice(from, from + 500));
  for await (const { event, gap } of lines) {
    if (gap) throw new Error(`a gap: ${gap.reason}`);
    got.push(event.data.output);
    most = Math.max(most, lines.waiting);
    // It lets others go first, again and again.
    await new Promise((resolve) => setImmediate(resolve));
    if (got.length === count) break;
  }
  expect(got).toEqual(numbers(1, count).map(String));
  // The limit, and one frame.
  expect(most).toBeLessThan(1_000);
  client.disconnect();
});

/** What the page tells of itself. */
interface Told {
  states: string[];
  seen: number[];
}
declare const told: Told;

const entry = `
  import { createClient } from "CLIENT/index.ts";
  export function follow(url, token, channel, options) {
    const told = { states: [], seen: [] };
    globalThis.told = told;
    const client = createClient({ url, token, transports: ["websocket"], ...options });
    client.link.subscribe(() => told.states.push(client.link.snapshot().state));
    client.watch(channel, { since: "earliest", onEvent: ({ data }) => told.seen.push(data.n) });
  }
`;

describe("Phones and laptops, in Chromium", () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    [browser, script] = await Promise.all([startBrowser(), pageScript(entry)]);
  });
  afterAll(() => browser?.close());

  /** A page that follows the channel, with waits so long that only waking ends them within the test. */
  async function follower(channel: string): Promise<Page> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${gateway.url}/health/live`);
    const options = { backoff: { minMs: 3_600_000, maxMs: 3_600_000 } };
    const args = [gateway.token, channel, options].map((each) => JSON.stringify(each)).join(", ");
    await page.evaluate(`${script};page.follow(location.origin, ${args})`);
    await page.waitForFunction(() => told.states.at(-1) === "live");
    return page;
  }
  const seen = (page: Page): Promise<number[]> => page.evaluate(() => told.seen);

  test("a dead link is found by the network's going, and replaced at once when it is back", async () => {
    const page = await follower("agent:phone");
    await note("agent:phone", 1);
    await page.waitForFunction(() => told.seen.length === 1);
    await page.context().setOffline(true);
    await page.waitForFunction(() => told.states.at(-1) === "waiting");
    await note("agent:phone", 2);
    await page.context().setOffline(false);
    await page.waitForFunction(() => told.seen.length === 2);
    expect(await seen(page)).toEqual([1, 2]);
    await page.waitForFunction(() => told.states.at(-1) === "live");
    await page.context().close();
  });

  test.each(["visibilitychange", "pageshow"])(
    "a page that comes back (%s) does not wait out its pause",
    async (type) => {
      const page = await follower(`agent:${type}`);
      await gateway.kill9();
      await page.waitForFunction(() => told.states.at(-1) === "waiting");
      await gateway.restart();
      await note(`agent:${type}`, 1);
      await page.evaluate((name) => (name === "pageshow" ? window : document).dispatchEvent(new Event(name)), type);
      await page.waitForFunction(() => told.seen.length === 1);
      await page.context().close();
    },
  );
});
