/**
 * §4.10 over a link of 64 kbit/s: a log of 5,000 lines a second and a picture 30 times a second are far more than it
 * takes. What must arrive still does, soon; and all the rest is accounted for, one by one.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@signalbox/client";
import type { Gap, Publication } from "@signalbox/protocol";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, head } from "./support/http.ts";
import { type ProxyServer, startProxy } from "./support/proxy.ts";
import { until } from "./support/until.ts";

const linkBytesPerSecond = 8_000;
const linesPerSecond = 5_000;
const framesPerSecond = 30;
const frameBytes = 20_000;
const tickMs = 20;

let gateway: Gateway;
let proxy: ProxyServer;
let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  const target = { port: 0 };
  proxy = await startProxy(target);
  const { host } = new URL(proxy.url);
  folder = mkdtempSync(join(tmpdir(), "signalbox-slow-link-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ allowedHosts: [host], allowedOrigins: [proxy.url] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  target.port = gateway.port;
});
afterEach(async () => {
  await proxy.close();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Publishes over a connection of its own, which nothing slows down. */
async function publisher(): Promise<(events: unknown) => void> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, "signalbox.v1", {
    headers: bearer(gateway.token),
  });
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return (events) => socket.send(JSON.stringify(events));
}

/** So many events a second, made one by one, until it is stopped. Gives how many there were. */
function atRate(perSecond: number, publish: (events: unknown) => void, make: (n: number) => object): () => number {
  let n = 0;
  const beganMs = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganMs) / 1_000) * perSecond);
    const events: object[] = [];
    while (n < due) events.push(make(++n));
    for (let at = 0; at < events.length; at += 1_000) publish(events.slice(at, at + 1_000));
  }, tickMs);
  onTestFinished(() => clearInterval(timer));
  return () => {
    clearInterval(timer);
    return n;
  };
}

const line = (n: number): object => ({
  type: "process_output",
  data: { processId: "p", stream: "stdout", line: n, output: `line ${n} of a process that has much to say` },
});
const picture = "A".repeat(frameBytes);
const frame = (n: number): object => ({
  type: "browser_update",
  data: { sessionId: "b", screenshot: picture, title: `frame ${n}` },
});

/** What was told of one channel: every offset must be in exactly one event or gap. */
class Account {
  readonly events: Publication[] = [];
  readonly gaps: Gap[] = [];
  reached = 0;
  readonly wrong: unknown[] = [];

  event(event: Publication): void {
    if (event.offset !== this.reached + 1) this.wrong.push([this.reached, event.offset]);
    this.reached = event.offset;
    this.events.push(event);
  }

  gap(gap: Gap): void {
    const counted = Object.values(gap.counts ?? {}).reduce((sum, count) => sum + count, 0);
    const { from, to = 0 } = gap;
    if (from !== this.reached + 1 || counted !== to - from + 1 || gap.reason !== "slow") this.wrong.push(gap);
    this.reached = to;
    this.gaps.push(gap);
  }

  count(type: string): { delivered: number; told: number } {
    const delivered = this.events.filter((event) => event.type === type).length;
    const told = this.gaps.reduce((sum, { counts }) => sum + (counts?.[type] ?? 0), 0);
    return { delivered, told };
  }
}

