/** Other people's clients, written from spec/protocol.md or the ecosystem's habits alone, against a real gateway. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";

const root = resolve(import.meta.dirname, "..");
const run = promisify(execFile);

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});

const publish = (channel: string, from: number, to: number): Promise<unknown> => {
  const events = [];
  for (let n = from; n <= to; n++) events.push({ type: "note", channel, data: { n } });
  return post(gateway, "/v1/events", events);
};
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("WebSocket, from the text of the protocol", () => {
  test("python websockets: publish, follow, be cut, resume", async () => {
    const python = join(root, ".venv/bin/python");
    const script = join(root, "test/support/independent_client.py");
    const { stdout } = await run(python, [
      script,
      `${gateway.url.replace("http", "ws")}/v1/ws`,
      gateway.token,
      "agent:py",
    ]);
    expect(JSON.parse(stdout)).toEqual({
      subprotocol: "signalbox.v1",
      principal: "user",
      acked: numbers(1, 10),
      answers: "sub",
      first: numbers(1, 10),
      duplicates: ["py-11"],
      resumed: numbers(11, 15).map((n) => [n, n]),
      recovered: true,
    });
  });

  test("npm ws: follow, be killed with the gateway, resume", async () => {
    await publish("agent:ws", 1, 5);
    const first = await follow("agent:ws", "earliest", 5);
    await gateway.kill9();
    await gateway.restart();
    await publish("agent:ws", 6, 8);
    const { epoch, offset } = first.at(-1) ?? { epoch: "", offset: 0 };
    const second = await follow("agent:ws", { epoch, offset }, 3);
    expect([...first, ...second].map(({ data }) => data.n)).toEqual(numbers(1, 8));
  });
});

interface Note {
  epoch: string;
  offset: number;
  data: { n: number };
}

/** The first `count` publications after `since`, by a client of a few lines. */
async function follow(channel: string, since: unknown, count: number): Promise<Note[]> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, ["signalbox.v1"], {
    headers: bearer(gateway.token),
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "subscribe", data: { channel, since } }));
  const notes: Note[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on("close", reject);
    socket.on("message", (frame) => {
      const message = JSON.parse(String(frame)) as Note & { type: string };
      if (message.type === "note") notes.push(message);
      if (notes.length === count) resolve();
    });
  });
  socket.removeAllListeners("close").close();
  return notes;
}

describe("Server-Sent Events", () => {
  test("B1 plain curl -N resumes by Last-Event-ID", async () => {
    await publish("agent:curl", 1, 6);
    const first = await curl("agent:curl", [], 4);
    await publish("agent:curl", 7, 9);
    const second = await curl("agent:curl", ["-H", `Last-Event-ID: ${first.ids[3]}`], 5);
    expect([...first.notes.slice(0, 4), ...second.notes.slice(0, 5)]).toEqual(numbers(1, 9));
  });

  test("B1 npm eventsource resumes by itself over a killed gateway", async () => {
    await publish("agent:es", 1, 3);
    const source = new EventSource(`${gateway.url}/v1/channels/agent:es/events?since=earliest`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer(gateway.token) } }),
    });
    const seen: number[] = [];
    const waiting = new Set<() => void>();
    source.onmessage = (event) => {
      seen.push((JSON.parse(event.data) as Note).data.n);
      for (const look of waiting) look();
    };
    const untilSeen = (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (seen.length >= count) resolve();
        };
        waiting.add(look);
        look();
      });
    await untilSeen(3);
    await gateway.kill9();
    await gateway.restart();
    await publish("agent:es", 4, 6);
    await untilSeen(6);
    source.close();
    expect(seen).toEqual(numbers(1, 6));
  });

  test("D3 a process's log stream: connected, then log, several viewers, resume", async () => {
    const line = (n: number) => ({
      type: "process_output",
      data: { processId: "d3", stream: "stdout", output: `out ${n}`, line: n },
    });
    await post(gateway, "/v1/events", numbers(1, 4).map(line));
    const path = "/v1/processes/d3/logs";
    const [a, b] = await Promise.all([curlPath(path, [], 5), curlPath(path, [], 5)]);
    expect(a.names).toEqual(["connected", "log", "log", "log", "log"]);
    expect(JSON.parse(a.data[0] ?? "")).toMatchObject({ processId: "d3", streamId: expect.any(String) });
    expect(JSON.parse(a.data[0] ?? "").streamId).not.toBe(JSON.parse(b.data[0] ?? "").streamId);
    expect(a.data.slice(1).map((each) => JSON.parse(each).output)).toEqual(["out 1", "out 2", "out 3", "out 4"]);
    const again = await curlPath(path, ["-H", `Last-Event-ID: ${a.ids[2]}`], 3);
    expect(again.data.slice(1).map((each) => JSON.parse(each).line)).toEqual([3, 4]);
  });
});

interface Streamed {
  ids: string[];
  names: string[];
  data: string[];
  notes: number[];
}

const curl = (channel: string, args: string[], count: number): Promise<Streamed> =>
  curlPath(`/v1/channels/${channel}/events`, args, count, true);

/** What curl -N prints until it has `count` events; opening statements are left out when only messages are asked for. */
async function curlPath(path: string, args: string[], count: number, messagesOnly = false): Promise<Streamed> {
  const headers = ["-H", `Authorization: Bearer ${gateway.token}`, "-H", "Accept: text/event-stream"];
  const child = spawn("curl", ["-sN", ...headers, ...args, `${gateway.url}${path}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let streamed = readEvents("", messagesOnly);
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    streamed = readEvents(text.slice(0, text.lastIndexOf("\n\n") + 2), messagesOnly);
    if (streamed.data.length >= count) break;
  }
  child.kill("SIGKILL");
  return streamed;
}

function readEvents(text: string, messagesOnly: boolean): Streamed {
  const streamed: Streamed = { ids: [], names: [], data: [], notes: [] };
  for (const block of text.split("\n\n")) {
    const field = (name: string): string | undefined =>
      block
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = field("data");
    const name = field("event");
    if (data === undefined || (messagesOnly && name !== undefined)) continue;
    streamed.data.push(data);
    streamed.names.push(name ?? "message");
    streamed.ids.push(field("id") ?? "");
    const { n } = ((JSON.parse(data) as { data?: { n?: number } }).data ?? {}) as { n?: number };
    if (n !== undefined) streamed.notes.push(n);
  }
  return streamed;
}
