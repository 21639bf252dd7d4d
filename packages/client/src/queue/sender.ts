/** Sends what is kept, in its order, as long as this program is the one that may. */
import type { Clock } from "../clock.ts";
import { tooOld } from "../errors.ts";
import type { Client, Problem } from "../types.ts";
import { conflictOf } from "./conflict.ts";
import { Numbers } from "./numbers.ts";
import type { QueueEnd } from "./queue.ts";
import { aboutKey, type Choice, choiceKey, type Kept, type Records } from "./records.ts";
import type { Change } from "./storage.ts";

/** At a time: what waits behind it may still be dropped. */
const batch = { messages: 100, length: 250_000 };
/** After an answer that another try may change, and none of a link that is lost. */
const pauseMs = 1_000;

interface Parts {
  client: Pick<Client, "publishAll" | "request" | "link" | "connect">;
  clock: Clock;
  /** Aborts when somebody else may send. */
  held: AbortSignal;
  unique: () => string;
  ageMs: number;
  /** As they are now. */
  records: () => Records;
  write: (changes: readonly Change[]) => Promise<void>;
  ended: (kept: Kept, end: QueueEnd) => void;
}

type Entry = readonly [key: string, kept: Kept];

export class Sender {
  readonly #parts: Parts;
  readonly #numbers: Numbers;
  #wake = (): void => {};
  #nudged = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { about = { producer: parts.unique(), epoch: 0 }, messages } = parts.records();
    this.#numbers = new Numbers(about, messages.values());
  }

  /** Something was added or decided. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  /** Until this program may not send any more. Rejects when the storage fails. */
  async run(): Promise<void> {
    const { held, client } = this.#parts;
    const nudge = (): void => this.nudge();
    held.addEventListener("abort", nudge);
    const stop = client.link.subscribe(nudge);
    try {
      while (!held.aborted) {
        this.#nudged = false;
        await this.#choose();
        await this.#expire();
        const entries = this.#next();
        const { state } = client.link.snapshot();
        if (entries.length > 0 && state === "idle") client.connect();
        if (entries.length > 0 && state === "live") await this.#send(entries);
        else await this.#pause(this.#untilOldMs());
      }
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    } finally {
      stop();
      held.removeEventListener("abort", nudge);
    }
  }

  /** What people decided. */
  async #choose(): Promise<void> {
    const { choices, messages } = this.#parts.records();
    for (const [key, choice] of [...choices]) {
      const kept = messages.get(key);
      const settled: Change = [choiceKey(key), undefined];
      if (kept === undefined) await this.#write([settled]);
      else await this.#chosen([key, kept], choice, settled);
    }
  }

  async #chosen([key, kept]: Entry, choice: Choice, settled: Change): Promise<void> {
    const { conflict, problem, number } = kept;
    if (choice === "send") {
      const again = { ...kept, conflict: undefined, problem: undefined };
      // Decided in view of what came up to there: if more came, it is another conflict.
      if (conflict) again.expected = conflict.head;
      await this.#write([[key, JSON.stringify(again)], settled]);
    } else if (number && !problem) await this.#write([settled]);
    else {
      await this.#write([[key, undefined], settled]);
      this.#parts.ended(kept, { end: "dropped" });
    }
  }

  async #expire(): Promise<void> {
    const { clock, ageMs } = this.#parts;
    for (const entry of [...this.#waiting()]) {
      const [, { addedMs, number }] = entry;
      if (!number && clock.nowMs() - addedMs >= ageMs) await this.#refuse(entry, tooOld(`It waited for ${ageMs} ms.`));
    }
  }

  #untilOldMs(): number {
    const { clock, ageMs } = this.#parts;
    let least = Number.POSITIVE_INFINITY;
    for (const [, { addedMs, number }] of this.#waiting()) {
      if (!number) least = Math.min(least, addedMs + ageMs - clock.nowMs());
    }
    return least;
  }

  *#waiting(): Iterable<Entry> {
    for (const entry of this.#parts.records().messages) if (!entry[1].problem && !entry[1].conflict) yield entry;
  }

  /** The next to be sent. What waits for a person holds up those after it in its channel. */
  #next(): Entry[] {
    const held = new Set<string>();
    const entries: Entry[] = [];
    let length = 0;
    for (const entry of this.#parts.records().messages) {
      const [, { draft, conflict, problem }] = entry;
      if (conflict) held.add(draft.channel);
      if (conflict || problem || held.has(draft.channel)) continue;
      length += JSON.stringify(draft).length;
      if (entries.length >= batch.messages || (entries.length > 0 && length > batch.length)) break;
      entries.push(entry);
    }
    return entries;
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    const { client } = this.#parts;
    const numbered: Entry[] = [];
    const changes: Change[] = [];
    for (const [key, kept] of entries) {
      const { number = this.#numbers.next(kept.draft.channel) } = kept;
      const next = { ...kept, number };
      numbered.push([key, next]);
      if (!kept.number) changes.push([key, JSON.stringify(next)]);
    }
    // Before anything is sent: after a crash the same message has the same number.
    if (changes.length > 0) await this.#write([[aboutKey, JSON.stringify(this.#numbers.about)], ...changes]);
    const outcomes = await client.publishAll(numbered.map(draftOf));
    const sent: Array<() => void> = [];
    const gone: Change[] = [];
    const others: Array<() => Promise<boolean>> = [];
    for (const [index, entry] of numbered.entries()) {
      const outcome = outcomes[index];
      if (!outcome) continue;
      if ("error" in outcome) others.push(() => this.#failed(entry, outcome.error));
      else {
        gone.push([entry[0], undefined]);
        sent.push(() => this.#parts.ended(entry[1], { end: "sent", published: outcome }));
      }
    }
    // One write for all of them, however many there are.
    if (gone.length > 0) await this.#write(gone);
    for (const tell of sent) tell();
    let pause = false;
    for (const other of others) pause = (await other()) || pause;
    if (pause) {
      this.#nudged = false;
      await this.#pause(pauseMs);
    }
  }

  /** True: there was no answer that says what became of it. */
  async #failed([key, kept]: Entry, error: Problem): Promise<boolean> {
    const { client, unique } = this.#parts;
    if (error.temporary || unanswered.has(error.name) || client.link.snapshot().state === "stopped") return true;
    const { channel } = kept.draft;
    const { seq } = kept.number ?? { seq: 1 };
    this.#numbers.leave(channel);
    if (error.name === "fenced") this.#numbers.rename(unique());
    if (error.name === "sequence_gap" && seq > 1) {
      // One before it was refused: with another number it is next.
      await this.#write([[key, JSON.stringify({ ...kept, number: undefined })]]);
    } else if (error.name === "head_moved" && kept.expected) return this.#moved([key, kept], error);
    else await this.#refuse([key, kept], error);
    return false;
  }

  async #moved([key, kept]: Entry, problem: Problem): Promise<boolean> {
    const { client } = this.#parts;
    const { epoch, offset } = problem.details ?? {};
    const head = { epoch: String(epoch), offset: Number(offset) };
    const free = { ...kept, number: undefined };
    let conflict: Kept["conflict"];
    try {
      conflict = await conflictOf(client, kept, head, this.#numbers.about.producer);
    } catch {
      // Asked again, it gets the same answer.
      await this.#write([[key, JSON.stringify(free)]]);
      return true;
    }
    if (!conflict) await this.#write([[key, JSON.stringify({ ...free, expected: head })]]);
    else if (kept.onConflict === "mine") await this.#write([[key, JSON.stringify({ ...free, expected: undefined })]]);
    else if (kept.onConflict === "theirs") await this.#refuse([key, free], problem);
    else await this.#write([[key, JSON.stringify({ ...free, conflict })]]);
    return false;
  }

  async #refuse([key, kept]: Entry, problem: Problem): Promise<void> {
    await this.#write([[key, JSON.stringify({ ...kept, number: undefined, problem })]]);
    this.#parts.ended(kept, { end: "refused", problem });
  }

  /** What another one sends now is no longer ours to change. */
  #write(changes: readonly Change[]): Promise<void> {
    if (this.#parts.held.aborted) throw new Lost();
    return this.#parts.write(changes);
  }

  /** Until something happens; at most so long. */
  async #pause(ms: number): Promise<void> {
    if (this.#nudged) return;
    await new Promise<void>((resolve) => {
      const cancel = ms < Number.POSITIVE_INFINITY ? this.#parts.clock.after(Math.max(0, ms), resolve) : () => {};
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

/** Somebody else sends now, and will hear what became of everything. */
class Lost extends Error {}

/** The client's own faults, that are about the link and no message. */
const unanswered: ReadonlySet<string> = new Set([
  "closed",
  "queue_full",
  "unreachable",
  "bad_answer",
  "token_failed",
  "unauthenticated",
]);

function draftOf([key, { draft, number, expected }]: Entry) {
  const { metadata = {} } = draft;
  const marks = { idempotencyKey: key, ...(number && { producer: number }), ...(expected && { expected }) };
  return { ...draft, metadata: { ...metadata, ...marks } };
}