test("§4.10 on 64 kbit/s the end of a process comes within two seconds' bytes and a picture", async () => {
  const publish = await publisher();
  const accounts: Record<string, Account> = { "process:p": new Account(), "browser:b": new Account() };
  const errors: unknown[] = [];
  const client = createClient({ url: proxy.url, token: gateway.token, transports: ["websocket"] });
  onTestFinished(() => client.close());
  let lost = 0;
  client.link.subscribe(() => {
    if (client.link.snapshot().state === "waiting") lost++;
  });
  for (const [channel, account] of Object.entries(accounts)) {
    client.watch(channel, {
      since: "earliest",
      onEvent: (event) => account.event(event),
      onGap: (_channel, gap) => account.gap(gap),
      onError: (error) => errors.push(error),
    });
  }
  await until(
    "the viewer is live",
    () => client.link.snapshot().catchingUp === 0 && lost === 0 && proxy.passedBytes > 0,
  );
  proxy.bytesPerSecond = linkBytesPerSecond;
  const stopLines = atRate(linesPerSecond, publish, line);
  const stopFrames = atRate(framesPerSecond, publish, frame);
  const [log, pictures] = [accounts["process:p"], accounts["browser:b"]];
  if (log === undefined || pictures === undefined) throw new Error("both are watched");
  // Well after the first queue, which is a window of somebody unknown.
  await until("it has settled", () => proxy.passedBytes > 160_000 && log.gaps.length > 2 && pictures.gaps.length > 2);

  const lines = stopLines();
  publish([{ type: "process_stopped", data: { processId: "p", exitCode: 0, signal: null } }]);
  await until("the end of the process is kept", async () => (await head(gateway, "process:p")) === lines + 1);
  const before = proxy.passedBytes;
  await until("the viewer hears of it", () => log.events.at(-1)?.type === "process_stopped");
  const between = proxy.passedBytes - before;
  const frames = stopFrames();
  await until("the newest picture", () => pictures.reached === frames);

  const frameOnWire = frameBytes + 1_000;
  expect(between).toBeLessThan(2 * linkBytesPerSecond + frameOnWire);
  expect([...log.wrong, ...pictures.wrong, ...errors]).toEqual([]);
  expect(lost).toBe(0);
  const told = { lines: log.count("process_output"), frames: pictures.count("browser_update") };
  expect(told.lines.delivered + told.lines.told).toBe(lines);
  expect(told.frames.delivered + told.frames.told).toBe(frames);
  expect(log.count("process_stopped")).toEqual({ delivered: 1, told: 0 });
  expect(pictures.events.at(-1)?.data).toMatchObject({ title: `frame ${frames}` });
  expect(client.link.snapshot().notSent).toBe(told.lines.told + told.frames.told);
  // It was too much by far, or this showed nothing.
  expect(told.lines.told).toBeGreaterThan(10 * told.lines.delivered);
});

test("§3.8 while a message of 1 MB is on its way what must arrive of another channel overtakes it", async () => {
  const publish = await publisher();
  const client = createClient({ url: proxy.url, token: gateway.token, transports: ["websocket"] });
  onTestFinished(() => client.close());
  const seen: string[] = [];
  let atBytes = 0;
  for (const channel of ["agent:large", "process:p"]) {
    client.watch(channel, {
      since: "earliest",
      onEvent: ({ type }) => {
        seen.push(type);
        if (type === "process_stopped") atBytes = proxy.passedBytes;
      },
    });
  }
  await until("the viewer is live", () => client.link.snapshot().catchingUp === 0 && proxy.passedBytes > 0);
  proxy.bytesPerSecond = linkBytesPerSecond;
  const start = proxy.passedBytes;
  publish([{ type: "note", channel: "agent:large", data: { text: "x".repeat(1_000_000) } }]);
  // The first window of somebody unknown has passed.
  await until("it has settled", () => proxy.passedBytes > start + 60_000);
  publish([{ type: "process_stopped", data: { processId: "p", exitCode: 0, signal: null } }]);
  await until("the end of the process is kept", async () => (await head(gateway, "process:p")) === 1);
  const before = proxy.passedBytes;
  await until("the viewer hears of it", () => seen.includes("process_stopped"));
  expect(atBytes - before).toBeLessThan(2 * linkBytesPerSecond);
  expect(seen).toEqual(["process_stopped"]);
  proxy.bytesPerSecond = undefined;
  await until("the large one is whole", () => seen.includes("note"));
});

test("§4.10 the page says in place how many lines it was not sent, and fetches them when asked", async () => {
  const publish = await publisher();
  publish([{ type: "process_started", data: { processId: "p", command: "much", args: [] } }]);
  // So tall that the rows behind the last gap do not push it out of sight.
  const context = await browser.newContext({ viewport: { width: 1280, height: 3_000 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`${proxy.url}/processes/p#token=${gateway.token}`);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  proxy.bytesPerSecond = linkBytesPerSecond;
  const stopLines = atRate(linesPerSecond, publish, line);
  const gap = page.locator(".log-row[data-kind=gap]").last();
  await gap.waitFor();
  const lines = stopLines();
  publish([{ type: "process_stopped", data: { processId: "p", exitCode: 0, signal: null } }]);
  const words = /([\d,]+) lines? not sent: this connection is too slow\./;
  await page.locator(`[data-testid=log][data-top-offset="${lines + 2}"]`).waitFor();
  const said = words.exec(await gap.innerText());
  const unsent = Number(said?.[1]?.replaceAll(",", ""));
  expect(unsent).toBeGreaterThan(0);
  await page.locator("[data-testid=link-state]:visible").click();
  await page.getByTestId("not-sent").waitFor();
  await page.keyboard.press("Escape");

  const last = Number(await gap.getAttribute("data-offset"));
  await gap.getByRole("button", { name: "fetch them" }).click();
  // Offset 1 is the start: the line of an offset is the one before.
  await page.locator(`.log-row[data-line="${last - unsent}"]`).waitFor();
});
