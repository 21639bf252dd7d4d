/** An HTTP server that keeps what a gateway would keep (§5.4), and fails as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ErrorName, errorCodes } from "@signalbox/protocol";
import type { Gateway } from "../src/sender.ts";

export interface KeptEvent {
  id: string;
  type: string;
  channel: string;
  timestamp: number;
  data: Record<string, unknown>;
  metadata: { producer?: { id: string; epoch: number; seq: number }; tags?: Record<string, string> };
}

/**
 * before: dies without keeping anything. after: keeps all, dies without an answer. half: keeps the first half, then
 * as `after`. error: answers so. page: something that is no gateway answers.
 */
export type Fault = "before" | "after" | "half" | "page" | { error: ErrorName; details?: Record<string, unknown> };

export class ScriptedGateway {
  readonly kept: KeptEvent[] = [];
  duplicates = 0;
  requests = 0;
  /** What happens to the next requests, one each. */
  faults: Fault[] = [];
  /** Refuses an event for good. */
  refuses: (event: KeptEvent) => ErrorName | undefined = () => undefined;
  readonly #server: Server;
  readonly #sequences = new Map<string, { epoch: number; seq: number }>();
  #waiters: Array<{ done: () => boolean; resolve: () => void }> = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ScriptedGateway> {
    const server = createServer();
    const gateway = new ScriptedGateway(server);
    server.on("request", (request, response) => void gateway.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return gateway;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  get gateway(): Gateway {
    const { url } = this;
    return { fetch: (path, init) => fetch(url + path, init) };
  }

  /** Resolves once this holds; looked at after each request. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ done, resolve });
      this.#look();
    });
  }

  /** Its data directory was deleted: it knows nothing any more. */
  forget(): void {
    this.kept.length = 0;
    this.#sequences.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  outputs(): string[] {
    return this.kept.filter((event) => event.type === "process_output").map((event) => String(event.data.output));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    this.requests++;
    const fault = this.faults.shift();
    if (fault === "page") {
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
    } else if (fault === "before") {
      request.socket.destroy();
    } else if (fault === "after" || fault === "half") {
      const events = JSON.parse(body);
      for (const event of fault === "half" ? events.slice(0, Math.ceil(events.length / 2)) : events) this.#keep(event);
      request.socket.destroy();
    } else if (fault !== undefined) {
      const { http } = errorCodes[fault.error];
      response.writeHead(http, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: errorOf(fault.error, fault.details) }));
    } else {
      const results = JSON.parse(body).map((event: KeptEvent) => this.#keep(event));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ results }));
    }
    this.#look();
  }

  #keep(event: KeptEvent): object {
    const refused = this.refuses(event);
    if (refused !== undefined) return { id: event.id, error: errorOf(refused) };
    const { producer } = event.metadata;
    if (producer !== undefined) {
      const key = `${event.channel} ${producer.id}`;
      const had = this.#sequences.get(key) ?? { epoch: producer.epoch, seq: 0 };
      const seq = producer.epoch > had.epoch ? 0 : had.seq;
      if (producer.epoch < had.epoch) return { id: event.id, error: errorOf("fenced", { epoch: had.epoch }) };
      if (producer.seq <= seq) {
        this.duplicates++;
        return { id: event.id, channel: event.channel, epoch: "e1", duplicate: true };
      }
      if (producer.seq > seq + 1) return { id: event.id, error: errorOf("sequence_gap", { expected: seq + 1 }) };
      this.#sequences.set(key, { epoch: producer.epoch, seq: producer.seq });
    }
    this.kept.push(event);
    return { id: event.id, channel: event.channel, epoch: "e1", offset: this.kept.length, duplicate: false };
  }

  #look(): void {
    for (const waiter of this.#waiters) if (waiter.done()) waiter.resolve();
    this.#waiters = this.#waiters.filter((waiter) => !waiter.done());
  }
}

const errorOf = (name: ErrorName, details?: Record<string, unknown>): object => {
  const { number, temporary, help } = errorCodes[name];
  return { name, number, temporary, help, message: help, ...(details === undefined ? {} : { details }) };
};
