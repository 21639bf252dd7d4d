/**
 * The client half of the VS Code document, written from it alone: `RealtimeMessage`, `toWsUrl`, one WebSocket per session,
 * messages routed by type, malformed ones tolerated. It knows nothing of this repository but a base URL and a token.
 */
import { EventEmitter } from "node:events";
import WebSocket from "ws";

export interface RealtimeMessage {
  type: string;
  session_id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: as the document has it
  data?: any;
}

function toWsUrl(httpUrl: string): string {
  if (httpUrl.startsWith("https://")) return `wss://${httpUrl.slice("https://".length)}`;
  if (httpUrl.startsWith("http://")) return `ws://${httpUrl.slice("http://".length)}`;
  return httpUrl.replace(/^/, "ws://");
}

export class RealtimeClient {
  readonly onMessage = new EventEmitter();
  readonly messages: RealtimeMessage[] = [];
  readonly #serverUrl: string;
  readonly #headers: Record<string, string>;
  readonly #connections = new Map<string, WebSocket>();
  /** By session, once it is closed. */
  readonly closed = new Map<string, number>();

  constructor(serverUrl: string, token: string) {
    this.#serverUrl = serverUrl;
    this.#headers = { Authorization: `Bearer ${token}` };
  }

  async startSession(
    project: string,
    agents: string[],
    objective: string,
  ): Promise<{ session_id: string; status: string }> {
    return this.#post("/orchestrate/start", { project, agents, objective }) as Promise<{
      session_id: string;
      status: string;
    }>;
  }

  async stopSession(sessionId: string): Promise<unknown> {
    return this.#post("/orchestrate/stop", { session_id: sessionId });
  }

  /** One connection per session: a second call uses the first one's. */
  async connect(sessionId: string): Promise<void> {
    if (this.#connections.has(sessionId)) return;
    const socket = new WebSocket(`${toWsUrl(this.#serverUrl)}/ws/session/${sessionId}`, { headers: this.#headers });
    this.#connections.set(sessionId, socket);
    socket.on("message", (data) => {
      try {
        const message = JSON.parse(String(data)) as RealtimeMessage;
        this.messages.push(message);
        this.onMessage.emit(message.type, message);
      } catch {
        // Malformed messages must not crash the client.
      }
    });
    socket.on("close", (code) => {
      this.#connections.delete(sessionId);
      this.closed.set(sessionId, code);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => {});
  }

  send(sessionId: string, message: RealtimeMessage | string): void {
    this.#connections.get(sessionId)?.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The data of the session_updates so far. */
  // biome-ignore lint/suspicious/noExplicitAny: as the document has it
  updates(): any[] {
    return this.messages.filter(({ type }) => type === "session_update").map(({ data }) => data);
  }

  dispose(): void {
    for (const socket of this.#connections.values()) socket.terminate();
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(this.#serverUrl + path, {
      method: "POST",
      headers: { ...this.#headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
