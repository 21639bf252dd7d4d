/** Reads everything that a gateway has, when all is over. */
import type { FinalChannel, FinalCheckpoint, FinalCommand, FinalHistory } from "@signalbox/testkit/history";
import type { Asker } from "./asker.ts";

interface Event {
  epoch: string;
  offset: number;
  id: string;
  type: string;
  data: Record<string, unknown>;
  metadata?: { source?: string };
}

export async function readFinalHistory(reader: Asker): Promise<FinalHistory> {
  const { body } = await reader.read("/v1/channels?pattern=*&limit=1000");
  const channels: FinalChannel[] = [];
  for (const { channel } of body.channels as Array<{ channel: string }>)
    channels.push(await readChannel(reader, channel));
  return {
    channels,
    commands: await readLives<FinalCommand>(reader, "commands"),
    checkpoints: await readLives<FinalCheckpoint>(reader, "checkpoints"),
    wallMs: Date.now(),
  };
}

async function readChannel(reader: Asker, channel: string): Promise<FinalChannel> {
  const events: Event[] = [];
  for (let since = "earliest"; ; ) {
    const { body } = await reader.read(`/v1/channels/${encodeURIComponent(channel)}/events?limit=1000&since=${since}`);
    const page = body.events as Event[];
    const { epoch, offset } = body.next as { epoch: string; offset: number };
    events.push(...page);
    since = `${epoch}:${offset}`;
    if (page.length > 0) continue;
    return {
      ...{ channel, epoch, floor: Number(body.floor) },
      events: events.map(({ metadata, id, type, data, epoch, offset }) => ({
        ...{ channel, epoch, offset, id, type, data },
        byGateway: metadata?.source === "gateway",
      })),
    };
  }
}

async function readLives<Life>(reader: Asker, what: "commands" | "checkpoints"): Promise<Life[]> {
  const lives: Life[] = [];
  for (let after = ""; ; ) {
    const { body } = await reader.read(`/v1/${what}?limit=1000&after=${encodeURIComponent(after)}`);
    lives.push(...(body[what] as Life[]));
    if (typeof body.next !== "string") return lives;
    after = body.next;
  }
}
