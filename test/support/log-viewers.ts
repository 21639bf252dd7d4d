/** Other people's clients of GET /v1/processes/{id}/logs: each comes back by itself and resumes by `Last-Event-ID`. */
import { execFileSync, spawn } from "node:child_process";
import { EventSource } from "eventsource";
import { bearer } from "./http.ts";

export interface LogLine {
  processId: string;
  line: number;
  stream: string;
  output: string;
  timestamp: number;
}

export interface LogViewer {
  readonly lines: LogLine[];
  /** As the event `connected` named them. */
  readonly streamIds: string[];
  readonly gaps: string[];
  close(): void;
}

export interface LogSource {
  /** Of the stream, whole. */
  url: string;
  token: string;
}

/** curl -N in a loop, as a script would have it: what ended is begun again behind the last id. */
export function curlLog({ url, token }: LogSource, args: readonly string[] = []): LogViewer & { comments(): number } {
  const viewer = { lines: [] as LogLine[], streamIds: [] as string[], gaps: [] as string[] };
  let lastId: string | undefined;
  let comments = 0;
  let closed = false;
  let child: ReturnType<typeof spawn>;
  const take = (block: string): void => {
    if (block === ":") comments++;
    const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s) as [string, string]));
    lastId = fields.get("id") ?? lastId;
    const data = fields.get("data") ?? "";
    const event = fields.get("event");
    if (event === "log") viewer.lines.push(JSON.parse(data) as LogLine);
    else if (event === "connected") viewer.streamIds.push((JSON.parse(data) as { streamId: string }).streamId);
    else if (event === "gap") viewer.gaps.push(data);
  };
  const run = (): void => {
    const resume = lastId === undefined ? [] : ["-H", `Last-Event-ID: ${lastId}`];
    const headers = ["-H", `Authorization: Bearer ${token}`, "-H", "Accept: text/event-stream", ...resume];
    child = spawn("curl", ["-sfN", ...args, ...headers, url], { stdio: ["ignore", "pipe", "inherit"] });
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    });
    child.once("close", () => {
      if (!closed) setTimeout(run, 100);
    });
  };
  run();
  return {
    ...viewer,
    comments: () => comments,
    close: () => {
      closed = true;
      child.kill("SIGKILL");
    },
  };
}

/** The HTTP version that curl and the address agree on. */
export const curlVersion = (url: string, args: readonly string[]): string =>
  String(execFileSync("curl", ["-sf", ...args, "-o", "/dev/null", "-w", "%{http_version}", url]));

/** npm's. It gives up on an answer that is none, such as a proxy's 502; then its user opens another behind the last id. */
export function eventSourceLog({ url, token }: LogSource): LogViewer {
  const viewer = { lines: [] as LogLine[], streamIds: [] as string[], gaps: [] as string[] };
  let source: EventSource;
  const open = (since: string): void => {
    let lastId = since;
    source = new EventSource(since ? `${url}?since=${encodeURIComponent(since)}` : url, {
      fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...bearer(token) } }),
    });
    const on = (name: string, take: (data: string) => void): void =>
      source.addEventListener(name, ({ data, lastEventId }) => {
        lastId = lastEventId || lastId;
        take(data);
      });
    on("log", (data) => viewer.lines.push(JSON.parse(data) as LogLine));
    on("gap", (data) => viewer.gaps.push(data));
    on("connected", (data) => viewer.streamIds.push((JSON.parse(data) as { streamId: string }).streamId));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 100, lastId);
    });
  };
  open("");
  return { ...viewer, close: () => source.close() };
}
