/** Requests that fetch would not let anybody send. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import type { Gateway } from "../../src/index.ts";
import { token } from "./gateway.ts";

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

interface RawRequest {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Without a token. */
  anonymous?: boolean;
}

/** With the admin token unless `anonymous`, or `headers` have an authorization of their own. */
export function rawRequest(gateway: Gateway, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { method = "GET", headers = {}, body, anonymous = false } = options;
  return new Promise((resolve, reject) => {
    const { host, port } = gateway;
    const all = anonymous ? headers : { authorization: `Bearer ${token}`, ...headers };
    const sent = request({ host, port, path, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Sends bytes and gives back everything that comes until the end. */
export function rawBytes(gateway: Gateway, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(gateway.port, gateway.host);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
    socket.write(bytes);
  });
}

/** The error of an answer's body. */
export const errorOf = (body: string): { name: string; details?: Record<string, unknown> } =>
  (JSON.parse(body) as { error: { name: string; details?: Record<string, unknown> } }).error;
