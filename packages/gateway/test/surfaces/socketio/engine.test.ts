/** What is read of Engine.IO's inside means what it should: with another version of it this may fail first. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { closeWithin, type Engine, tcpOf, webSocketOf } from "../../../src/surfaces/socketio/engine.ts";

async function connected(transport: "websocket" | "polling"): Promise<Engine> {
  const server = createServer();
  const sockets = new Server(server, { transports: ["polling", "websocket"], wsEngine: WebSocketServer });
  onTestFinished(async () => {
    await sockets.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = io(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { transports: [transport] });
  onTestFinished(() => void client.disconnect());
  const [socket] = await once(sockets, "connection");
  return socket.conn;
}

test("the TCP connection under a WebSocket", async () => {
  const engine = await connected("websocket");
  expect(webSocketOf(engine)).toMatchObject({ readyState: 1 });
  expect(tcpOf(engine)?.remoteAddress).toBe("127.0.0.1");
  // There is nothing to wait for.
  expect(() => closeWithin(engine, 1)).not.toThrow();
});

test("the TCP connection under a poll, and none between two", async () => {
  const engine = await connected("polling");
  expect(webSocketOf(engine)).toBeUndefined();
  await expect.poll(() => tcpOf(engine)?.remoteAddress).toBe("127.0.0.1");
  engine.write("0");
  // Answered in this turn, and the next has not come.
  expect(tcpOf(engine)).toBeNull();
});

test("an end waits for the next poll no longer than it is told to", async () => {
  const engine = await connected("polling");
  await expect.poll(() => tcpOf(engine)).not.toBeNull();
  engine.write("0");
  closeWithin(engine, 1);
  const closed = once(engine, "close");
  engine.close();
  await closed;
});
