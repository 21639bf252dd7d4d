/** Other people's clients, beyond what test/interop.test.ts asks of each: over a killed gateway, and the document's log stream. */
import { once } from "node:events";
import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { curlStream, type Streamed } from "./support/interop/http-peers.ts";

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
    const curl = (args: string[], count: number): Promise<Streamed> =>
      curlStream(
        ["-H", `Authorization: Bearer ${gateway.token}`, ...args, `${gateway.url}/v1/processes/d3/logs`],
        count,
        true,
      );
    const [a, b] = await Promise.all([curl([], 5), curl([], 5)]);
    expect(a.names).toEqual(["connected", "log", "log", "log", "log"]);
    expect(JSON.parse(a.data[0] ?? "")).toMatchObject({ processId: "d3", streamId: expect.any(String) });
    expect(JSON.parse(a.data[0] ?? "").streamId).not.toBe(JSON.parse(b.data[0] ?? "").streamId);
    expect(a.data.slice(1).map((each) => JSON.parse(each).output)).toEqual(["out 1", "out 2", "out 3", "out 4"]);
    const again = await curl(["-H", `Last-Event-ID: ${a.ids[2]}`], 3);
    expect(again.data.slice(1).map((each) => JSON.parse(each).line)).toEqual([3, 4]);
  });
});
