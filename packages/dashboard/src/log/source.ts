/** A process's log: live tail and fetched pages, put into one bounded window. */
import type { Client, Readable, Watch } from "@signalbox/client";
import type { Gap, Publication } from "@signalbox/protocol";
import { fieldsOf } from "../feed/fields.ts";
import { LogPages } from "./pages.ts";
import { firstOf, pageSize } from "./row-counts.ts";

/** Enough to fill a screen before anything else is asked for. */
const tailRows = 300;
/** Pages asked for at the same time. */
const mostFetches = 2;
/** At least so long from one telling to the next, a little less than two frames: a flood is drawn thirty times a second. */
const tellMs = 25;
/** After a request failed, before the rows looked at are asked for again. */
const againMs = 2_000;

export interface LogStatus {
  /** Goes up with every change of the rows. */
  readonly version: number;
  /** Known to be as far as the gateway is. */
  readonly state: "loading" | "catching-up" | "live" | "offline" | "refused";
  /** Events still to come before the view is live. */
  readonly behind: number;
  /** Newest line number seen. */
  readonly lastLine: number;
  readonly error: string | undefined;
}

/** An answer of `GET /v1/channels/{channel}/events`, as far as it is used. */
interface HistoryPage {
  epoch: string;
  top: number;
  floor: number;
  events: Publication[];
  gap?: Gap;
}

export class LogSource implements Readable<LogStatus> {
  readonly pages = new LogPages();
  readonly channel: string;
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #status: LogStatus = { version: 0, state: "loading", behind: 0, lastLine: 0, error: undefined };
  #lastLine = 0;
  #error: string | undefined;
  #watch: Watch | undefined;
  #renewal: number | undefined;
  #toldAtMs = 0;
  /** Wanted pages, the most wanted first; and those on their way. */
  #wanted: number[] = [];
  readonly #fetching = new Map<number, Promise<void>>();
  #again: ReturnType<typeof setTimeout> | undefined;
  #stop = new AbortController();

  constructor(client: Client, processId: string) {
    this.#client = client;
    this.channel = `process:${processId}`;
  }

