/** What the writer's thread does with each question. */
import type { MessagePort } from "node:worker_threads";
import { noNewChannel } from "../volatile-channels.ts";
import type { Row } from "./event-log.ts";
import {
  type Answers,
  type AppendAnswer,
  type AppendAsk,
  markWidth,
  type Question,
  rowWidth,
  type WriterAsks,
  type WriterData,
} from "./messages.ts";
import { refuse, send, serve } from "./serving.ts";
import { isBusy, isDamage } from "./sqlite-errors.ts";
import { Storage } from "./storage.ts";
import { WritesEnded } from "./transactions.ts";

type AppendQuestion = Question<WriterAsks, "append">;

/** A commit takes at most about this many entries: the others need not wait for all of them. */
const groupEntries = 4_096;

export class Writer {
  readonly #port: MessagePort;
  readonly #data: WriterData;
  readonly #answers: Answers<WriterAsks>;
  #opened: Storage | undefined;
  /** The asking side's clock, as of the last question. */
  #nowMs = 0;

  constructor(port: MessagePort, data: WriterData) {
    this.#port = port;
    this.#data = data;
    this.#answers = {
      open: () => this.#open(),
      append: (ask, nowMs) => this.#storage.append(ask.fsync, () => this.#append(ask, nowMs)),
      read: (ask) => this.#storage.reader.read(ask),
      trimmed: ({ channel, from, to }) => this.#storage.reader.trimmed(channel, from, to),
      info: ({ channel }) => this.#storage.reader.info(channel),
      list: ({ pattern, after, limit }) => this.#storage.reader.list(pattern, after, limit),
      loadSnapshot: ({ channel, reducer }) => this.#storage.reader.loadSnapshot(channel, reducer),
      register: ({ key }) => this.#storage.registers.get(key),
      registers: (query) => this.#storage.registers.list(query),
      add: ({ adds }) => {
        this.#storage.transactions.run("NORMAL", () => this.#storage.registers.add(adds));
        return null;
      },
      saveSnapshots: ({ batch }) => {
        // What a snapshot covers need not be spared any more.
        for (const state of this.#storage.snapshots.save(batch)) this.#storage.trimmer.look(state);
        return null;
      },
      tick: (_, nowMs) => {
        this.#storage.tick(nowMs);
        return null;
      },
      close: (_, nowMs) => {
        const storage = this.#storage;
        this.#opened = undefined;
        storage.close(nowMs);
        return null;
      },
    };
  }

  get #storage(): Storage {
    if (this.#opened === undefined) throw new Error("the database is not open");
    return this.#opened;
  }

  answer(question: Question<WriterAsks>): void {
    this.#nowMs = question.nowMs;
    serve(this.#port, this.#answers, question, (error) => {
      if (isDamage(error)) this.#opened?.fail(error);
    });
  }

  /** Commits the first of the waiting appends together, and takes them away. */
  commit(waiting: AppendQuestion[]): void {
    let size = 0;
    for (let entries = 0; size < waiting.length && entries < groupEntries; size++) {
      entries += (waiting[size]?.ask.rows.length ?? 0) / rowWidth;
    }
    const group = waiting.splice(0, size);
    try {
      const fsync = group.some(({ ask }) => ask.fsync);
      const answers = this.#storage.append(fsync, () => group.map(({ ask, nowMs }) => this.#append(ask, nowMs)));
      for (const [index, { id }] of group.entries()) send(this.#port, { id, value: answers[index] });
    } catch (error) {
      for (const { id } of group) refuse(this.#port, id, error);
    }
  }

  /** Does a slice of what was put off; false when nothing is left. */
  writeBehind(): boolean {
    try {
      this.#opened?.trimmer.age(this.#nowMs);
      return this.#opened?.writeBehind(this.#nowMs) ?? false;
    } catch (error) {
      // Another program's lock passes; anything else would come again and again.
      if (!(error instanceof WritesEnded) && !isBusy(error)) this.#opened?.fail(error);
      return false;
    }
  }

  #open(): { epoch: string; lastN: number } {
    this.#opened = Storage.open(this.#data, (warn) => send(this.#port, { warn }));
    return { epoch: this.#opened.epoch, lastN: this.#opened.log.lastN };
  }

  #append({ rows, marks, existing, expected, registers, adds }: AppendAsk, nowMs: number): AppendAnswer {
    const { log, channels, trimmer } = this.#storage;
    const answer: AppendAnswer = { offsets: [], refusals: [], lastN: 0 };
    let mark = 0;
    let bound = 0;
    let expecting = 0;
    let changing = 0;
    let adding = 0;
    for (let index = 0; index * rowWidth < rows.length; index++) {
      const marked = marks[mark] === index;
      const row = rowOf(rows, index * rowWidth, marks, marked ? mark : undefined);
      if (marked) mark += markWidth;
      const mustExist = existing[bound] === index;
      if (mustExist) bound++;
      const isNew = mustExist && channels.find(row.channel) === undefined;
      const at = expected[expecting]?.index === index ? expected[expecting++]?.at : undefined;
      if (at !== undefined) row.expected = at;
      const change = registers[changing]?.index === index ? registers[changing++]?.change : undefined;
      if (change !== undefined) row.change = change;
      const added = adds[adding]?.index === index ? adds[adding++]?.adds : undefined;
      if (added !== undefined) row.adds = added;
      const outcome = isNew ? noNewChannel : log.append(row, nowMs);
      answer.offsets.push(typeof outcome === "number" ? outcome : 0);
      if (typeof outcome !== "number") answer.refusals.push({ index, refusal: outcome });
      else if (outcome > 0) trimmer.look(channels.find(row.channel));
    }
    answer.lastN = log.lastN;
    return answer;
  }
}

/** Undoes the flattening of AppendAsk for one entry. */
function rowOf(rows: AppendAsk["rows"], at: number, marks: AppendAsk["marks"], mark: number | undefined): Row {
  return {
    channel: String(rows[at]),
    type: String(rows[at + 1]),
    timestampMs: Number(rows[at + 2]),
    body: String(rows[at + 3]),
    key: mark === undefined || marks[mark + 1] === null ? null : String(marks[mark + 1]),
    producer:
      mark === undefined || marks[mark + 2] === null
        ? undefined
        : { id: String(marks[mark + 2]), epoch: Number(marks[mark + 3]), seq: Number(marks[mark + 4]) },
  };
}
