/** Which channels tell of something, such as tests: found in their newest events, then as they begin to. */
import type { Client, Readable } from "@signalbox/client";
import { whileWatched } from "./while-watched.ts";

export interface ChannelWith {
  channel: string;
  /** When it last told of anything, milliseconds since 1970. */
  at: number;
}

export interface ChannelsWith {
  channels: readonly ChannelWith[];
  /** Channels still to be looked into. */
  left: number;
  /** Channels that were not looked into: only the newest are. */
  cut: number;
  error: string | undefined;
}

export interface Search {
  /** `session:*`. */
  pattern: string;
  types: readonly string[];
  /** Newest events of each channel that are looked into, of whatever type. */
  last: number;
}

/** Of each pattern, those that changed last. */
const channelsMost = 200;
/** Asked at the same time. */
const asksMost = 3;
const renewedEveryMs = 200;

export function channelsWith(client: Client, searches: readonly Search[]): Readable<ChannelsWith> {
  const found = new Map<string, ChannelWith>();
  return whileWatched<ChannelsWith>(
    { channels: [], left: 1, cut: 0, error: undefined },
    ({ soon }) => {
      const add = (channel: string, at: number) => {
        const before = found.get(channel);
        if (before && before.at >= at) return;
        found.set(channel, { channel, at });
        soon();
      };
      const ended = new AbortController();
      const watches = searches.map(({ pattern, types }) =>
        client.watch(pattern, {
          filter: { types: [...types] },
          onEvent: ({ channel, timestamp }) => add(channel, timestamp),
          onError: ({ message, help }) => soon({ error: `${message} ${help}` }),
        }),
      );
      void look(client, searches, ended.signal, add, soon);
      return () => {
        ended.abort();
        for (const watch of watches) watch.stop();
      };
    },
    { everyMs: renewedEveryMs, now: () => ({ channels: [...found.values()].sort((a, b) => b.at - a.at) }) },
  );
}

interface Listed {
  channels: Array<{ channel: string; updatedMs: number }>;
  next?: string;
}

async function look(
  client: Client,
  searches: readonly Search[],
  signal: AbortSignal,
  add: (channel: string, at: number) => void,
  tell: (change: Partial<ChannelsWith>) => void,
): Promise<void> {
  const waiting: Array<{ channel: string; updatedMs: number; search: Search }> = [];
  let cut = 0;
  try {
    for (const search of searches) {
      const all = await listed(client, search.pattern, signal);
      const newest = all.sort((a, b) => b.updatedMs - a.updatedMs).slice(0, channelsMost);
      cut += all.length - newest.length;
      waiting.push(...newest.map((one) => ({ ...one, search })));
    }
    tell({ left: waiting.length, cut });
    const ask = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
        if (await tells(client, next.channel, next.search, signal)) add(next.channel, next.updatedMs);
        tell({ left: waiting.length });
      }
    };
    await Promise.all(Array.from({ length: asksMost }, ask));
  } catch (error) {
    if (!signal.aborted) tell({ left: 0, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Pages of the gateway's list that are read. */
const listPages = 10;

async function listed(client: Client, pattern: string, signal: AbortSignal): Promise<Listed["channels"]> {
  const all: Listed["channels"] = [];
  let after: string | undefined;
  for (let page = 0; page < listPages; page++) {
    const query = new URLSearchParams({ pattern, limit: "1000", ...(after === undefined ? {} : { after }) });
    const answer = await client.request<Listed>(`/v1/channels?${query}`, { signal });
    all.push(...answer.channels);
    after = answer.next;
    if (after === undefined) break;
  }
  return all;
}

async function tells(client: Client, channel: string, search: Search, signal: AbortSignal): Promise<boolean> {
  const query = new URLSearchParams({ since: `last:${search.last}`, types: search.types.join(","), limit: "1" });
  const address = `/v1/channels/${encodeURIComponent(channel)}/events?${query}`;
  const { events } = await client.request<{ events: unknown[] }>(address, { signal });
  return events.length > 0;
}
