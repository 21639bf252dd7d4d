/** All connections to all nodes, looked at again and again; with how each fared since the look before. */
import type { Client } from "@signalbox/client";
import { polled } from "../stores/polled.ts";
import { type Connection, look, type Row, type Seen } from "./fare.ts";

export interface Look {
  rows: Row[];
  /** Nodes that are there and did not answer. */
  silent: string[];
  /** There are more than are looked at. */
  isCut: boolean;
}

interface Page {
  connections: Connection[];
  next?: string;
  silent?: string;
}

const everyMs = 2_000;
/** Looked at in one go. */
export const lookedAt = 2_000;

export function createConnections(client: Pick<Client, "request">) {
  let seen: Seen = new Map();
  return polled<Look>(async (signal) => {
    const all: Connection[] = [];
    const silent: string[] = [];
    let next: string | undefined;
    do {
      const query = new URLSearchParams({ limit: "500", ...(next === undefined ? {} : { after: next }) });
      const page = await client.request<Page>(`/v1/connections?${query}`, { signal });
      all.push(...page.connections);
      if (page.silent !== undefined) silent.push(page.silent);
      ({ next } = page);
    } while (next !== undefined && all.length < lookedAt);
    const found = look(seen, all, Date.now());
    ({ seen } = found);
    return { rows: found.rows, silent, isCut: next !== undefined };
  }, everyMs);
}
