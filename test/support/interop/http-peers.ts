/** What the matrix asks of clients that have no WebSocket: npm eventsource, and curl. */
import { execFile, spawn } from "node:child_process";
import { EventSource } from "eventsource";
import type { Gateway } from "../gateway.ts";
import { bearer, post } from "../http.ts";
import type { Outcomes } from "./web-socket.ts";

interface Note {
  epoch: string;
  offset: number;
  data: { n: number; text?: string };
}

const patienceMs = 15_000;
const note = (channel: string, n: number, text?: string) => ({
  ...{ id: `n${n}`, type: "note", channel },
  data: { n, ...(text !== undefined && { text }) },
});
const mebibyte = (channel: string, n: number): { event: object; room: number } => {
  const room = 1_048_576 - JSON.stringify(note(channel, n, "")).length;
  return { event: note(channel, n, "m".repeat(room)), room };
};

function expectSame(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new Error(`${JSON.stringify(found)?.slice(0, 200)} instead of ${JSON.stringify(wanted)}`);
}

async function tried(cells: Record<string, () => Promise<void>>): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  for (const [cell, run] of Object.entries(cells)) {
    outcomes[cell] = await run().then(
      () => "ok",
      (error: unknown) => String(error),
    );
  }
  return outcomes;
}

export function eventSourceCells(gateway: Gateway, channel: string): Promise<Outcomes> {
  const open = (query: string, token = gateway.token, cutAfter?: string): Source =>
    new Source(`${gateway.url}/v1/channels/${channel}/events${query}`, token, cutAfter);
  return tried({
    async connect() {
      const source = open("");
      expectSame((await source.next("subscription_update")).data.state, "subscribed");
      source.close();
    },
    async refused() {
      const source = open("", "wrong-token");
      expectSame(await source.refused, 401);
      source.close();
    },
    async subscribe() {
      await post(
        gateway,
        "/v1/events",
        [1, 2, 3].map((n) => note(channel, n)),
      );
      const source = open("?since=earliest");
      expectSame(await source.numbers(3), [1, 2, 3]);
      source.close();
    },
    async resume() {
      // The link breaks behind the second event; the source comes back by itself and names its last id.
      const source = open("?since=earliest", gateway.token, '"n":2');
      expectSame(await source.numbers(3), [1, 2, 3]);
      expectSame(source.dials.length, 2);
      expectSame(/^[^:]+:2$/.test(source.dials[1] ?? ""), true);
      source.close();
    },
    async mebibyte() {
      const source = open("?since=now");
      await source.next("subscription_update");
      const { event, room } = mebibyte(channel, 4);
      await post(gateway, "/v1/events", event);
      expectSame((await source.next("message")).data.text?.length, room);
      source.close();
    },
  });
}

type Said = Note & { data: { state?: string } };

class Source {
  /** The Last-Event-ID of each request. */
  readonly dials: string[] = [];
  readonly refused: Promise<number | undefined>;
  readonly #source: EventSource;
  readonly #came: Array<{ name: string; said: Said }> = [];
  #look = (): void => {};

  constructor(url: string, token: string, cutAfter?: string) {
    this.#source = new EventSource(url, {
      fetch: async (address, init) => {
        this.dials.push(new Headers(init.headers).get("last-event-id") ?? "");
        const answer = await fetch(address, { ...init, headers: { ...init.headers, ...bearer(token) } });
        const { status, headers, redirected, body } = answer;
        const cut = this.dials.length === 1 && cutAfter !== undefined && body ? cutBehind(body, cutAfter) : body;
        return { url: answer.url, status, headers, redirected, body: cut };
      },
    });
    for (const name of ["message", "subscription_update"]) {
      this.#source.addEventListener(name, (event) => {
        const said = JSON.parse(event.data) as Said;
        this.#came.push({ name, said: name === "message" ? said : { ...said, data: { ...said.data, ...said } } });
        this.#look();
      });
    }
    this.refused = new Promise((resolve) => {
      this.#source.onerror = ({ code }) => resolve(code);
    });
  }

  async next(wanted: string): Promise<Said> {
    const late = new Promise<"late">((resolve) => setTimeout(resolve, patienceMs, "late"));
    for (;;) {
      for (let came = this.#came.shift(); came; came = this.#came.shift()) if (came.name === wanted) return came.said;
      const come = new Promise<void>((resolve) => {
        this.#look = resolve;
      });
      if ((await Promise.race([come, late])) === "late") throw new Error("nothing came");
    }
  }

  async numbers(count: number): Promise<number[]> {
    const found: number[] = [];
    while (found.length < count) found.push((await this.next("message")).data.n);
    return found;
  }

  close(): void {
    this.#source.close();
  }
}

