/** A server of somebody else's: it keeps what it is sent, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "../until.ts";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export class Sink {
  readonly received: Received[] = [];
  /** Of the next requests to a path, first to last; 204 when there is none left. */
  readonly answers = new Map<string, number[]>();
  readonly #server: Server;
  /** TCP connections so far. */
  connections = 0;

  static async open(): Promise<Sink> {
    const sink = new Sink();
    await new Promise<void>((resolve) => sink.#server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const path = request.url ?? "";
        this.received.push({ path, headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(this.answers.get(path)?.shift() ?? 204);
        response.end();
      });
    });
    this.#server.on("connection", () => {
      this.connections++;
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What came to a path, once there are so many. */
  async at(path: string, count: number): Promise<Received[]> {
    const all = (): Received[] => this.received.filter((one) => one.path === path);
    await until(`${count} at ${path}`, () => all().length >= count, 30_000);
    return all();
  }

  count(path: string): number {
    return this.received.filter((one) => one.path === path).length;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
