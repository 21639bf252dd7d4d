/**
 * What the processes of a run write down: before and after each thing they ask of the gateway, and around each thing they
 * really do. Nothing here is the gateway's own word about itself; that is `FinalHistory`.
 */

/** Where and when. Steady time is the machine's, so that it can be compared between processes. */
export interface Stamp {
  seed: number;
  /** Name of the file: one process, one life. */
  process: string;
  /** Counts the records of the file, from 1. */
  n: number;
  steadyMs: number;
  /** Milliseconds since 1970. */
  wallMs: number;
}

/** What is asked of the gateway. */
export type Operation = "publish" | "give" | "cancel" | "deliver" | "start" | "end" | "ask" | "decide" | "apply";

/** Of one attempt to have it done; `n` of its record tells it from others of the process. */
export interface Invoke {
  what: "invoke";
  op: Operation;
  /** Names the attempt: no two of a run have the same. */
  attempt: string;
  /** The same in every attempt of the same thing; absent where each attempt is a thing of its own. */
  id?: string;
  /** Type of the event that it makes. */
  type: string;
  channel: string;
  /** The command or checkpoint that it is about; absent for `publish`. */
  subject?: string;
  /** Who asks, as `*By` members say it. */
  by: string;
  /** Members that the event must have as they are here. */
  data: Readonly<Record<string, unknown>>;
}

/** It is done, said the gateway. */
export interface Ok {
  what: "ok";
  attempt: string;
  epoch?: string;
  offset?: number;
  duplicate?: boolean;
}

/** It is not done, said the gateway: with the state that is in the way. */
export interface Refused {
  what: "refused";
  attempt: string;
  error: string;
  details: Readonly<Record<string, unknown>>;
}

/** No answer came, or one that does not say: it may be done or not. */
export interface Unknown {
  what: "unknown";
  attempt: string;
  why: string;
}

/** A command or checkpoint as somebody was told that it is. */
export interface Told {
  what: "told";
  of: Subject;
  id: string;
  state: string;
  decision?: string;
  decidedBy?: string;
}

export type Subject = "command" | "checkpoint";

/**
 * The deed itself: `begin` is on the disk before it, `effect` is the deed (a line in the agent's own file of deeds), `end` is
 * on the disk after it. Of a command, or of a checkpoint: what may only run once that is approved.
 */
export interface Deed {
  what: "begin" | "effect" | "end";
  of: Subject;
  id: string;
}

export interface Kill {
  what: "kill";
  of: "gateway" | "agent";
  /** At what point of the work. */
  at: string;
}

/** Something else is broken on purpose, or mended: the store that nodes share, a link, a whole deploy. */
export interface Fault {
  what: "fault";
  kind: string;
  phase: "start" | "stop";
  /** Channels may begin anew: with all that was kept, or, where it `loses`, without. Whoever watches has to be told. */
  renews?: true;
  loses?: true;
}

/** A viewer's client handed an event over. */
export interface Seen {
  what: "seen";
  /** Names the viewer: no two of a run have the same. */
  viewer: string;
  channel: string;
  epoch: string;
  offset: number;
  id: string;
}

/** A viewer's client said what is not coming. `to` absent: the channel has begun anew. */
export interface SeenGap {
  what: "gap";
  viewer: string;
  channel: string;
  reason: string;
  epoch: string;
  from: number;
  to?: number;
}

/** No more kills: from here on everything comes to its end. */
export interface Healed {
  what: "healed";
}

export type Said = Invoke | Ok | Refused | Unknown | Told | Deed | Kill | Fault | Seen | SeenGap | Healed;
export type HistoryRecord<One extends Said = Said> = One extends Said ? One & Stamp : never;

const kinds: ReadonlySet<unknown> = new Set([
  ...["invoke", "ok", "refused", "unknown", "told"],
  ...["begin", "effect", "end", "kill", "fault", "seen", "gap", "healed"],
]);

/** A line of a file. Files are written by `Recorder` only: of its members the ones that order them are looked at. */
export function decodeRecord(line: string): HistoryRecord {
  const value: unknown = JSON.parse(line);
  if (!isStamped(value) || !kinds.has(value.what)) throw new Error(`no record of a history: ${line.slice(0, 200)}`);
  return value;
}

function isStamped(value: unknown): value is HistoryRecord {
  if (typeof value !== "object" || value === null) return false;
  const { n, process, steadyMs } = value as Partial<Stamp>;
  return typeof n === "number" && typeof steadyMs === "number" && typeof process === "string";
}
