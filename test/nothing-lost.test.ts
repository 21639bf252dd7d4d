/**
 * B1, end to end: a real command prints 100,000 numbered lines while the gateway is killed five times, the viewers' network
 * goes away twice, hangs once, and is late and cut into pieces all the time. History, and viewers of every kind over every
 * transport, must each hold every line once, in order.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TransportName } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { cli } from "./support/cli.ts";
import {
  type CountedViewer,
  clientViewer,
  type Followed,
  isOutput,
  type LeftOut,
  logViewers,
  outputOf,
  type PageViewer,
  pageViewer,
  pythonViewer,
  socketIoViewer,
  tailViewer,
} from "./support/counted-viewers.ts";
import { type FaultyLink, startFaultyLink } from "./support/faulty-link.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { head, history } from "./support/http.ts";
import { startProxy } from "./support/proxy.ts";
import { until } from "./support/until.ts";

const lines = 100_000;
const kills = 5;
const processId = "counted";
const channel = `process:${processId}`;
const counting = resolve(import.meta.dirname, "support/counting.mjs");
const faults = { latencyMs: 5, sliceBytes: 16_384 };

/** What the proxy refuses decides which transport is left to the page; all others are told theirs. */
const ways: Array<{ transport: TransportName; blocked: string[] }> = [
  { transport: "websocket", blocked: ["/v1/stream", "/v1/poll"] },
  { transport: "sse", blocked: ["/v1/ws", "/v1/poll"] },
  { transport: "poll", blocked: ["/v1/ws", "/v1/stream"] },
];

/** Those that have the transport, beside the page. */
const viewersOf: Record<TransportName, (followed: Followed) => CountedViewer[]> = {
  websocket: (followed) => [socketIoViewer(followed, "websocket")],
  sse: (followed) => logViewers(followed),
  poll: (followed) => [socketIoViewer(followed, "polling")],
};

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
});

const expected = Array.from({ length: lines }, (_, i) => `line ${i + 1} of ${lines}`);

/** Says where two lists part, instead of printing 100,000 lines. */
function expectAll(what: string, found: readonly string[]): void {
  const parts = found.findIndex((line, index) => line !== expected[index]);
  const at = parts < 0 ? Math.min(found.length, lines) : parts;
  const around = { at, found: found.slice(Math.max(0, at - 2), at + 3), count: found.length };
  expect(around, what).toEqual({ at: lines, found: expected.slice(-2), count: lines });
}

/** With what a viewer was told that it would not get, as it is in the history. */
const filled = (found: ReadonlyArray<string | LeftOut>, kept: readonly Publication[]): string[] =>
  found.flatMap((each) =>
    typeof each === "string"
      ? each
      : kept
          .slice(each.from - 1, each.to)
          .filter(isOutput)
          .map(outputOf),
  );

test("B1 nothing is lost, doubled or reordered, for any client over any transport", { timeout: 900_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-lossless-"));
  const target = { port: 0 };
  const ends: Array<() => Promise<unknown> | unknown> = [];
  const links: FaultyLink[] = [];
  for (const { blocked } of ways) {
    const proxy = await startProxy(target, blocked);
    const link = await startFaultyLink({ port: Number(new URL(proxy.url).port) }, faults);
    links.push(link);
    ends.push(
      () => link.close(),
      () => proxy.close(),
    );
  }
  const config = join(folder, "signalbox.config.json");
  const allowed = {
    allowedHosts: links.map(({ url }) => new URL(url).host),
    allowedOrigins: links.map(({ url }) => url),
  };
  writeFileSync(config, JSON.stringify(allowed));
  const gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  target.port = gateway.port;

  const viewers: CountedViewer[] = [];
  const pages: PageViewer[] = [];
  const startedMs = performance.now();
  const took: string[] = [];
  const done = (what: string): void => {
    took.push(`${what} ${Math.round((performance.now() - startedMs) / 100) / 10} s`);
  };
  let run: ReturnType<typeof cli> | undefined;
  try {
    for (const [index, { transport }] of ways.entries()) {
      const followed = { url: links[index]?.url ?? "", token: gateway.token, processId, cwd: folder };
      const page = await pageViewer(browser, followed, transport);
      pages.push(page);
      viewers.push(
        clientViewer(followed, transport),
        tailViewer(followed, transport),
        pythonViewer(followed, transport),
        ...viewersOf[transport](followed),
      );
    }
    const command = ["--", process.execPath, counting, String(lines), "500", "40"];
    const env = { SIGNALBOX_TOKEN: gateway.token };
    run = cli(["run", "--id", processId, "--quiet", "--url", gateway.url, ...command], { cwd: folder, env });
    for (let kill = 1; kill <= kills; kill++) {
      const due = (kill * lines) / (kills + 2);
      await until(`${due} lines kept`, async () => (await head(gateway, channel)) >= due);
      if (kill === 1) for (const link of links) link.hang();
      if (kill === 2) for (const link of links) link.forget();
      await gateway.kill9();
      await gateway.restart();
      if (kill === 2 || kill === 4) await offline(gateway, links, pages);
    }
    expect(await run.ended, run.stderr()).toBe(0);
    done("run");
    for (const { counts, sliced } of links) {
      expect(counts.cut).toBeGreaterThan(1);
      expect(counts.hung).toBeGreaterThan(0);
      expect(sliced).toBeGreaterThan(1_000);
    }

    const kept = await history(gateway, channel);
    expect(kept.map(({ offset }) => offset)).toEqual(kept.map((_, index) => index + 1));
    expectAll("history", kept.filter(isOutput).map(outputOf));
    const last = expected.at(-1) ?? "";
    const check = async (viewer: CountedViewer): Promise<void> => {
      const found = await viewer.lines(last);
      done(viewer.name);
      expectAll(viewer.name, filled(found, kept));
    };
    await Promise.all(viewers.map(check));
    // Each of them would have the machine for itself while it is read.
    for (const page of pages) await check(page);
  } catch (error) {
    console.error(gateway.logs().slice(-6_000), run?.stderr().slice(-2_000), took.join("\n"));
    for (const viewer of [...viewers, ...pages]) console.error(viewer.name, viewer.story());
    throw error;
  } finally {
    for (const viewer of [...viewers, ...pages]) await viewer.close();
    run?.process.kill("SIGKILL");
    for (const end of ends) await end();
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The viewers' network goes away until 3,000 more lines were kept. */
async function offline(gateway: Gateway, links: readonly FaultyLink[], pages: readonly PageViewer[]): Promise<void> {
  for (const page of pages) await page.isOnline();
  const before = await head(gateway, channel);
  // On a busy machine viewers come back late from a kill: a cut that nobody has would show nothing.
  await until("viewers are connected", () => links.every(({ connections }) => connections > 0));
  for (const link of links) link.cut();
  for (const page of pages) await page.isOffline();
  await until("3,000 more lines", async () => (await head(gateway, channel)) >= Math.min(before + 3_000, lines));
  for (const link of links) link.mend();
}
