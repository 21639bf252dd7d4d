/** What is not open any more: read from the gateway, kept up by its steps, with what became of each. */
import type { Client, Readable } from "@signalbox/client";
import { GatewayError } from "@signalbox/client";
import type { Checkpoint } from "@signalbox/client/steering";
import type { Publication } from "@signalbox/protocol";
import { whenLinkedAgain } from "../stores/while-watched.ts";

export interface EndedView {
  /** By id; `undefined` of one that the gateway does not know, or does not show to this token. */
  known: ReadonlyMap<string, Checkpoint | undefined>;
  /** The list was read; else only what was asked for by its id is there. */
  listed: boolean;
  /** The gateway keeps more than were read. */
  truncated: boolean;
  error: string | undefined;
}

const types = ["approved", "decided", "expired", "withdrawn", "applied"].map((step) => `checkpoint_${step}`);

/** Rows read at most, in pages of the most that a gateway gives by default. */
const rowsMost = 2_000;
const pageRows = 300;
/** Steps come in bursts: they are looked up together, and of more than so many the list is read again. */
const gatherMs = 150;
const lookedUpMost = 20;

const lists = new WeakMap<Client, EndedList>();

export function endedListOf(client: Client): EndedList {
  const list = lists.get(client) ?? new EndedList(client);
  lists.set(client, list);
  return list;
}

export class EndedList implements Readable<EndedView> {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #view: EndedView = { known: new Map(), listed: false, truncated: false, error: undefined };
  #wantsList = false;
  #stop: (() => void) | undefined;
  #due = new Set<string>();
  /** Asked for while nobody answered. */
  #unanswered = new Set<string>();
  /** Heard of while the list was being read. */
  #meanwhile: Set<string> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  readonly snapshot = (): EndedView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#stop ??= this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#wantsList = false;
    };
  };

  /** All of them, newest first, as long as somebody listens. */
  wantList(): void {
    if (this.#wantsList) return;
    this.#wantsList = true;
    void this.#read();
  }

  /** One, by its id. */
  look(id: string): void {
    this.#due.add(id);
    this.#timer ??= setTimeout(() => void this.#lookUp(), this.#view.known.has(id) ? gatherMs : 0);
  }

  #begin(): () => void {
    const watch = this.#client.watch("*", {
      filter: { types },
      onEvent: (event) => this.#heard(event),
      onGap: (_, { reason }) => reason !== "slow" && this.#again(),
      onState: whenLinkedAgain(() => this.#again()),
    });
    return () => watch.stop();
  }

  #heard({ data }: Publication): void {
    if (typeof data !== "object" || data === null || !("checkpointId" in data)) return;
    const { checkpointId } = data;
    if (typeof checkpointId !== "string" || !(this.#wantsList || this.#view.known.has(checkpointId))) return;
    this.#meanwhile?.add(checkpointId);
    this.#due.add(checkpointId);
    this.#timer ??= setTimeout(() => void this.#lookUp(), gatherMs);
  }

  /** Steps may have been missed. */
  #again(): void {
    if (this.#wantsList) void this.#read();
    const some = this.#wantsList ? [] : [...this.#view.known.keys()].slice(-lookedUpMost);
    for (const id of [...some, ...this.#unanswered]) this.look(id);
  }

  async #lookUp(): Promise<void> {
    this.#timer = undefined;
    const ids = [...this.#due];
    this.#due = new Set();
    if (ids.length > lookedUpMost && this.#wantsList) return this.#read();
    const found = await Promise.all(ids.slice(0, lookedUpMost).map((id) => this.#one(id)));
    const known = new Map(this.#view.known);
    for (const { id, row, answered } of found) {
      if (answered) known.set(id, row);
      if (answered) this.#unanswered.delete(id);
      else this.#unanswered.add(id);
    }
    this.#show({ ...this.#view, known });
  }

  async #one(id: string): Promise<{ id: string; row: Checkpoint | undefined; answered: boolean }> {
    try {
      const row = await this.#client.request<Checkpoint>(`/v1/checkpoints/${encodeURIComponent(id)}`);
      return { id, row, answered: true };
    } catch (error) {
      const answered = error instanceof GatewayError && !error.temporary;
      return { id, row: undefined, answered };
    }
  }

  async #read(): Promise<void> {
    const meanwhile = new Set<string>();
    this.#meanwhile = meanwhile;
    try {
      const rows: Checkpoint[] = [];
      let after: string | undefined = "";
      while (after !== undefined && rows.length < rowsMost) {
        const query = new URLSearchParams({ limit: String(pageRows), after });
        const page: { checkpoints: Checkpoint[]; next?: string } = await this.#client.request(
          `/v1/checkpoints?${query}`,
        );
        rows.push(...page.checkpoints);
        after = page.next;
      }
      const known = new Map(this.#view.known);
      for (const row of rows) known.set(row.checkpointId, row);
      this.#show({ known, listed: true, truncated: after !== undefined, error: undefined });
      for (const id of meanwhile) this.look(id);
    } catch (error) {
      this.#show({ ...this.#view, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #show(view: EndedView): void {
    this.#view = view;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Those that ended, the newest first. */
export const endedOf = ({ known }: EndedView): readonly Checkpoint[] =>
  [...known.values()]
    .filter((row): row is Checkpoint => row !== undefined && row.state !== "open")
    .sort((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0));
