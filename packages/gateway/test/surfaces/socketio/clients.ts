/** Socket.IO's own clients, new and old, as people use them. */

import { io as current } from "socket.io-client";
// @ts-expect-error: it has no types of its own
import old from "socket.io-client-2";
import { onTestFinished } from "vitest";

export type Emitted = [name: string, ...args: unknown[]];

/** What both have in common. */
export interface Client {
  readonly connected: boolean;
  readonly id?: string | undefined;
  /** Its transport is there. */
  readonly io: { engine: { transport: { name: string } } };
  on(name: string, listener: (...args: never[]) => void): unknown;
  once(name: string, listener: (...args: never[]) => void): unknown;
  emit(name: string, ...args: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

export type Transports = ["websocket"] | ["polling"] | ["polling", "websocket"];

export interface Kind {
  name: string;
  transports: Transports;
  open(url: string, options: Record<string, unknown>): Client;
}

const kindsOf = (name: string, open: (url: string, options: object) => Client): Kind[] =>
  ([["websocket"], ["polling"], ["polling", "websocket"]] as Transports[]).map((transports) => ({
    name: `${name} over ${transports.join(" and then ")}`,
    transports,
    open: (url, options) => {
      const client = open(url, {
        transports,
        forceNew: true,
        forceNode: true,
        reconnectionDelay: 20,
        reconnectionDelayMax: 100,
        ...options,
      });
      onTestFinished(() => void client.disconnect());
      return client;
    },
  }));

export const newKinds: readonly Kind[] = kindsOf(
  "socket.io-client 4.8",
  (url, options) => current(url, options) as unknown as Client,
);
export const oldKinds: readonly Kind[] = kindsOf("socket.io-client 2.5", (url, options) => old(url, options));

/** How each of them brings a token. */
export const bringing = (kind: Kind, token: string): Record<string, unknown> =>
  oldKinds.includes(kind)
    ? {
        extraHeaders: { Authorization: `Bearer ${token}` },
        transportOptions: { polling: { extraHeaders: { Authorization: `Bearer ${token}` } } },
      }
    : { auth: { token } };

const names = [
  "process-started",
  "process-stopped",
  "process-output",
  "process-error",
  "task-assigned",
  "task-completed",
  "system-alert",
  "gap",
  "error",
  "positions",
  "going-away",
  "unsubscribed",
  "auth-expiring",
];

/** Everything it is told, in order. */
export function heard(client: Client): Emitted[] {
  const all: Emitted[] = [];
  for (const name of names) client.on(name, (...args: unknown[]) => void all.push([name, ...args]));
  return all;
}

export const once = <Value>(client: Client, name: string): Promise<Value> =>
  new Promise((resolve) => client.once(name, (value: Value) => resolve(value)));

/** The answer to an event. */
export const ask = (client: Client, name: string, ...args: unknown[]): Promise<Record<string, unknown>> =>
  new Promise((resolve) => client.emit(name, ...args, resolve));
