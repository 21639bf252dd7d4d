/**
 * Every peer of docs/reference/interop.md against a real gateway. The page is made here:
 * `npx vitest run --project system test/interop.test.ts -u` writes it anew.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket as NpmWebSocket } from "ws";
import { programPath } from "../scripts/setup-system.ts";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer } from "./support/http.ts";
import { curlCells, eventSourceCells } from "./support/interop/http-peers.ts";
import { cellNames, type PeerName, page, peer, peerNames, render, root } from "./support/interop/matrix.ts";
import { type Outcomes, type Place, webSocketCells } from "./support/interop/web-socket.ts";

const run = promisify(execFile);
const python = join(root, ".venv/bin/python");
const folder = join(root, "test/support/interop");

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});

const place = (channel: string, proof: Place["proof"]): Place => ({
  ...{ url: `${gateway.url.replace("http", "ws")}/v1/ws`, token: gateway.token, channel, proof },
});

/** A program that prints its outcomes as JSON. */
async function program(command: string, file: string, ...args: string[]): Promise<Outcomes> {
  const { stdout } = await run(command, [join(folder, file), ...args]);
  return JSON.parse(stdout) as Outcomes;
}

const overWebSocket = (command: string, file: string, channel: string, ...before: string[]): Promise<Outcomes> => {
  const { url, token } = place(channel, "header");
  return program(command, file, ...before, url, token, channel);
};

const overSocketIo = (command: string, file: string, processId: string, ...before: string[]): Promise<Outcomes> =>
  program(command, file, ...before, gateway.url, gateway.token, processId);

const tries: Record<PeerName, () => Promise<Outcomes>> = {
  ws: () =>
    webSocketCells(place("agent:ws", "header"), (protocols, token) => {
      const socket: unknown = new NpmWebSocket(place("", "header").url, protocols, { headers: bearer(token) });
      return socket as WebSocket;
    }),
  undici: () => webSocketCells(place("agent:undici", "subprotocol")),
  chromium: inChromium,
  websockets: () => overWebSocket(python, "websocket_peer.py", "agent:websockets", "websockets"),
  aiohttp: () => overWebSocket(python, "websocket_peer.py", "agent:aiohttp", "aiohttp"),
  jdk: () => overWebSocket("java", "WebSocketPeer.java", "agent:jdk"),
  eventsource: () => eventSourceCells(gateway, "agent:eventsource"),
  curl: () => curlCells(gateway, "agent:curl"),
  socketio4: () => overSocketIo(process.execPath, "socketio-peer.mjs", "io4", "socket.io-client"),
  socketio2: () => overSocketIo(process.execPath, "socketio-peer.mjs", "io2", "socket.io-client-2"),
  pythonSocketio: () => overSocketIo(python, "socketio_peer.py", "pyio"),
};

/** A page of the gateway's own origin. */
async function inChromium(): Promise<Outcomes> {
  const browser = await startBrowser();
  try {
    const view = await browser.newPage();
    await view.goto(`${gateway.url}/health/live`);
    return await view.evaluate(webSocketCells, place("agent:chromium", "message"));
  } finally {
    await browser.close();
  }
}

const tried = new Set<PeerName>();

describe.concurrent("B1 a peer does all that the page says", () => {
  test.for(peerNames)("%s", async (name, context) => {
    const { program: wanted, holes } = peer(name);
    if (wanted !== undefined && programPath([wanted]) === undefined) {
      context.skip(`there is no ${wanted} on PATH: its row stays as it was recorded`);
    }
    const outcomes = await tries[name]();
    // What a hole says is not tried; everything else is, and was so.
    const wantedCells = cellNames.filter((cell) => holes[cell] === undefined);
    expect(outcomes).toEqual(Object.fromEntries(wantedCells.map((cell) => [cell, "ok"])));
    tried.add(name);
  });
});

test("docs/reference/interop.md says what was tried", async () => {
  const recorded = existsSync(page) ? readFileSync(page, "utf8") : "";
  await expect(render(tried, recorded)).toMatchFileSnapshot(page);
});

test("the row of a program that is not there stays as it was recorded", () => {
  const all = render(new Set(peerNames), "");
  const without = new Set(peerNames.filter((name) => name !== "jdk"));
  expect(render(without, all)).toBe(all);
  expect(render(without, "")).toMatch(/^\| JDK's WebSocket \| not tried \|/m);
});
