/** Clients of every kind that follow the output of one process, each over one transport, as their users would write it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createClient, type TransportName } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import type { Browser, Page } from "playwright-core";
import { io } from "socket.io-client";
import { cli } from "./cli.ts";
import { withoutOurs } from "./gateway.ts";
import { curlLog, eventSourceLog, type LogViewer } from "./log-viewers.ts";
import { until } from "./until.ts";

export interface CountedViewer {
  readonly name: string;
  /** The output as it has it, in the order it came, once it has the line and all before; what was left out is said. */
  lines(last: string): Promise<Array<string | LeftOut>>;
  /** For a person who wants to know what went wrong. */
  story(): string;
  close(): Promise<void>;
}

/** A gap that was told: offsets of the channel. */
export interface LeftOut {
  from: number;
  to: number;
}

export interface Followed {
  url: string;
  token: string;
  processId: string;
  /** Of the commands. */
  cwd: string;
}

export const isOutput = (event: { type: string }): boolean => event.type === "process_output";
export const outputOf = (event: { data: unknown }): string => (event.data as { output: string }).output;

/** The client, which also proves that offsets have no holes. */
export function clientViewer({ url, token, processId }: Followed, transport: TransportName): CountedViewer {
  const name = `client over ${transport}`;
  const seen: Publication[] = [];
  const told: string[] = [];
  const client = createClient({ url, token, transports: [transport] });
  client.link.subscribe(() => {
    const { state, reason } = client.link.snapshot();
    told.push(`${new Date().toISOString()} ${state} ${reason?.name}`);
  });
  const problems: unknown[] = [];
  client.watch(`process:${processId}`, {
    since: "earliest",
    // On a busy machine it may read more slowly than lines come: then it would have gaps, said and counted, but gaps.
    complete: true,
    onEvent: (event) => seen.push(event),
    onGap: (_channel, gap) => problems.push(gap),
    onError: (error) => problems.push(error),
  });
  return {
    name,
    lines: async (last) => {
      let next = 0;
      await until(
        `${name} has the last line`,
        () => {
          for (; next < seen.length; next++) {
            const event = seen[next];
            if (event && isOutput(event) && outputOf(event) === last) return true;
          }
          return false;
        },
        300_000,
      );
      if (problems.length > 0) throw new Error(`${name}: ${JSON.stringify(problems)}`);
      const hole = seen.findIndex(({ offset }, index) => offset !== index + 1);
      if (hole >= 0) throw new Error(`${name}: offset ${seen[hole]?.offset} is its event ${hole + 1}`);
      return seen.filter(isOutput).map(outputOf);
    },
    story: () => told.join("\n"),
    close: async () => client.close(),
  };
}

export function tailViewer({ url, token, processId, cwd }: Followed, transport: TransportName): CountedViewer {
  const through = ["--url", url, "--transport", transport];
  const tail = cli(["tail", `process:${processId}`, "--since", "earliest", "--until-stopped", ...through], {
    cwd,
    env: { SIGNALBOX_TOKEN: token },
  });
  return {
    name: `signalbox tail over ${transport}`,
    lines: async () => {
      const code = await tail.ended;
      if (code !== 0) throw new Error(`signalbox tail ended (${code}): ${tail.stderr()}`);
      return tail
        .stdout()
        .split("\n")
        .filter((line) => line.startsWith("line "));
    },
    story: () => tail.stderr().slice(-2_000),
    close: async () => {
      tail.process.kill("SIGKILL");
    },
  };
}

