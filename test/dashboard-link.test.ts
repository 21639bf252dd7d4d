/** What the dashboard says, and how it catches up, when something between it and the gateway fails: C3 C6 D5 from a page. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { type ProxyServer, startProxy } from "./support/proxy.ts";

let gateway: Gateway;
let proxy: ProxyServer;
let browser: Browser;
let folder: string;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-link-"));
  const config = join(folder, "signalbox.config.json");
  // The page comes through the proxy, by the proxy's name.
  writeFileSync(config, JSON.stringify({ jwt: [issuer], allowedHosts: ["127.0.0.1"], limits: { graceMs: 1_000 } }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  proxy = await startProxy(gateway);
  browser = await startBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  url?: string;
  token?: string;
  prepare?: (context: BrowserContext) => Promise<unknown>;
}

async function open(path: string, { url = gateway.url, token = gateway.token, prepare }: Opened = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 844 } });
  contexts.push(context);
  await prepare?.(context);
  const page = await context.newPage();
  await page.goto(`${url}${path}#token=${token}`);
  await isLive(page);
  return page;
}

const isLive = (page: Page) => page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
const banner = (page: Page, kind: string) => page.locator(`[data-testid=link-banner][data-kind=${kind}]`);

/** Lines of a process's output, numbered. */
const say = (process: string, ...lines: number[]): Promise<unknown> =>
  post(
    gateway,
    "/v1/events",
    lines.map((n) => ({ type: "process_output", data: { processId: process, stream: "stdout", output: `line ${n}` } })),
  );
const logOf = async (page: Page): Promise<string[]> =>
  (await page.locator("[data-testid=log] .log-text").allInnerTexts()).filter((text) => text.startsWith("line"));
const lines = (to: number): string[] => Array.from({ length: to }, (_, at) => `line ${at + 1}`);

const begin = (process: string): Promise<unknown> =>
  post(gateway, "/v1/events", { type: "process_started", data: { processId: process, command: "make", args: [] } });

test("a gateway that was killed: the page says since when, and then shows what came after, nothing twice", async () => {
  await begin("killed");
  await say("killed", 1, 2);
  const page = await open("/processes/killed");
  await expect.poll(() => logOf(page)).toEqual(lines(2));
  await gateway.kill9();
  await banner(page, "offline")
    .getByText(/Offline since \d\d:\d\d:\d\d|Reconnecting/)
    .waitFor();
  await banner(page, "offline").getByText("What you see is how it was at").waitFor();
  expect(await logOf(page)).toEqual(lines(2));
  // A view that was never opened cannot be had now, and comes by itself.
  await page.getByRole("link", { name: "Memory", exact: true }).click();
  await page.getByText("This view was not fetched before the link was lost").waitFor();
  await gateway.restart();
  await say("killed", 3, 4);
  await page.getByRole("heading", { level: 1, name: "Memory" }).waitFor();
  await page.goBack();
  await expect.poll(() => logOf(page)).toEqual(lines(4));
  await isLive(page);
  expect(await page.getByTestId("link-banner").count()).toBe(0);
});

test("a network that was cut: what was published meanwhile follows once it is healed", async () => {
  await begin("cut");
  await say("cut", 1);
  const page = await open("/processes/cut", { url: proxy.url });
  await expect.poll(() => logOf(page)).toEqual(lines(1));
  proxy.cut();
  await banner(page, "offline").waitFor();
  await say("cut", 2, 3);
  proxy.mend();
  await page.getByRole("button", { name: "Try now" }).click();
  await expect.poll(() => logOf(page)).toEqual(lines(3));
  await isLive(page);
  expect(await page.getByTestId("link-banner").count()).toBe(0);
});

test("a token that ends: the page asks for another over the same view, which goes on", async () => {
  await begin("expired");
  await say("expired", 1);
  const grants = { role: "admin" };
  const page = await open("/processes/expired?q=line", { token: tokenOf("ada", grants, 5) });
  await page.getByTestId("token-notice").getByText("ends in less than a minute").waitFor();
  const dialog = page.getByRole("dialog", { name: "Your token has ended" });
  await dialog.waitFor();
  await page.evaluate(() => document.querySelector("main")?.setAttribute("data-stayed", "yes"));
  await say("expired", 2);
  await dialog.getByLabel("Token or address").fill("nonsense");
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.getByText("The gateway refused this one too").waitFor();
  await dialog.getByLabel("Token or address").fill(tokenOf("ada", grants));
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.waitFor({ state: "detached" });
  await isLive(page);
  await expect.poll(() => logOf(page)).toEqual(lines(2));
  expect(new URL(page.url()).search).toBe("?q=line");
  // Nothing was loaded anew, and the token is kept for the next time.
  await page.locator("main[data-stayed]").waitFor();
  await page.reload();
  await isLive(page);
});

test("somebody else's token begins anew: nothing of the former person stays", async () => {
  const page = await open("/settings?section=browser", { token: tokenOf("ada", { role: "admin" }) });
  await page.getByText("ada (user)").waitFor();
  await page.evaluate(() => document.querySelector("main")?.setAttribute("data-stayed", "yes"));
  await page.getByLabel("Token or address").fill(tokenOf("bob", { role: "admin" }));
  await page.getByRole("button", { name: "Use this one" }).click();
  await page.getByText("bob (user)").waitFor();
  expect(await page.locator("main[data-stayed]").count()).toBe(0);
});

test.each([
  ["behind", -3],
  ["ahead of", 3],
])("a clock three hours %s the gateway's: ages are right, and it is said", async (word, hours) => {
  const timestamp = Date.now() - 2.5 * 3_600_000;
  await post(gateway, "/v1/events", { type: "agent_status", timestamp, data: { agentId: "clock", status: "busy" } });
  const page = await open("/", {
    prepare: (context) =>
      context.addInitScript((byMs) => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + byMs;
      }, hours * 3_600_000),
  });
  const row = page.locator('[data-key="agent:clock"]');
  await expect.poll(() => row.innerText()).toContain("2 h ago");
  await page.getByTestId("link-state").click();
  await page
    .getByTestId("skew")
    .getByText(new RegExp(`is (2 h 59|3 h 00) m ${word} the gateway's`))
    .waitFor();
});

test("a tab that slept while the link was lost catches up when it wakes", async () => {
  await begin("asleep");
  await say("asleep", 1);
  const page = await open("/processes/asleep", { url: proxy.url });
  await expect.poll(() => logOf(page)).toEqual(lines(1));
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  proxy.cut();
  await say("asleep", 2, 3, 4, 5);
  proxy.mend();
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await expect.poll(() => logOf(page)).toEqual(lines(5));
  await isLive(page);
});

test("a timer that was late by an hour: the page knows the time, and all that came", async () => {
  await begin("hour");
  await say("hour", 1);
  const page = await open("/processes/hour", { prepare: (context) => context.clock.install() });
  await expect.poll(() => logOf(page)).toEqual(lines(1));
  // As after a sleep: an hour has gone by, and every timer fires once.
  await page.clock.fastForward("01:00:00");
  await say("hour", 2);
  await expect.poll(() => logOf(page)).toEqual(lines(2));
  await page.clock.runFor(2_000);
  await isLive(page);
});
