/**
 * D3: the log of one process, watched behind Debian's nginx and haproxy as they come, with their own buffering, by curl, by
 * npm's `eventsource` and by the EventSource of Chromium, over HTTP/1.1 and HTTP/2, while the gateway is killed and the
 * proxies are reloaded. Each viewer resumes by `Last-Event-ID` and has every line once, in order, when it was published.
 */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { curlLog, curlVersion, eventSourceLog, type LogLine, type LogViewer } from "./support/log-viewers.ts";
import { type ReverseProxy, startHaproxy, startNginx } from "./support/reverse-proxy.ts";
import { until } from "./support/until.ts";

const path = "/v1/processes/streamed/logs";
const secret = "a secret of more than thirty-two characters";

/** What one viewer was shown. */
interface Viewer {
  readonly name: string;
  lines(): Promise<number[]>;
  streamIds(): Promise<string[]>;
  close(): Promise<void>;
}

let folder: string;
let gateway: Gateway;
let browser: Browser;
const proxies: ReverseProxy[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-logs-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(
    config,
    JSON.stringify({
      allowedHosts: ["localhost"],
      sessionCookie: { cookie: "sid", secrets: [secret] },
      limits: { heartbeatMs: 2_000 },
    }),
  );
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  for (const proxy of proxies) await proxy.stop();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let published = 0;
const publish = (count: number): Promise<unknown> =>
  post(
    gateway,
    "/v1/events",
    Array.from({ length: count }, () => ({
      type: "process_output",
      data: { processId: "streamed", stream: "stdout", output: `line ${++published}`, line: published },
    })),
  );

/** The line, if all of the document's payload is there. */
function numberOf({ processId, line, stream, output, timestamp }: LogLine): number {
  expect({ processId, stream, output }).toEqual({ processId: "streamed", stream: "stdout", output: `line ${line}` });
  expect(timestamp).toBeGreaterThan(0);
  return line;
}

/** One that runs in this process. */
const here = (name: string, { lines, streamIds, close }: LogViewer): Viewer => ({
  name,
  lines: async () => lines.map(numberOf),
  streamIds: async () => streamIds,
  close: async () => close(),
});

declare global {
  interface Window {
    seen: { lines: string[]; streamIds: string[] };
  }
}

/** The browser's own, on a page behind the proxy, let in by a session cookie. */
async function chromium(name: string, { url }: ReverseProxy, protocol: string): Promise<Viewer> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = JSON.stringify({ sub: "ada", role: "viewer", iat: nowS, exp: nowS + 3_600 });
  const value = Buffer.from(claims).toString("base64url");
  const signature = createHmac("sha256", secret).update(value).digest("base64url");
  await context.addCookies([{ name: "sid", value: `${value}.${signature}`, url, sameSite: "Lax" }]);
  const page = await context.newPage();
  await page.goto(`${url}/health/live`);
  const spoken = await page.evaluate(() =>
    performance.getEntriesByType("navigation").map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol),
  );
  expect(spoken, name).toEqual([protocol]);
  await page.evaluate((path) => {
    const seen: Window["seen"] = { lines: [], streamIds: [] };
    window.seen = seen;
    const open = (since: string): void => {
      let lastId = since;
      const source = new window.EventSource(since ? `${path}?since=${encodeURIComponent(since)}` : path);
      source.addEventListener("log", ({ data, lastEventId }) => {
        lastId = lastEventId;
        seen.lines.push(data);
      });
      source.addEventListener("connected", ({ data }) => seen.streamIds.push(JSON.parse(data).streamId));
      source.addEventListener("error", () => {
        if (source.readyState === window.EventSource.CLOSED) setTimeout(open, 100, lastId);
      });
    };
    open("");
  }, path);
  return {
    name,
    lines: async () =>
      (await page.evaluate(() => window.seen.lines)).map((data) => numberOf(JSON.parse(data) as LogLine)),
    streamIds: () => page.evaluate(() => window.seen.streamIds),
    close: () => context.close(),
  };
}

