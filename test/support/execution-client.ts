/**
 * A client written from the execution document alone: its four event interfaces, commands, answers to checkpoints, rooms and
 * direct messages over one WebSocket. It knows nothing of this repository but an address and a token.
 */
import WebSocket from "ws";

export interface ExecutionUpdateEvent {
  type: "execution_update";
  executionId: string;
  status: string;
  currentStep?: string;
  progress: number;
  timestamp: string;
}

export interface StepUpdateEvent {
  type: "step_update";
  executionId: string;
  stepId: string;
  status: string;
  result?: unknown;
  timestamp: string;
}

export interface BrowserUpdateEvent {
  type: "browser_update";
  sessionId: string;
  screenshot?: string;
  url?: string;
  timestamp: string;
}

export interface CheckpointEvent {
  type: "checkpoint_required";
  executionId: string;
  stepId: string;
  checkpointData: unknown;
  timestamp: string;
}

/** What they have beside that, and other types, have any members. */
// biome-ignore lint/suspicious/noExplicitAny: any shape may come
export type Received = { type: string; cursor?: string } & Record<string, any>;

export class WebSocketClient {
  readonly received: Received[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.received.push(JSON.parse(String(data)) as Received));
    this.closed = new Promise((resolve) => socket.on("close", (code) => resolve(code)));
    socket.on("error", () => {});
  }

  /** Rejects with the status where the server does not upgrade. */
  static async connect(address: string, token: string, headers: Record<string, string> = {}): Promise<WebSocketClient> {
    const authorization = token === "" ? {} : { Authorization: `Bearer ${token}` };
    const socket = new WebSocket(address, { headers: { ...authorization, ...headers } });
    const client = new WebSocketClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_request, response) => reject(new Error(String(response.statusCode))));
      socket.once("error", reject);
    });
    return client;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  of<Event extends { type: string }>(type: Event["type"]): Array<Event & Received> {
    return this.received.filter((one) => one.type === type) as Array<Event & Received>;
  }

  close(): void {
    this.#socket.terminate();
  }
}
