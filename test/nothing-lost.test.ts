/**
 * B1, end to end: a real command prints 100,000 numbered lines while the gateway is killed five times and the viewers'
 * network goes away twice. History, `signalbox tail`, a client and the page must each hold every line once, in order.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createClient, type TransportName } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { head, history } from "./support/http.ts";
import { type ProxyServer, startProxy } from "./support/proxy.ts";
import { until } from "./support/until.ts";

const lines = 100_000;
const kills = 5;
const counting = resolve(import.meta.dirname, "support/counting.mjs");

/** What the proxy refuses decides which transport is left. */
const ways: Array<{ transport: TransportName; blocked: string[] }> = [
  { transport: "websocket", blocked: [] },
  { transport: "sse", blocked: ["/v1/ws"] },
  { transport: "poll", blocked: ["/v1/ws", "/v1/stream"] },
];

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
});

const isOutput = (event: { type: string }): boolean => event.type === "process_output";
const outputOf = (event: { data: unknown }): string => (event.data as { output: string }).output;
const expected = Array.from({ length: lines }, (_, i) => `line ${i + 1} of ${lines}`);

/** Says where two lists part, instead of printing 100,000 lines. */
function expectSame(what: string, found: readonly string[]): void {
  const parts = found.findIndex((line, index) => line !== expected[index]);
  const at = parts < 0 ? Math.min(found.length, lines) : parts;
  const around = { at, found: found.slice(Math.max(0, at - 2), at + 3), count: found.length };
  expect(around, what).toEqual({ at: lines, found: expected.slice(-2), count: lines });
}

test.each(ways)("B1 nothing is lost, doubled or reordered over $transport", async ({ transport, blocked }) => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-lossless-"));
  const target = { port: 0 };
  const proxy = await startProxy(target, blocked);
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ allowedHosts: [new URL(proxy.url).host], allowedOrigins: [proxy.url] }));
  const gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  target.port = gateway.port;

  const seen: Publication[] = [];
  const gaps: unknown[] = [];
  const client = createClient({ url: proxy.url, token: gateway.token, transports: [transport] });
  const errors: unknown[] = [];
  const links: string[] = [];
  client.link.subscribe(() => {
    const { state, reason } = client.link.snapshot();
    links.push(`${new Date().toISOString()} ${state} ${reason?.name}`);
  });
  client.watch("process:counted", {
    since: "earliest",
    // On a busy machine it may read more slowly than lines come: then it would have gaps, said and counted, but gaps.
    complete: true,
    onEvent: (event) => seen.push(event),
    onGap: (_channel, gap) => gaps.push(gap),
    onError: (error) => errors.push(error),
  });
  const connection = { cwd: folder, env: { SIGNALBOX_TOKEN: gateway.token } };
  const throughProxy = ["--url", proxy.url, "--transport", transport];
  const tail = cli(["tail", "process:counted", "--since", "earliest", "--until-stopped", ...throughProxy], connection);
  const context = await browser.newContext({ viewport: { width: 1280, height: 20_000 } });
  const page = await context.newPage();
  await page.goto(`${proxy.url}/processes/counted#token=${gateway.token}`);

  const command = ["--", process.execPath, counting, String(lines), "500", "40"];
  const run = cli(["run", "--id", "counted", "--quiet", "--url", gateway.url, ...command], connection);
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const due = (kill * lines) / (kills + 2);
      await until(`${due} lines kept`, async () => (await head(gateway, "process:counted")) >= due);
      await gateway.kill9();
      await gateway.restart();
      if (kill === 2 || kill === 4) await offline(gateway, proxy, page);
    }
    expect(await run.ended, run.stderr()).toBe(0);
    expect(proxy.cutConnections).toBe(2);

    const kept = await history(gateway, "process:counted");
    expect(kept.map(({ offset }) => offset)).toEqual(kept.map((_, index) => index + 1));
    expectSame("history", kept.filter(isOutput).map(outputOf));

    expect(await tail.ended, tail.stderr()).toBe(0);
    const tailed = tail
      .stdout()
      .split("\n")
      .filter((line) => line.startsWith("line "));
    expectSame("tail", tailed);

    const top = kept.at(-1)?.offset ?? 0;
    await until("the client is at the head", () => (seen.at(-1)?.offset ?? 0) >= top);
    expect({ gaps, errors }).toEqual({ gaps: [], errors: [] });
    await until("the client is live", () => client.link.snapshot().transport === transport);
    expect(seen.map(({ offset }) => offset)).toEqual(kept.map(({ offset }) => offset));
    expectSame("client", seen.filter(isOutput).map(outputOf));

    await page.locator(`[data-testid=link-state]:visible[data-transport=${transport}]`).waitFor();
    expectSame("page", await linesOfPage(page));
  } catch (error) {
    console.error(
      links.join("\n"),
      gateway.logs().slice(-6_000),
      run.stderr().slice(-2_000),
      tail.stderr().slice(-2_000),
    );
    throw error;
  } finally {
    client.close();
    await context.close();
    run.process.kill("SIGKILL");
    tail.process.kill("SIGKILL");
    await proxy.close();
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

const online = ["live", "polling", "catching-up"]
  .map((state) => `[data-testid=link-state]:visible[data-state=${state}]`)
  .join();

/** The viewers' network goes away until 3,000 more lines were kept. */
async function offline(gateway: Gateway, proxy: ProxyServer, page: Page): Promise<void> {
  await page.locator(online).waitFor();
  const before = await head(gateway, "process:counted");
  // On a busy machine viewers come back late from a kill: a cut that nobody has would show nothing.
  await until("a viewer is connected", () => proxy.connections > 0);
  proxy.cut();
  await page.locator("[data-testid=link-state]:visible[data-state=offline]").waitFor();
  await until(
    "3,000 more lines",
    async () => (await head(gateway, "process:counted")) >= Math.min(before + 3_000, lines),
  );
  proxy.mend();
}

/** Every line of the log view, gathered by scrolling through it as a person would, screen by screen. */
async function linesOfPage(page: Page): Promise<string[]> {
  const log = page.getByTestId("log");
  await page.locator(`[data-testid=log][data-last-line="${lines}"]`).waitFor();
  await log.focus();
  await log.press("Home");
  await page.locator('[data-testid=log] [data-line="1"]').waitFor();
  const found = await log.evaluate(async (view, last) => {
    const texts = new Map<number, string>();
    const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    for (let before = 0, idle = 0; !texts.has(last) && idle < 200; idle = texts.size === before ? idle + 1 : 0) {
      before = texts.size;
      await drawn();
      // What a slow page was not sent is a row that says so, and brings it.
      const missing = view.querySelector<HTMLElement>("[data-unsent]");
      missing?.click();
      if (missing !== null || view.querySelector("[data-state=loading]") !== null) continue;
      for (const row of view.querySelectorAll<HTMLElement>("[data-line]")) {
        const line = Number(row.dataset.line);
        const text = row.querySelector(".log-text")?.textContent ?? "";
        if ((texts.get(line) ?? text) !== text) throw new Error(`line ${line} is shown in two ways`);
        texts.set(line, text);
      }
      view.scrollTop += view.clientHeight * 0.8;
    }
    return [...texts];
  }, lines);
  return found.sort(([a], [b]) => a - b).map(([, text]) => text);
}
