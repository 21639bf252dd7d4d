/** All versions of a note that the gateway keeps: read from the session's history, newest first. */
import type { Client } from "@signalbox/client";
import { formatPosition, type Position, type Publication } from "@signalbox/protocol";

export interface NoteVersion {
  /** null: it was removed. */
  text: string | null;
  by: string | undefined;
  at: number;
}

/** Pages read at most: a session with more notes than this is read from its end. */
const pagesMost = 20;
const pageEvents = 300;

export async function noteVersions(client: Client, channel: string, noteId: string): Promise<readonly NoteVersion[]> {
  const versions: NoteVersion[] = [];
  let since = "earliest";
  for (let page = 0; page < pagesMost; page++) {
    const query = new URLSearchParams({ types: "session_note", limit: String(pageEvents), since });
    const { events, next, top }: { events: Publication[]; next: Position; top: number } = await client.request(
      `/v1/channels/${encodeURIComponent(channel)}/events?${query}`,
    );
    for (const event of events) {
      const version = versionIn(event, noteId);
      if (version) versions.unshift(version);
    }
    if (next.offset >= top) break;
    since = formatPosition(next);
  }
  return versions;
}

export function versionIn({ data, timestamp }: Publication, noteId: string): NoteVersion | undefined {
  if (typeof data !== "object" || data === null || Reflect.get(data, "noteId") !== noteId) return undefined;
  const text = Reflect.get(data, "text");
  const by = Reflect.get(data, "by");
  if (typeof text !== "string" && text !== null) return undefined;
  return { text, by: typeof by === "string" ? by : undefined, at: timestamp };
}
