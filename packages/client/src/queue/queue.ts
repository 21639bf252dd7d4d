/**
 * `@signalbox/client/queue`: critical messages, kept by a storage until the gateway has them, whatever is closed, reloaded or
 * killed meanwhile. Programs that do not import it do not load it.
 *
 * Any number of programs, such as the tabs of a browser, may add messages and decide about them; one of them sends.
 */
import type { Draft, Position } from "@signalbox/protocol";
import type { Clock } from "../clock.ts";
import { GatewayError, queueFull, reasonOf } from "../errors.ts";
import { type Outside, realOutside } from "../outside.ts";
import { type Listeners, makeListeners } from "../readable.ts";
import type { Client, Problem, Published, Readable } from "../types.ts";
import {
  type Choice,
  type Conflict,
  choiceKey,
  type Kept,
  messageKey,
  noRecords,
  type OnConflict,
  placeOf,
  putRecord,
  readRecords,
} from "./records.ts";
import { Sender } from "./sender.ts";
import type { QueueStorage } from "./storage.ts";

export type { Conflict, OnConflict } from "./records.ts";
export { type Change, indexedDbStorage, type QueueStorage, webStorage } from "./storage.ts";

export interface QueueOptions {
  storage: QueueStorage;
  limits?: Partial<QueueLimits>;
  /** How each message ended; called in the program that sends. */
  onEnd?: (message: QueuedMessage, end: QueueEnd) => void;
}

export interface QueueLimits {
  /** Messages kept, those that wait for a person included. Default 1,000. Over it `publish` rejects with `queue_full`. */
  messages: number;
  /** UTF-16 units of all that is kept. Default 2,000,000. Over it the same. */
  length: number;
  /** A message that waited for so long unsent is refused with `too_old`. Default 7 days, in milliseconds. */
  ageMs: number;
}

const defaultLimits: QueueLimits = { messages: 1_000, length: 2_000_000, ageMs: 604_800_000 };

export interface PublishOptions {
  /** Kept only if the channel's newest event is here: where its writer had read to. Without it there are no conflicts. */
  expected?: Position | undefined;
  /**
   * Only events of its type that have the same values as it has in these members of the data are in its way, such as
   * `["scope", "key"]` of `memory_update`. Default: every event that the queue did not publish itself.
   */
  same?: readonly string[] | undefined;
  /** What happens when something is in its way. Default "ask": it waits, and those after it in its channel with it. */
  onConflict?: OnConflict | undefined;
}

export interface QueuedMessage {
  id: string;
  type: string;
  channel: string;
  data: unknown;
  addedMs: number;
  /** `sending`: it was sent, or may have been, and has no answer yet. */
  state: "waiting" | "sending" | "conflict" | "refused";
  conflict: Conflict | undefined;
  /** Why it was refused. */
  problem: Problem | undefined;
}

export type QueueEnd =
  | { end: "sent"; published: Published }
  /** Stays in the list until somebody decides about it. */
  | { end: "refused"; problem: Problem }
  | { end: "dropped" };

export interface QueueView {
  /** In the order of adding. */
  messages: readonly QueuedMessage[];
  /** This program is the one that sends. */
  sends: boolean;
  /** Why the storage could not be read or written the last time. */
  fault: string | undefined;
}

export interface Queue extends Readable<QueueView> {
  /** Resolves with the message's id once it is kept; rejects when it was not. */
  publish(draft: Draft & { channel: string }, options?: PublishOptions): Promise<string>;
  /** Of a conflict: mine shall stand, if nothing more came since. Of a refused one: try again. */
  send(id: string): Promise<void>;
  /** Of a conflict: theirs shall stand. Of any other: it is not wanted any more, unless it was sent already. */
  drop(id: string): Promise<void>;
  /** Stops sending; what is kept stays. */
  close(): void;
}

/** `deps` replaces parts of the outside world, for tests. */
export async function openQueue(
  client: Pick<Client, "publishAll" | "request" | "link" | "connect">,
  options: QueueOptions,
  deps: Partial<Pick<Outside, "clock" | "unique">> = {},
): Promise<Queue> {
  const { clock, unique } = { ...realOutside(), ...deps };
  const queue = new Store(client, options, clock, unique);
  await queue.reload();
  queue.begin();
  return {
    snapshot: () => queue.snapshot(),
    subscribe: queue.listeners.add,
    publish: (draft, publishOptions) => queue.publish(draft, publishOptions),
    send: (id) => queue.choose(id, "send"),
    drop: (id) => queue.choose(id, "drop"),
    close: () => queue.close(),
  };
}

/** After the storage failed. */
const retryMs = 1_000;