const numbers = (to: number): number[] => Array.from({ length: to }, (_, i) => i + 1);

test("D3 every viewer of a log, by whatever proxy and HTTP, has each line at once, and once, over kills and reloads", async () => {
  await publish(400);
  const viewers: Viewer[] = [];
  const curls: Array<ReturnType<typeof curlLog>> = [];
  for (const [name, start] of [["nginx", startNginx] as const, ["haproxy", startHaproxy] as const]) {
    const secure = await start({ target: gateway.port, tls: true, plain: [] });
    proxies.push(secure);
    const open = await start({ target: gateway.port, tls: false, plain: [] });
    proxies.push(open);
    const trusting = ["--cacert", secure.certificate.certFile];
    for (const version of ["1.1", "2"]) {
      const args = [...trusting, `--http${version}`];
      expect(curlVersion(`${secure.url}/health/live`, args), name).toBe(version);
      const viewer = curlLog({ url: secure.url + path, token: gateway.token }, args);
      curls.push(viewer);
      viewers.push(here(`curl, HTTP/${version}, ${name}`, viewer));
    }
    viewers.push(
      here(`eventsource, HTTP/1.1, ${name}`, eventSourceLog({ url: open.url + path, token: gateway.token })),
      await chromium(`Chromium, HTTP/1.1, ${name}`, open, "http/1.1"),
      await chromium(`Chromium, HTTP/2, ${name}`, secure, "h2"),
    );
  }

  /** What is published now is seen now: nothing between collects it, however little it is. */
  const arrives = async (count: number): Promise<void> => {
    await publish(count);
    for (const viewer of viewers) {
      let lines: number[] = [];
      await until(`${viewer.name}: line ${published}`, async () => {
        lines = await viewer.lines();
        return lines.length >= published;
      });
      expect(lines, viewer.name).toEqual(numbers(published));
    }
  };
  await arrives(1);
  for (let i = 0; i < 2; i++) await arrives(1);
  await until("a comment at each curl", () => curls.every((each) => each.comments() > 0));

  const watching = async (): Promise<number> => {
    const answer = await fetch(`${gateway.url}/v1/channels/process:streamed`, { headers: bearer(gateway.token) });
    return ((await answer.json()) as { subscribers: number }).subscribers;
  };
  expect(await watching()).toBe(viewers.length);

  await gateway.kill9();
  await gateway.restart();
  await arrives(50);
  for (const proxy of proxies) await proxy.reload({ plain: [] });
  await arrives(1);
  await gateway.kill9();
  await gateway.restart();
  await arrives(50);

  const ids = (await Promise.all(viewers.map((viewer) => viewer.streamIds()))).flat();
  expect(ids.length).toBeGreaterThanOrEqual(3 * viewers.length);
  expect(new Set(ids).size).toBe(ids.length);

  for (const viewer of viewers) await viewer.close();
  await until("nobody watches", async () => (await watching()) === 0);
});

test("D3 ?follow=0 ends at the head and ?since= begins behind a position, through both proxies", async () => {
  const read = (url: string, query: string): Promise<string> =>
    fetch(`${url}${path}?follow=0${query}`, { headers: bearer(gateway.token) }).then((answer) => answer.text());
  const numbersOf = (text: string): number[] =>
    [...text.matchAll(/^event: log\n.*\ndata: (.*)$/gm)].map(([, data]) => numberOf(JSON.parse(data ?? "") as LogLine));
  for (const { url } of proxies.filter(({ url }) => url.startsWith("http:"))) {
    const all = await read(url, "");
    expect(numbersOf(all)).toEqual(numbers(published));
    const id = /^id: (.*)\ndata: .*"line":100,/m.exec(all)?.[1] ?? "";
    expect(numbersOf(await read(url, `&since=${encodeURIComponent(id)}`))).toEqual(numbers(published).slice(100));
  }
});
