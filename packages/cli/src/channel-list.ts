/** Channels of a pattern, page by page. */
import type { Client } from "@signalbox/client";

export interface ChannelRow {
  channel: string;
  epoch: string;
  /** Newest offset. */
  offset: number;
  /** Oldest offset kept. */
  oldest: number;
  bytes: number;
  updatedMs: number;
  subscribers: number;
}

const pageSize = 1_000;

export async function* channelPages(client: Client, pattern: string): AsyncGenerator<ChannelRow[]> {
  for (let after: string | undefined; ; ) {
    const query = new URLSearchParams({ pattern, limit: String(pageSize), ...(after === undefined ? {} : { after }) });
    const page = await client.request<{ channels: ChannelRow[]; next?: string }>(`/v1/channels?${query}`);
    yield page.channels;
    if (page.next === undefined) return;
    after = page.next;
  }
}
