/**
 * A tab of Chromium over DevTools, with nothing of it switched on that a measurement does not ask for: a driver for tests listens to
 * every frame of the wire, and at 5,000 a second its listening costs as much as the page.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromiumNames, chromiumSwitches, programPath } from "../../scripts/setup-system.ts";
import { startChild } from "../child.ts";
import { inspectorUrl, Thread } from "../measure/inspector.ts";

export interface Tab {
  /** A method of the DevTools protocol, in the tab's own session. */
  call: Thread["call"];
  /** Returns once `isThere`, an expression of the page, is true. */
  goTo(url: string, isThere: string): Promise<void>;
  /** The value of an expression, which may be a promise; has to be JSON. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** By name, of `Performance.getMetrics`, once `Performance.enable` was called. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Of the processes that run pages; all but one are spare and idle. */
  rendererPids(): Promise<number[]>;
  close(): Promise<void>;
}

const size = { width: 1_440, height: 900 };
const startsWithinMs = 30_000;
const isThereWithinMs = 30_000;
const lookEveryMs = 50;
const endsWithinMs = 5_000;

const switches = [
  "--headless=new",
  "--remote-debugging-port=0",
  ...chromiumSwitches,
  "--disable-extensions",
  "about:blank",
];

export async function openTab(): Promise<Tab> {
  const command = programPath(chromiumNames);
  if (command === undefined) throw new Error("No Chromium on PATH; `npm test` installs it on Debian.");
  const profile = mkdtempSync(join(tmpdir(), "signalbox-bench-chromium-"));
  const child = await startChild(command, [`--user-data-dir=${profile}`, ...switches], {});
  // What nobody reads would fill the pipe.
  child.process.stdout?.resume();
  const close = async (): Promise<void> => {
    await child.end(endsWithinMs);
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const browserUrl = await soon("Chromium's DevTools", startsWithinMs, async () => inspectorUrl(child.errors()));
    const browser = await connect(browserUrl);
    const pageUrl = await soon("a tab", startsWithinMs, () => pageUrlAt(browserUrl));
    const page = await connect(pageUrl);
    await page.call("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1, mobile: false });
    const evaluate = <Value>(expression: string): Promise<Value> => evaluated<Value>(page, expression);
    return {
      call: (method, params) => page.call(method, params),
      goTo: async (url, isThere) => {
        await page.call("Page.navigate", { url });
        // While it goes there, the tab has no page to ask.
        await soon(`${isThere} at ${url}`, isThereWithinMs, async () => {
          const isSo = await evaluate<boolean>(isThere).catch(() => false);
          return isSo ? true : undefined;
        });
      },
      evaluate,
      metrics: async () => {
        const { metrics } = (await page.call("Performance.getMetrics")) as {
          metrics: ReadonlyArray<{ name: string; value: number }>;
        };
        return new Map(metrics.map(({ name, value }) => [name, value]));
      },
      rendererPids: async () => {
        const { processInfo } = (await browser.call("SystemInfo.getProcessInfo")) as {
          processInfo: ReadonlyArray<{ type: string; id: number }>;
        };
        return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(url: string): Promise<Thread> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`no DevTools at ${url}`));
  });
  const thread = new Thread(url, (text) => socket.send(text));
  socket.onmessage = ({ data }) => thread.hear(String(data));
  return thread;
}

async function pageUrlAt(browserUrl: string): Promise<string | undefined> {
  const { host } = new URL(browserUrl);
  const targets = (await (await fetch(`http://${host}/json/list`)).json()) as ReadonlyArray<Record<string, string>>;
  return targets.find(({ type }) => type === "page")?.webSocketDebuggerUrl;
}

async function evaluated<Value>(page: Thread, expression: string): Promise<Value> {
  const answer = await page.call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  const { result, exceptionDetails } = answer as {
    result: { value: Value };
    exceptionDetails?: { text: string; exception?: { description?: string } };
  };
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

async function soon<Found>(what: string, withinMs: number, look: () => Promise<Found | undefined>): Promise<Found> {
  for (const untilMs = performance.now() + withinMs; performance.now() < untilMs; await pause(lookEveryMs)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what}: not there within ${withinMs} ms`);
}
