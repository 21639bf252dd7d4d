/** What is open in the channels of a pattern: read once as a list, kept up by steps, read anew after what was missed. */
import type { Publication } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import { dataOf } from "./decode.ts";
import { GatewayError } from "./errors.ts";
import { clockOf } from "./passenger.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Client, Readable, Watch } from "./types.ts";

/** What is open, oldest first, and what ended while it was watched, newest first. */
export interface OpenView<Row> {
  open: readonly Row[];
  /** More than the 1,000 that are shown are open. */
  truncated: boolean;
  /** The newest 20. */
  ended: readonly Row[];
  /** `live`: all that is open is there. `refused`: see `error`. */
  status: "loading" | "live" | "offline" | "refused";
  error: GatewayError | undefined;
}

/** A view that goes and comes back at once finds its list as it was. */
const lingerMs = 1_000;
/** Where steps do not come, or not of all channels, and after a fault, the list is read again so often. */
const rereadMs = 5_000;
/** Watching a channel costs the gateway 3 KB or so: of more than this the list is read instead. */
const channelsMost = 1_000;
/** Rows read at most; over it the view says `truncated`. */
const openMost = 1_000;
/** Steps held while the list is being read; over it the list is read once more. */
const heldMost = 1_000;
const endedKept = 20;

/** A kind of things that are listed. */
export interface Listed<Row> {
  /** Its list in the HTTP API, without the query; the member of the answer that has the rows is called the same. */
  name: "commands" | "checkpoints";
  /** How the query calls the channel. */
  by: "target" | "channel";
  types: string[];
  /** Of a row, and of a step's data. */
  idOf(row: Row): string;
  /** When it was given or asked. */
  atMs(row: Row): number;
  isOpen(row: Row): boolean;
  after(row: Row | undefined, event: Publication): Row | undefined;
}

export class OpenList<Row> implements Readable<OpenView<Row>> {
  readonly #ways: Pick<Client, "watch" | "request" | "ride">;
  readonly #kind: Listed<Row>;
  readonly #pattern: string;
  /** Made with the first listener: before, nothing may be connected. */
  #told: { clock: Clock; listeners: Listeners } | undefined;
  #watch: Watch | undefined;
  #cancelEnd: (() => void) | undefined;
  #cancelReread = (): void => {};
  #open: ReadonlyMap<string, Row> = new Map();
  #ended: readonly Row[] = [];
  #truncated = false;
  #status: OpenView<Row>["status"] = "loading";
  #error: OpenView<Row>["error"];
  #view: OpenView<Row> | undefined;
  /** Steps may have been missed. */
  #stale = true;
  /** While the list is being read, steps wait until it was. */
  #held: Publication[] | undefined;
  /** The gateway does not tell all steps. */
  #partial = false;

  constructor(ways: Pick<Client, "watch" | "request" | "ride">, kind: Listed<Row>, pattern: string) {
    this.#ways = ways;
    this.#kind = kind;
    this.#pattern = pattern;
  }

  readonly snapshot = (): OpenView<Row> => {
    const { atMs } = this.#kind;
    this.#view ??= {
      open: [...this.#open.values()].sort((a, b) => atMs(a) - atMs(b)),
      truncated: this.#truncated,
      ended: this.#ended,
      status: this.#status,
      error: this.#error,
    };
    return this.#view;
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#told ??= told(clockOf(this.#ways));
    const { clock, listeners } = this.#told;
    const remove = listeners.add(listener);
    this.#cancelEnd?.();
    this.#cancelEnd = undefined;
    if (!this.#watch) this.#begin();
    return () => {
      remove();
      if (!listeners.size() && this.#watch) this.#cancelEnd ??= clock.after(lingerMs, () => this.#leave());
    };
  };

  #begin(): void {
    this.#stale = true;
    this.#partial = false;
    this.#watch = this.#ways.watch(this.#pattern, {
      filter: { types: this.#kind.types },
      onEvent: (event) => this.#hear(event),
      // To a slow viewer only what is no step is not sent.
      onGap: (_, { reason }) => {
        if (reason !== "slow") this.#missed();
      },
      onState: ({ status, truncated = false }) => {
        this.#partial = truncated;
        if (status === "offline" || status === "subscribing") this.#stale = true;
        if (status === "offline") this.#show(status);
        if (status !== "live" || !this.#stale) return;
        const watch = this.#watch;
        if (watch && Object.keys(watch.positions()).length > channelsMost) {
          watch.stop();
          this.#partial = true;
        }
        this.#missed();
      },
      // The list may be read even where the channels may not be watched.
      onError: () => {
        this.#partial = true;
        this.#missed();
      },
    });
  }

  #leave(): void {
    this.#watch?.stop();
    this.#watch = this.#cancelEnd = this.#held = undefined;
    this.#cancelReread();
    this.#open = new Map();
    this.#ended = [];
    this.#show("loading");
  }

  #hear(event: Publication): void {
    if (!this.#held) this.#step(event);
    else if (this.#held.length < heldMost) this.#held.push(event);
    else this.#stale = true;
  }

  #step(event: Publication): void {
    const { idOf, isOpen, after } = this.#kind;
    const id = idOf(dataOf<Row>(event));
    const before = this.#open.get(id);
    const row = after(before, event);
    if (!row || row === before) return;
    const open = new Map(this.#open);
    if (isOpen(row)) open.set(id, row);
    else {
      open.delete(id);
      this.#ended = [row, ...this.#ended].slice(0, endedKept);
    }
    this.#open = open;
    this.#show(this.#status);
  }

  #missed(): void {
    this.#stale = true;
    if (!this.#held) void this.#read();
  }

  async #read(): Promise<void> {
    const watch = this.#watch;
    const { idOf } = this.#kind;
    this.#cancelReread();
    this.#stale = false;
    const held: Publication[] = [];
    this.#held = held;
    try {
      const rows = await this.#rows();
      if (watch !== this.#watch) return;
      this.#open = new Map(rows.map((row) => [idOf(row), row]));
      this.#error = undefined;
      this.#show("live");
    } catch (error) {
      if (watch !== this.#watch) return;
      if (!(error instanceof GatewayError)) throw error;
      this.#error = error;
      this.#show(error.temporary ? "offline" : "refused");
    }
    this.#held = undefined;
    for (const event of held) this.#step(event);
    if (this.#stale && !this.#error) void this.#read();
    else if (this.#error?.temporary || (this.#partial && !this.#error))
      this.#cancelReread = this.#told?.clock.after(rereadMs, () => void this.#read()) ?? this.#cancelReread;
  }

  async #rows(): Promise<Row[]> {
    const { name, by } = this.#kind;
    const rows: Row[] = [];
    let after: string | undefined = "";
    while (after !== undefined && rows.length < openMost) {
      const query = new URLSearchParams({ state: "open", [by]: this.#pattern, after });
      const page: { next?: string } & { [Name in typeof name]?: Row[] } = await this.#ways.request(
        `/v1/${name}?${query}`,
      );
      rows.push(...(page[name] ?? []));
      after = page.next;
    }
    this.#truncated = after !== undefined;
    return rows;
  }

  #show(status: OpenView<Row>["status"]): void {
    this.#status = status;
    this.#view = undefined;
    this.#told?.listeners.changed();
  }
}

const told = (clock: Clock) => ({ clock, listeners: makeListeners(clock) });