  snapshot = (): LogStatus => this.#status;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins to follow the process; returns what ends it. */
  start(): () => void {
    this.#stop = new AbortController();
    const stopped = this.#stop.signal;
    this.#watch = this.#client.watch(this.channel, {
      since: this.pages.newest > 0 ? { epoch: this.pages.epoch, offset: this.pages.newest } : { last: tailRows },
      onEvents: (publications) => this.#put(publications),
      onGap: (_channel, gap) => {
        this.pages.lose(gap);
        this.#changed();
      },
      onState: () => this.#changed(),
      onError: (error) => {
        this.#error = `${error.message} ${error.help}`;
        this.#changed();
      },
    });
    void this.#ask("last:1", 1, stopped);
    return () => {
      this.#stop.abort();
      this.#watch?.stop();
      this.#watch = undefined;
      clearTimeout(this.#again);
      this.#again = undefined;
      if (this.#renewal !== undefined) cancelAnimationFrame(this.#renewal);
      this.#renewal = undefined;
    };
  }

  /** These rows are looked at: fetches those that are not held. A later call takes the place of an earlier one. */
  need(from: number, to: number): void {
    this.pages.focusOn(from);
    if (this.#again !== undefined) return;
    this.#wanted = this.pages.missing(from, to).filter((page) => !this.#fetching.has(page));
    this.#fetch();
  }

  /** What was not sent to a slow connection is fetched, as far as it is looked at. */
  fetchUnsent(range: { from: number; to: number }): void {
    this.pages.wantUnsent(range);
    this.#changed();
  }

  /** Shows the log as it was when this was its newest offset; undefined: as it is. */
  showUntil(offset: number | undefined): void {
    this.pages.showUntil(offset);
    this.#changed();
  }

  /** Resolves when the page is held, or could not be had. */
  async load(page: number): Promise<void> {
    if (this.pages.missing(firstOf(page), firstOf(page) + pageSize - 1).length === 0) return;
    await (this.#fetching.get(page) ?? this.#fetchPage(page));
  }

  #fetch(): void {
    while (this.#fetching.size < mostFetches) {
      const page = this.#wanted.shift();
      if (page === undefined) return;
      void this.#fetchPage(page);
    }
  }

  #fetchPage(page: number): Promise<void> {
    const after = Math.max(firstOf(page), this.pages.floor) - 1;
    const { signal } = this.#stop;
    const fetched = this.#fetchRange(
      `${this.pages.epoch}:${after}`,
      firstOf(page) + pageSize - 1 - after,
      signal,
    ).finally(() => {
      this.#fetching.delete(page);
      if (!signal.aborted) this.#fetch();
    });
    this.#fetching.set(page, fetched);
    return fetched;
  }

  /** An answer may be cut short by its size in bytes: goes on until the page is whole. */
  async #fetchRange(since: string, limit: number, signal: AbortSignal): Promise<void> {
    let from = since;
    let left = limit;
    while (left > 0) {
      const answer = await this.#ask(from, left, signal);
      const last = answer?.events.at(-1);
      if (!answer || !last || last.offset >= answer.top) return;
      left -= answer.events.length;
      from = `${answer.epoch}:${last.offset}`;
    }
  }

  async #ask(since: string, limit: number, signal: AbortSignal): Promise<HistoryPage | undefined> {
    const query = new URLSearchParams({ since, limit: String(limit) });
    try {
      const answer = await this.#client.request<HistoryPage>(
        `/v1/channels/${encodeURIComponent(this.channel)}/events?${query}`,
        { signal },
      );
      this.#error = undefined;
      // Where the watch goes on, what is newer comes with it, or is said to be left out: asking for it would not end.
      const follows = this.#watch?.state().position?.epoch === answer.epoch;
      this.pages.extend(answer.epoch, answer.floor, follows ? 0 : answer.top);
      this.#put(answer.events);
      return answer;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#error = error instanceof Error ? error.message : String(error);
      this.#wanted = [];
      // The change that this tells makes the view ask for its rows again.
      this.#again ??= setTimeout(() => {
        this.#again = undefined;
        this.#changed();
      }, againMs);
      this.#changed();
      return undefined;
    }
  }

  #put(publications: readonly Publication[]): void {
    this.pages.put(publications);
    const newest = publications.findLast((one) => one.type === "process_output");
    this.#lastLine = Math.max(this.#lastLine, fieldsOf(newest?.data).number("line") ?? 0);
    this.#changed();
  }

  /** Tells listeners at the next frame, or the one after it if they were just told, however many events came meanwhile. */
  #changed(): void {
    if (this.#renewal !== undefined || this.#stop.signal.aborted) return;
    this.#renewal = requestAnimationFrame((frameMs) => {
      this.#renewal = undefined;
      if (frameMs - this.#toldAtMs < tellMs) return this.#changed();
      this.#toldAtMs = frameMs;
      this.#status = this.#now();
      for (const listener of [...this.#listeners]) listener();
    });
  }

  #now(): LogStatus {
    const watch = this.#watch?.state();
    const behind = Math.max(0, (watch?.head ?? 0) - (watch?.position?.offset ?? watch?.head ?? 0));
    return {
      version: this.#status.version + 1,
      state: stateOf(watch?.status, behind),
      behind,
      lastLine: this.#lastLine,
      error: this.#error,
    };
  }
}

function stateOf(status: ReturnType<Watch["state"]>["status"] | undefined, behind: number): LogStatus["state"] {
  if (status === "live") return behind > 0 ? "catching-up" : "live";
  if (status === "catching_up") return "catching-up";
  if (status === "offline" || status === "refused") return status;
  return "loading";
}