/** A stream that breaks behind the event that has this text. */
function cutBehind(body: ReadableStream<Uint8Array>, text: string): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let whole = "";
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(part, controller) {
        const before = whole.length;
        whole += decoder.decode(part, { stream: true });
        const found = whole.indexOf(text);
        const end = found < 0 ? -1 : whole.indexOf("\n\n", found);
        controller.enqueue(encoder.encode(whole.slice(before, end < 0 ? undefined : end + 2)));
        if (end >= 0) controller.error(new Error("the link broke"));
      },
    }),
  );
}

export function curlCells(gateway: Gateway, channel: string): Promise<Outcomes> {
  const auth = ["-H", `Authorization: Bearer ${gateway.token}`];
  const address = (path: string): string => `${gateway.url}${path}`;
  const events = `/v1/channels/${channel}/events`;
  let lastId = "";
  return tried({
    async connect() {
      const { principal } = JSON.parse(await curl([...auth, "-f", address("/v1/info")])) as { principal: unknown };
      expectSame(typeof principal, "object");
    },
    async refused() {
      const wrong = ["-H", "Authorization: Bearer wrong-token", "-w", "%{http_code}"];
      expectSame((await curl([...wrong, address("/v1/info")])).slice(-3), "401");
    },
    async publish() {
      const body = JSON.stringify([1, 2, 3].map((n) => note(channel, n)));
      const answer = await curl([...auth, "-H", "Content-Type: application/json", "-d", body, address("/v1/events")]);
      const { results } = JSON.parse(answer) as { results: Array<{ offset: number }> };
      expectSame(
        results.map(({ offset }) => offset),
        [1, 2, 3],
      );
    },
    async subscribe() {
      const streamed = await curlStream([...auth, address(`${events}?since=earliest`)], 3);
      expectSame(streamed.notes, [1, 2, 3]);
      lastId = streamed.ids[1] ?? "";
    },
    async resume() {
      await post(gateway, "/v1/events", note(channel, 4));
      const streamed = await curlStream([...auth, "-H", `Last-Event-ID: ${lastId}`, address(events)], 2);
      expectSame(streamed.notes, [3, 4]);
    },
    async mebibyte() {
      const { event, room } = mebibyte(channel, 5);
      const send = ["-H", "Content-Type: application/json", "--data-binary", "@-", address("/v1/events")];
      await curl([...auth, "-f", ...send], JSON.stringify(event));
      const page = await curl([...auth, "-f", address(`${events}?since=last:1`)]);
      expectSame((JSON.parse(page) as { events: Note[] }).events[0]?.data.text?.length, room);
    },
    async gzip() {
      const answer = await curl([...auth, "-f", "--compressed", "-D", "-", address(`${events}?since=last:1`)]);
      const [head = "", page = ""] = answer.split("\r\n\r\n");
      expectSame(/^content-encoding: gzip$/im.test(head), true);
      expectSame((JSON.parse(page) as { events: Note[] }).events.length, 1);
    },
  });
}

function curl(args: readonly string[], stdin = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("curl", ["-s", ...args], { maxBuffer: 8_388_608 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin?.end(stdin);
  });
}

export interface Streamed {
  ids: string[];
  names: string[];
  data: string[];
  /** The number in each message's data. */
  notes: number[];
}

/** What `curl -N` prints until it has `count` events: only messages, or with their opening statements. */
export async function curlStream(args: readonly string[], count: number, all = false): Promise<Streamed> {
  const child = spawn("curl", ["-sN", "-H", "Accept: text/event-stream", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let streamed = readEvents("", all);
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    streamed = readEvents(text.slice(0, text.lastIndexOf("\n\n") + 2), all);
    if (streamed.data.length >= count) break;
  }
  child.kill("SIGKILL");
  return streamed;
}

function readEvents(text: string, all: boolean): Streamed {
  const streamed: Streamed = { ids: [], names: [], data: [], notes: [] };
  for (const block of text.split("\n\n")) {
    const field = (name: string): string | undefined =>
      block
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = field("data");
    const name = field("event");
    if (data === undefined || (!all && name !== undefined)) continue;
    streamed.data.push(data);
    streamed.names.push(name ?? "message");
    streamed.ids.push(field("id") ?? "");
    const { n } = ((JSON.parse(data) as { data?: { n?: number } }).data ?? {}) as { n?: number };
    if (n !== undefined) streamed.notes.push(n);
  }
  return streamed;
}
