/** What a version of an entry said, whole: it is in the event that wrote it. */
import type { Client } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";

export async function writtenAt(client: Client, channel: string, epoch: string, offset: number): Promise<unknown> {
  const query = new URLSearchParams({ since: `${epoch}:${offset - 1}`, limit: "1" });
  const { events } = await client.request<{ events: Publication[] }>(
    `/v1/channels/${encodeURIComponent(channel)}/events?${query}`,
  );
  const [event] = events;
  if (event?.offset !== offset) throw new Error("that event is no longer kept");
  const { data } = event;
  return typeof data === "object" && data !== null && "value" in data ? data.value : undefined;
}
