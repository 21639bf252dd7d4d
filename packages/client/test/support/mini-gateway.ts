/** A small real server that speaks spec/protocol.md over the network, with a ModelGateway behind it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Message } from "@signalbox/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { type Connection, ModelGateway } from "./model-gateway.ts";

export interface Mini {
  readonly url: string;
  readonly gateway: ModelGateway;
  /** Requests so far, oldest first. */
  readonly requests: Array<{ path: string; token: string | undefined; body: string }>;
  /** The good token; without one all are let in. */
  token: string | undefined;
  /** Upgrades are refused, as by a proxy that knows no WebSockets. */
  webSockets: boolean;
  /** Streams are held back until so many characters came, as by a proxy that buffers; Infinity: until they end. */
  collects: number;
  /** Answers this to the next HTTP request instead. */
  instead: { status: number; body: string; headers?: Record<string, string> } | undefined;
  /** A publication, and all that connections have to send. */
  publish(channel: string, n: number): void;
  /** Runs something on the model, then sends what that gave. */
  change(deed: (gateway: ModelGateway) => void): void;
  /** Sends this text on every WebSocket or stream. */
  say(text: string): void;
  /** Ends every connection: WebSockets with the close code, streams by the end of the answer. */
  cut(code?: number, reason?: string): void;
  /** Polls that wait are answered with this status, as by a proxy that has waited long enough. */
  refuseWaiting(status: number): void;
  /** Tears every connection's socket. */
  tear(): void;
  close(): Promise<void>;
}

export async function miniGateway(): Promise<Mini> {
  const gateway = new ModelGateway();
  const sockets = new Set<Socket>();
  const pumps = new Set<() => void>();
  const waiting = new Set<(status: number) => void>();
  const open = new Set<{ say: (text: string) => void; end: (code: number, reason: string) => void }>();
  const wss = new WebSocketServer({ noServer: true, handleProtocols: () => "signalbox.v1" });

  const server: Server = createServer((request, response) => void answer(request, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    if (mini.webSockets) wss.handleUpgrade(request, socket, head, (ws) => serve(ws));
    else socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
  });

  const mini: Mini = {
    url: "",
    gateway,
    requests: [],
    token: undefined,
    webSockets: true,
    collects: 0,
    instead: undefined,
    publish: (channel, n) => mini.change(() => gateway.publish(channel, n)),
    change(deed) {
      deed(gateway);
      for (const pump of [...pumps]) pump();
    },
    say(text) {
      for (const each of open) each.say(text);
    },
    cut(code = 1001, reason = "") {
      for (const each of [...open]) each.end(code, reason);
    },
    refuseWaiting(status) {
      for (const refuse of [...waiting]) refuse(status);
    },
    tear() {
      for (const socket of [...sockets]) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      wss.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  /** Sends what a connection has, now and whenever the model changed. */
  function attach(connection: Connection, send: (messages: Message[]) => void): () => void {
    const pump = (): void => {
      const messages = connection.queue.splice(0);
      if (messages.length > 0) send(messages);
    };
    pumps.add(pump);
    pump();
    return () => {
      pumps.delete(pump);
      connection.end();
    };
  }

  function serve(ws: WebSocket): void {
    const connection = gateway.connect();
    let admitted = mini.token === undefined;
    const detach = attach(connection, (messages) => {
      for (const message of messages) ws.send(JSON.stringify(message));
    });
    const handle = {
      say: (text: string) => ws.send(text),
      end: (code: number, reason: string) => ws.close(code, reason),
    };
    open.add(handle);
    ws.on("close", () => {
      open.delete(handle);
      detach();
    });
    ws.on("message", (data) => {
      const text = String(data);
      const received = JSON.parse(text) as Message | Message[];
      const messages = [received].flat();
      mini.requests.push({ path: `ws ${messages.map(({ type }) => type).join(" ")}`, token: undefined, body: text });
      for (const message of messages) {
        if (message.type === "auth_request") {
          const given = (message.data as { token: string }).token;
          admitted = given === mini.token;
          const data = admitted ? { principal: { kind: "user", id: "u" } } : unauthenticated;
          ws.send(JSON.stringify({ id: "auth", type: admitted ? "auth_success" : "auth_failure", timestamp: 0, data }));
          if (!admitted) ws.close(3501, "unauthorized");
        } else if (!admitted) ws.send(JSON.stringify({ id: "e", type: "error", timestamp: 0, data: unauthenticated }));
        else mini.change(() => connection.receive(JSON.stringify(message)));
      }
    });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const path = request.url ?? "";
    const token = request.headers.authorization?.replace("Bearer ", "");
    mini.requests.push({ path, token, body });
    const { instead } = mini;
    mini.instead = undefined;
    if (instead) response.writeHead(instead.status, instead.headers).end(instead.body);
    else if (mini.token !== undefined && token !== mini.token) {
      json(response, 401, { error: unauthenticated });
    } else if (path === "/v1/stream") stream(JSON.parse(body) as Message[], response);
    else if (path === "/v1/poll") poll(JSON.parse(body) as { messages: Message[]; waitMs: number }, response);
    else if (path === "/v1/events") publishAll([JSON.parse(body) as Message].flat(), response);
    else json(response, 404, { error: { ...unauthenticated, name: "not_found", number: 113 } });
  }

  function stream(messages: Message[], response: ServerResponse): void {
    const connection = gateway.connect();
    for (const message of messages) connection.receive(JSON.stringify(message));
    let held = "";
    const write = (text: string): void => {
      held += text;
      if (held.length < mini.collects) return;
      response.write(held);
      held = "";
    };
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (mini.collects === 0) response.flushHeaders();
    const detach = attach(connection, (all) => {
      for (const message of all) write(`data: ${JSON.stringify(message)}\n\n`);
    });
    const leave = (): void => {
      open.delete(handle);
      detach();
    };
    const handle = {
      say: write,
      end() {
        leave();
        response.end(held);
      },
    };
    open.add(handle);
    response.on("close", leave);
  }

  function poll({ messages, waitMs }: { messages: Message[]; waitMs: number }, response: ServerResponse): void {
    const connection = gateway.connect();
    for (const message of messages) connection.receive(JSON.stringify(message));
    const first = connection.queue.splice(0);
    let detach = (): void => {};
    let done = false;
    const end = (more: Message[], status = 200): void => {
      if (done) return;
      done = true;
      open.delete(handle);
      waiting.delete(refuse);
      queueMicrotask(() => detach());
      json(response, status, status === 200 ? { messages: [...first, ...more] } : "waited long enough");
    };
    const refuse = (status: number): void => end([], status);
    const handle = { say: () => {}, end: () => end([]) };
    open.add(handle);
    response.on("close", () => end([]));
    if (waitMs === 0 || first.some(({ offset }) => offset !== undefined)) {
      connection.end();
      end([]);
      return;
    }
    waiting.add(refuse);
    detach = attach(connection, end);
  }

  function publishAll(messages: Message[], response: ServerResponse): void {
    const connection = gateway.connect();
    mini.change(() => {
      for (const message of messages) connection.receive(JSON.stringify(message));
    });
    const results = connection.queue
      .splice(0)
      .filter(({ type }) => type === "ack")
      .flatMap(({ data }) => (data as { results: unknown[] }).results);
    connection.end();
    json(response, 200, { results });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(mini, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const unauthenticated = { name: "unauthenticated", number: 115, message: "no", temporary: false, help: "Log in." };

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};
