/** Many subscribers of one subject. */
import { Connection } from "./connection.ts";
import type { Step, Wire } from "./job.ts";

/** Fewer than any listen backlog. */
const atOnce = 64;

/** Takes the steps one after the other. Set `onText` and `onEnd` again afterwards. */
async function walk(connection: Connection, steps: readonly Step[]): Promise<void> {
  for (const { send, expect } of steps) {
    const answer = connection.next(expect);
    connection.sendText(send);
    await answer;
  }
  connection.onText = () => {};
  connection.onEnd = () => {};
}

async function subscriber(port: number, wire: Wire): Promise<Connection> {
  const connection = await Connection.open(port, wire);
  await walk(connection, [...(wire.hello ?? []), ...wire.subscribe]);
  return connection;
}

export async function crowd(count: number, port: number, wire: Wire): Promise<Connection[]> {
  const all: Connection[] = [];
  while (all.length < count) {
    const group = Math.min(atOnce, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: group }, () => subscriber(port, wire)))));
  }
  return all;
}

/** A connection that may publish and is sent nothing on purpose. */
export async function publisherOf(port: number, wire: Wire): Promise<Connection> {
  const connection = await Connection.open(port, wire);
  await walk(connection, wire.hello ?? []);
  return connection;
}
