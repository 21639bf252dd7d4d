/** Connections to other nodes: kept for further requests, and with TLS only to who is certainly one. */
import { Agent, type AgentOptions } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/** A node of the same network that does not answer by then is not there. */
const connectMs = 3_000;
/** Shorter than a gateway keeps a quiet connection (72 s), so that none is used as it is closed. */
const quietMs = 60_000;
const quietAtMost = 256;

const settings: AgentOptions = { keepAlive: true, maxFreeSockets: quietAtMost, timeout: quietMs, scheduling: "lifo" };

interface Place {
  host?: string | null | undefined;
  port?: number | string | null | undefined;
}

type Made = (error: Error | null, socket: Duplex) => void;

class PlainLines extends Agent {
  override createConnection({ host, port }: Place, made: Made = () => {}): null {
    const socket = connect({ host: host ?? "", port: Number(port), noDelay: true });
    return settled(socket, "connect", () => undefined, made);
  }
}

class SecureLines extends SecureAgent {
  readonly #own: () => string | undefined;

  constructor(own: () => string | undefined) {
    super({ ...settings, maxCachedSessions: 0 });
    this.#own = own;
  }

  override createConnection({ host, port }: Place, made: Made = () => {}): null {
    // Looked at here, before a byte of the request is written: it is seldom one for a node's own address, but nodes share one.
    const socket = connectTls({ host: host ?? "", port: Number(port), rejectUnauthorized: false });
    const wrong = (): Error | undefined => {
      const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
      if (socket.authorized || (fingerprint !== undefined && fingerprint === this.#own())) return undefined;
      return new Error(`its certificate is neither this node's nor trusted: ${socket.authorizationError}`);
    };
    return settled(socket, "secureConnect", wrong, made);
  }
}

export class Lines {
  readonly #plain = new PlainLines(settings);
  readonly #secure: SecureLines;

  /** `own`: fingerprint of this node's certificate. */
  constructor(own: () => string | undefined) {
    this.#secure = new SecureLines(own);
  }

  of({ protocol }: URL): Agent {
    return protocol === "https:" ? this.#secure : this.#plain;
  }

  end(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}

/** Gives the socket on once it is connected and nothing is wrong with who is there. */
function settled(socket: Socket, connected: string, wrong: () => Error | undefined, made: Made): null {
  const failed = (error: Error): void => {
    clearTimeout(timer);
    socket.destroy();
    made(error, socket);
  };
  const timer = setTimeout(() => failed(new Error("it does not answer")), connectMs);
  socket.once("error", failed);
  socket.once(connected, () => {
    clearTimeout(timer);
    socket.removeListener("error", failed);
    const error = wrong();
    if (error === undefined) made(null, socket);
    else failed(error);
  });
  return null;
}
