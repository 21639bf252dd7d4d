/** What became of this page's link: its last changes of state, for who asks why something came late. */
import type { Client, LinkState, Readable } from "@signalbox/client";
import { cell } from "./readable.ts";

export interface LinkChange {
  id: number;
  /** Milliseconds since 1970. */
  atMs: number;
  state: "connected" | "cut" | "connecting" | "resumed" | "stopped";
  /** A few words more. */
  words: string;
}

/** Older ones are forgotten. */
const most = 50;

const changes = cell<readonly LinkChange[]>([]);

export const linkLog: Readable<readonly LinkChange[]> = changes;

/** The change that a new state tells, if it tells one. `wasCatching`: streams that were replaying before. */
export function changeOf(
  before: LinkState | undefined,
  now: LinkState,
): Pick<LinkChange, "state" | "words"> | undefined {
  const how = now.transport === undefined ? "" : `over ${now.transport}`;
  if (now.state !== before?.state) {
    const why = now.reason === undefined ? "" : `${now.reason.name}: ${now.reason.help}`;
    if (now.state === "live") return { state: "connected", words: how };
    if (now.state === "waiting") return { state: "cut", words: why };
    if (now.state === "stopped") return { state: "stopped", words: why };
    return now.state === "connecting"
      ? { state: "connecting", words: `attempt ${Math.max(1, now.attempt)}` }
      : undefined;
  }
  if (now.state !== "live" || before === undefined || before.catchingUp === 0 || now.catchingUp > 0) return undefined;
  return { state: "resumed", words: "every stream is at its newest event" };
}

/** Writes down what becomes of the client's link; returns what ends that. */
export function followLink({ link }: Pick<Client, "link">): () => void {
  let before: LinkState | undefined;
  let id = changes.snapshot().at(-1)?.id ?? 0;
  const look = () => {
    const now = link.snapshot();
    const change = changeOf(before, now);
    before = now;
    if (change) changes.set([...changes.snapshot(), { ...change, id: ++id, atMs: Date.now() }].slice(-most));
  };
  look();
  return link.subscribe(look);
}