export function pythonViewer({ url, token, processId }: Followed, transport: TransportName): CountedViewer {
  const root = resolve(import.meta.dirname, "../..");
  const script = join(import.meta.dirname, "python_viewer.py");
  const child: ChildProcess = spawn(
    join(root, ".venv/bin/python"),
    [script, url, token, `process:${processId}`, transport],
    {
      env: { ...withoutOurs(process.env), PYTHONPATH: join(root, "sdks/python/src") },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = once(child, "close");
  return {
    name: `Python over ${transport}`,
    lines: async () => {
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new Error(`python ended (${code}): ${err}`);
      return out
        .split("\n")
        .filter(Boolean)
        .map((line) => line.slice(line.indexOf("\t") + 1));
    },
    story: () => err.slice(-2_000),
    close: async () => {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}

/** socket.io-client, that brings what it had as `auth.since`. Its lines may be left out when it is slow: then it is told. */
export function socketIoViewer({ url, token, processId }: Followed, transport: "polling" | "websocket"): CountedViewer {
  const name = `Socket.IO over ${transport}`;
  const since: Record<string, string> = {};
  const lines: Array<string | LeftOut> = [];
  const told: string[] = [];
  const socket = io(url, {
    transports: [transport],
    auth: (send) => send({ token, since }),
    reconnectionDelay: 100,
    reconnectionDelayMax: 1_000,
    forceNew: true,
  });
  const channel = `process:${processId}`;
  socket.onAny((_event, ...given) => Object.assign(since, given.at(-1)));
  socket.on("connect", () => {
    told.push(`${new Date().toISOString()} connected, has ${since[channel]}`);
    socket.emit("subscribe-process", processId, ...(since[channel] === undefined ? [{ since: "earliest" }] : []));
  });
  socket.on("disconnect", (reason) => {
    told.push(`${new Date().toISOString()} ${reason}`);
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("process-output", ({ output }: { output: string }) => lines.push(output));
  socket.on("gap", ({ from, to }: LeftOut) => lines.push({ from, to }));
  socket.on("error", (error: unknown) => told.push(JSON.stringify(error)));
  return {
    name,
    lines: async (last) => {
      await until(`${name} has the last line`, () => lines.at(-1) === last, 300_000);
      return lines;
    },
    story: () => told.join("\n"),
    close: async () => {
      socket.disconnect();
    },
  };
}

/** D3: the log of the process as an event stream, by other people's clients. */
export function logViewers({ url, token, processId }: Followed): CountedViewer[] {
  const source = { url: `${url}/v1/processes/${processId}/logs`, token };
  const viewer = (name: string, log: LogViewer): CountedViewer => ({
    name,
    lines: async (last) => {
      await until(`${name} has the last line`, () => log.lines.at(-1)?.output === last, 300_000);
      if (log.gaps.length > 0) throw new Error(`${name}: ${log.gaps.join()}`);
      return log.lines.map(({ output }) => output);
    },
    story: () => `${log.streamIds.length} streams`,
    close: async () => log.close(),
  });
  return [viewer("curl -N", curlLog(source)), viewer("eventsource", eventSourceLog(source))];
}

const online = ["live", "polling", "catching-up"]
  .map((state) => `[data-testid=link-state]:visible[data-state=${state}]`)
  .join();

export interface PageViewer extends CountedViewer {
  isOnline(): Promise<void>;
  isOffline(): Promise<void>;
}

/** The page of the process in Chromium, which takes whatever transport there is. */
export async function pageViewer(
  browser: Browser,
  { url, token, processId }: Followed,
  transport: TransportName,
): Promise<PageViewer> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1_000 } });
  const page = await context.newPage();
  // With a dozen viewers beside it on two cores.
  page.setDefaultTimeout(400_000);
  await page.goto(`${url}/processes/${processId}#token=${token}`);
  return {
    name: `page over ${transport}`,
    lines: async (last) => {
      // So that few screens are all of it.
      await page.setViewportSize({ width: 1280, height: 20_000 });
      const found = await linesOfPage(page, Number(last.split(" ").at(-1)));
      await page.locator(`[data-testid=link-state]:visible[data-transport=${transport}]`).waitFor();
      return found;
    },
    isOnline: () => page.locator(online).waitFor(),
    isOffline: () => page.locator("[data-testid=link-state]:visible[data-state=offline]").waitFor(),
    story: () => page.url(),
    close: () => context.close(),
  };
}

/** Every line of the log view, gathered by scrolling through it as a person would, screen by screen. */
async function linesOfPage(page: Page, lines: number): Promise<string[]> {
  const log = page.getByTestId("log");
  await page.locator(`[data-testid=log][data-last-line="${lines}"]`).waitFor();
  await log.focus();
  await log.press("Home");
  await page.locator('[data-testid=log] [data-line="1"]').waitFor();
  const found = await log.evaluate(async (view, last) => {
    const texts = new Map<number, string>();
    const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    for (let idle = 0; !texts.has(last) && idle < 200; ) {
      await drawn();
      // What a slow page was not sent is a row that says so, and brings it.
      const missing = view.querySelector<HTMLElement>("[data-unsent]");
      missing?.click();
      if (missing !== null || view.querySelector("[data-state=loading]") !== null) continue;
      const before = texts.size;
      for (const row of view.querySelectorAll<HTMLElement>("[data-line]")) {
        const line = Number(row.dataset.line);
        const text = row.querySelector(".log-text")?.textContent ?? "";
        if ((texts.get(line) ?? text) !== text) throw new Error(`line ${line} is shown in two ways`);
        texts.set(line, text);
      }
      idle = texts.size === before ? idle + 1 : 0;
      view.scrollTop += view.clientHeight * 0.8;
    }
    return [...texts];
  }, lines);
  return found.sort(([a], [b]) => a - b).map(([, text]) => text);
}
