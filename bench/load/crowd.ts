/** Many subscribers of one subject. */
import { Connection } from "./connection.ts";
import type { Wire } from "./job.ts";

/** Fewer than any listen backlog. */
const atOnce = 64;

async function subscriber(port: number, wire: Wire): Promise<Connection> {
  const connection = await Connection.open(port, wire);
  for (const { send, expect } of wire.subscribe) {
    const answer = connection.next(expect);
    connection.sendText(send);
    await answer;
  }
  connection.onText = () => {};
  connection.onEnd = () => {};
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
