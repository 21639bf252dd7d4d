/**
 * The channels' past as read from the store: each page is read and encoded once for all who replay it.
 *
 * Pages begin at multiples of their size, so that those who come back from nearby positions need the same ones. One
 * whose events are so big that an aligned page ends before its position reads on exactly from there.
 */
import type { Channel } from "./channel.ts";
import { type Done, type HubPorts, hasFailed } from "./hub-ports.ts";
import type { Page } from "./ports.ts";
import { SharedPublication } from "./publication.ts";

/** Events in order and without a hole; the floor and the top are of the moment of reading. */
export interface SharedPage {
  epoch: string;
  floor: number;
  top: number;
  publications: readonly SharedPublication[];
}

/** The publication at this offset, if the page has it. */
export const publicationAt = ({ publications }: SharedPage, offset: number): SharedPublication | undefined =>
  publications[offset - (publications[0]?.offset ?? 0)];

/** A page serves so long, milliseconds: a reconnect storm, but hardly longer than retention would have it. */
const keptMs = 10_000;

interface KeptPage {
  key: string;
  page: SharedPage;
  bytes: number;
  readMs: number;
}

interface Waiter {
  after: number;
  done: Done<SharedPage>;
}

interface HistoryOptions {
  ports: HubPorts;
  /** Of one page. */
  maxEvents: number;
  maxBytes: number;
  /** JSON kept over all channels, in UTF-16 units; a frame of each event may come to it. */
  keptBytes: number;
}

export class History {
  readonly #options: HistoryOptions;
  /** By channel and epoch. */
  readonly #pages = new Map<string, Set<KeptPage>>();
  /** All of them, the one read first in front. */
  readonly #order = new Set<KeptPage>();
  /** Reads under way, by channel, epoch and start. */
  readonly #flights = new Map<string, Waiter[]>();
  #bytes = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** A page that has `after + 1`, unless that is not kept any more or beyond the head. */
  read(channel: Channel, after: number, done: Done<SharedPage>): void {
    const key = keyOf(channel);
    const page = this.#find(key, after);
    if (page !== undefined) {
      done(page);
      return;
    }
    const aligned = after - (after % this.#options.maxEvents);
    // Known to end too early.
    const exact = this.#find(key, aligned) !== undefined;
    this.#fly(channel, exact ? after : aligned, { after, done });
  }

  /** Forgets pages that have served their time; to be called now and then. */
  age(): void {
    const nowMs = this.#options.ports.steadyMs();
    for (const kept of this.#order) {
      if (nowMs - kept.readMs < keptMs) break;
      this.#drop(kept);
    }
  }

  #fly(channel: Channel, from: number, waiter: Waiter): void {
    const key = keyOf(channel);
    const flight = `${from} ${key}`;
    const joined = this.#flights.get(flight);
    if (joined !== undefined) {
      joined.push(waiter);
      return;
    }
    const waiters = [waiter];
    this.#flights.set(flight, waiters);
    const { ports, maxEvents, maxBytes } = this.#options;
    const { epoch } = channel;
    ports.read(channel.name, from, maxEvents, maxBytes, (answer) => {
      this.#flights.delete(flight);
      const page = hasFailed(answer) ? answer : share(channel, answer);
      if (!hasFailed(page) && page.epoch === epoch) this.#keep(key, page);
      for (const one of waiters) {
        const short = !hasFailed(page) && page.epoch === epoch && endsBefore(page, one.after);
        if (short && one.after !== from && epoch === channel.epoch) this.#fly(channel, one.after, one);
        else one.done(page);
      }
    });
  }

  #find(key: string, after: number): SharedPage | undefined {
    const oldestMs = this.#options.ports.steadyMs() - keptMs;
    for (const { page, readMs } of this.#pages.get(key) ?? []) {
      if (readMs > oldestMs && publicationAt(page, after + 1) !== undefined) return page;
    }
    return undefined;
  }

  #keep(key: string, page: SharedPage): void {
    if (page.publications.length === 0) return;
    const all = this.#pages.get(key) ?? new Set();
    this.#pages.set(key, all);
    // What was trimmed meanwhile is no longer shown.
    for (const kept of all) if ((kept.page.publications[0]?.offset ?? 0) < page.floor) this.#drop(kept);
    const bytes = page.publications.reduce((sum, { json }) => sum + json.length, 0);
    const kept = { key, page, bytes, readMs: this.#options.ports.steadyMs() };
    all.add(kept);
    this.#order.add(kept);
    this.#bytes += bytes;
    for (const oldest of this.#order) {
      if (this.#bytes <= this.#options.keptBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(kept: KeptPage): void {
    const all = this.#pages.get(kept.key);
    all?.delete(kept);
    if (all?.size === 0) this.#pages.delete(kept.key);
    this.#order.delete(kept);
    this.#bytes -= kept.bytes;
  }
}

/** The epoch has no space. */
const keyOf = ({ epoch, name }: Channel): string => `${epoch} ${name}`;

/** It has events, and though `after + 1` is kept, it is not among them. */
const endsBefore = ({ floor, publications }: SharedPage, after: number): boolean =>
  floor <= after + 1 && publications.length > 0 && (publications.at(-1)?.offset ?? 0) <= after;

function share(channel: Channel, { epoch, floor, top, events }: Page): SharedPage {
  const publications = events.map((kept) => {
    const known = epoch === channel.epoch ? channel.at(kept.offset) : undefined;
    return known ?? new SharedPublication(channel.name, epoch, kept);
  });
  return { epoch, floor, top, publications };
}
