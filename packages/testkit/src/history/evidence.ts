/** A history with everything about one thing together: what the invariants look at. */
import type { FinalChannel, FinalCheckpoint, FinalCommand, FinalEvent, FinalHistory } from "./final.ts";
import { inOrder } from "./reading.ts";
import type {
  Deed,
  HistoryRecord,
  Invoke,
  Ok,
  Operation,
  Refused,
  Seen,
  SeenGap,
  Subject,
  Told,
  Unknown,
} from "./record.ts";

/** One attempt, and what became of it; without an answer its process was killed before there was one. */
export interface Attempt {
  invoke: HistoryRecord<Invoke>;
  answer: HistoryRecord<Ok> | HistoryRecord<Refused> | HistoryRecord<Unknown> | undefined;
}

export type OkAttempt = Attempt & { answer: HistoryRecord<Ok> };

export class Evidence {
  /** In order. */
  readonly records: readonly HistoryRecord[];
  readonly attempts: readonly Attempt[];
  readonly oks: readonly OkAttempt[];
  readonly final: FinalHistory;
  readonly commands: ReadonlyMap<string, FinalCommand>;
  readonly checkpoints: ReadonlyMap<string, FinalCheckpoint>;
  readonly channels: ReadonlyMap<string, FinalChannel>;
  /** Kept events of the things that have a life, in order, by `SUBJECT ID`. */
  readonly #lives = new Map<string, FinalEvent[]>();
  /** The other kept events, by their ids. */
  readonly #others = new Map<string, FinalEvent[]>();
  readonly #places = new Map<string, FinalEvent>();
  readonly #deeds = new Map<string, HistoryRecord<Deed>[]>();

  constructor(records: readonly HistoryRecord[], final: FinalHistory) {
    this.records = inOrder(records);
    this.final = final;
    this.attempts = attemptsIn(this.records);
    this.oks = this.attempts.filter(isOk);
    this.commands = new Map(final.commands.map((command) => [command.commandId, command]));
    this.checkpoints = new Map(final.checkpoints.map((checkpoint) => [checkpoint.checkpointId, checkpoint]));
    this.channels = new Map(final.channels.map((channel) => [channel.channel, channel]));
    for (const { events } of final.channels) {
      for (const event of events) {
        const subject = subjectOf(event);
        if (subject !== undefined)
          add(this.#lives, `${event.type.startsWith("command_") ? "command" : "checkpoint"} ${subject}`, event);
        else add(this.#others, event.id, event);
        this.#places.set(`${event.channel} ${event.offset}`, event);
      }
    }
    for (const record of this.records) if (isDeed(record)) add(this.#deeds, `${record.of} ${record.id}`, record);
  }

  get told(): HistoryRecord<Told>[] {
    return this.records.filter((record) => record.what === "told");
  }

  /** Ids of everything of this kind that has a kept event. */
  ids(of: Subject): string[] {
    return [...this.#lives.keys()].filter((key) => key.startsWith(`${of} `)).map((key) => key.slice(of.length + 1));
  }

  /** Kept events about it, the oldest first. */
  life(of: Subject, id: string): readonly FinalEvent[] {
    return this.#lives.get(`${of} ${id}`) ?? [];
  }

  /** What was done of it, in order; by kind and id for all. */
  get deeds(): ReadonlyMap<string, readonly HistoryRecord<Deed>[]> {
    return this.#deeds;
  }

  deedsOf(of: Subject, id: string): readonly HistoryRecord<Deed>[] {
    return this.#deeds.get(`${of} ${id}`) ?? [];
  }

  at(channel: string, offset: number): FinalEvent | undefined {
    return this.#places.get(`${channel} ${offset}`);
  }

  /** The kept events that an attempt could have made, the oldest first. */
  madeBy(invoke: Invoke): readonly FinalEvent[] {
    const { op, subject, id, type } = invoke;
    if (subject === undefined) return (id === undefined ? undefined : this.#others.get(id)) ?? [];
    const life = this.life(checkpointOps.has(op) ? "checkpoint" : "command", subject);
    return life.filter((event) => event.type === type);
  }
}

const checkpointOps: ReadonlySet<Operation> = new Set(["ask", "decide", "apply"]);

/** What an attempt makes: attempts of the same have the same. */
export const makes = ({ type, subject, id }: Invoke): string => `${type} ${subject ?? id}`;

/** What a kept event is, in the words of `makes`. */
export const isMade = (event: FinalEvent): string => `${event.type} ${subjectOf(event) ?? event.id}`;

function attemptsIn(records: readonly HistoryRecord[]): Attempt[] {
  const attempts = new Map<string, Attempt>();
  for (const record of records) {
    if (record.what === "invoke") attempts.set(record.attempt, { invoke: record, answer: undefined });
    if (record.what !== "ok" && record.what !== "refused" && record.what !== "unknown") continue;
    const attempt = attempts.get(record.attempt);
    if (attempt === undefined) throw new Error(`an answer to nothing: ${JSON.stringify(record)}`);
    attempt.answer = record;
  }
  return [...attempts.values()];
}

const isOk = (attempt: Attempt): attempt is OkAttempt => attempt.answer?.what === "ok";

const isDeed = (record: HistoryRecord): record is HistoryRecord<Deed> =>
  record.what === "begin" || record.what === "effect" || record.what === "end";

function subjectOf({ type, data: { commandId, checkpointId } }: FinalEvent): string | undefined {
  const id = type.startsWith("command_") ? commandId : type.startsWith("checkpoint_") ? checkpointId : undefined;
  return typeof id === "string" ? id : undefined;
}

export function add<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}

export type Sight = HistoryRecord<Seen> | HistoryRecord<SeenGap>;

/** What each viewer got of each channel, in order. */
export function sightsOf({ records }: Pick<Evidence, "records">): Map<string, Sight[]> {
  const sights = new Map<string, Sight[]>();
  for (const record of records) {
    if (record.what === "seen" || record.what === "gap") add(sights, `${record.viewer} of ${record.channel}`, record);
  }
  return sights;
}