/** What is kept, in memory as in the storage. All reading and writing is done one by one. */
class Store {
  readonly listeners: Listeners;
  readonly #client: Pick<Client, "publishAll" | "request" | "link" | "connect">;
  readonly #storage: QueueStorage;
  readonly #limits: QueueLimits;
  readonly #onEnd: NonNullable<QueueOptions["onEnd"]>;
  readonly #clock: Clock;
  readonly #unique: () => string;
  readonly #by: string;
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;
  #texts = new Map<string, string>();
  #records = noRecords();
  #view: QueueView | undefined;
  #sender: Sender | undefined;
  #fault: string | undefined;
  /** Others wrote, and a look at it is due. */
  #stale = false;
  #place = 0;
  #ids = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    client: Pick<Client, "publishAll" | "request" | "link" | "connect">,
    { storage, limits, onEnd = () => {} }: QueueOptions,
    clock: Clock,
    unique: () => string,
  ) {
    this.#client = client;
    this.#storage = storage;
    this.#limits = { ...defaultLimits, ...limits };
    this.#onEnd = onEnd;
    this.#clock = clock;
    this.#unique = unique;
    this.#by = unique();
    this.listeners = makeListeners(clock);
    this.#stopListening = storage.onChange(() => {
      // One look shows all that was written until then.
      if (!this.#stale) this.reload().catch(() => {});
      this.#stale = true;
    });
  }

  snapshot(): QueueView {
    this.#view ??= {
      messages: [...this.#records.messages.values()].map(shown),
      sends: this.#sender !== undefined,
      fault: this.#fault,
    };
    return this.#view;
  }

  /** Others wrote. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      this.#stale = false;
      this.#take(await this.#storage.read());
      this.#sender?.nudge();
    });
  }

  publish(draft: Draft & { channel: string }, options: PublishOptions = {}): Promise<string> {
    return this.#inTurn(async () => {
      const { expected, same, onConflict = "ask" } = options;
      const addedMs = this.#clock.nowMs();
      const id = draft.id ?? `${this.#by}-${++this.#ids}`;
      const kept: Kept = { id, draft: { timestamp: addedMs, ...draft, id }, addedMs, expected, same, onConflict };
      const text = JSON.stringify(kept);
      const { messages, length } = this.#limits;
      let used = text.length;
      for (const each of this.#texts.values()) used += each.length;
      if (this.#records.messages.size >= messages || used > length) {
        throw new GatewayError(queueFull(`${this.#records.messages.size} messages are kept already.`));
      }
      // After all that are known, also where the clock was set back; others may add at the same moment.
      this.#place = Math.max(this.#place + 1, addedMs * 1_000);
      await this.#write([[messageKey(this.#place, this.#by), text]]);
      this.#sender?.nudge();
      return id;
    });
  }

  /** Only who sends changes messages; so a choice is written down for it. */
  choose(id: string, choice: Choice): Promise<void> {
    return this.#inTurn(async () => {
      for (const [key, kept] of this.#records.messages) {
        if (kept.id === id) await this.#write([[choiceKey(key), JSON.stringify(choice)]]);
      }
      this.#sender?.nudge();
    });
  }

  begin(): void {
    void this.#sendInTurns();
  }

  close(): void {
    this.#stopListening();
    this.#closing.abort();
  }

  /** Whenever nobody else does. */
  async #sendInTurns(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const leave = new AbortController();
      const leaving = (): void => leave.abort();
      signal.addEventListener("abort", leaving);
      try {
        const held = await this.#storage.lock(leave.signal);
        await this.reload();
        this.#sender = new Sender({
          client: this.#client,
          clock: this.#clock,
          held,
          unique: this.#unique,
          ageMs: this.#limits.ageMs,
          records: () => this.#records,
          write: (changes) => this.#inTurn(() => this.#write(changes)),
          ended: (kept, end) => this.#onEnd(shown(kept), end),
        });
        this.#changed();
        await this.#sender.run();
      } catch (error) {
        if (signal.aborted) break;
        this.#fault = reasonOf(error);
        await new Promise<void>((resolve) => this.#clock.after(retryMs, resolve));
      }
      leave.abort();
      signal.removeEventListener("abort", leaving);
      this.#sender = undefined;
      this.#changed();
    }
  }

  async #write(changes: Parameters<QueueStorage["write"]>[0]): Promise<void> {
    await this.#storage.write(changes);
    for (const [key, text] of changes) {
      if (text === undefined) this.#texts.delete(key);
      else this.#texts.set(key, text);
      putRecord(this.#records, key, text);
    }
    this.#changed();
  }

  #take(texts: ReadonlyMap<string, string>): void {
    this.#texts = new Map(texts);
    this.#records = readRecords(texts);
    for (const key of this.#records.messages.keys()) this.#place = Math.max(this.#place, placeOf(key));
    this.#changed();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.then(
      () => this.#failed(undefined),
      (error: unknown) => error instanceof GatewayError || this.#failed(reasonOf(error)),
    );
    return done;
  }

  #failed(fault: string | undefined): void {
    if (this.#fault === fault) return;
    this.#fault = fault;
    this.#changed();
  }

  #changed(): void {
    this.#view = undefined;
    this.listeners.changed();
  }
}

const shown = ({ id, draft, addedMs, number, conflict, problem }: Kept): QueuedMessage => ({
  id,
  type: draft.type,
  channel: draft.channel,
  data: draft.data,
  addedMs,
  state: problem ? "refused" : conflict ? "conflict" : number ? "sending" : "waiting",
  conflict,
  problem,
});
