/** Rows of several channels: the newest page of each first, then what came before, and what comes. */
import type { Client, Readable, Watch } from "@signalbox/client";
import { rowOf, rowsIn, type TimelineColumns } from "@signalbox/core/timeline";
import type { Publication } from "@signalbox/protocol";
import { type LaneContent, layOut, type PlacedRow } from "./bars.ts";

/** Rows held of all channels together; older ones are not fetched, and it is said. */
const rowsMost = 300_000;
/** Asked for at once: a browser has six connections to one place. */
const asksAtOnce = 4;
const renewedEveryMs = 250;

export interface LaneView {
  channel: string;
  content: LaneContent;
  /** Events looked at, and all there have been. */
  looked: number;
  total: number;
  /** The oldest that the gateway still keeps. */
  floor: number;
}

export interface TimelineView {
  lanes: readonly LaneView[];
  /** Earliest and latest row; undefined: there is none. */
  range: { from: number; to: number } | undefined;
  /** Bars and marks. */
  drawn: number;
  /** Events looked at, and all that are kept. */
  looked: number;
  kept: number;
  loading: boolean;
  /** More is kept than is held. */
  capped: boolean;
  error: string | undefined;
}

interface Page {
  epoch: string;
  floor: number;
  top: number;
  from: number;
  to: number;
  blocks: TimelineColumns[];
}

interface Lane {
  channel: string;
  rows: PlacedRow[];
  epoch: string;
  floor: number;
  top: number;
  /** Looked at are `from..to`. */
  from: number;
  to: number;
  begun: boolean;
  watch: Watch | undefined;
  /** Made anew when rows came. */
  view: LaneView | undefined;
}

const nothing: TimelineView = {
  ...{ lanes: [], range: undefined, drawn: 0, looked: 0, kept: 0 },
  ...{ loading: true, capped: false, error: undefined },
};

export class TimelineSource implements Readable<TimelineView> {
  readonly #client: Client;
  readonly #lanes = new Map<string, Lane>();
  readonly #listeners = new Set<() => void>();
  readonly #gone = new AbortController();
  #queue: Lane[] = [];
  #asking = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #view = nothing;
  #error: string | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  snapshot = (): TimelineView => this.#view;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** In the order in which they are drawn; those that are known already stay. */
  setChannels(channels: readonly string[]): void {
    const before = new Map(this.#lanes);
    this.#lanes.clear();
    for (const channel of channels) {
      const known = before.get(channel);
      const lane: Lane = known ?? {
        ...{ channel, rows: [], epoch: "", floor: 1, top: 0, from: 1, to: 0 },
        ...{ begun: false, watch: undefined, view: undefined },
      };
      this.#lanes.set(channel, lane);
      if (known === undefined) this.#queue.push(lane);
      before.delete(channel);
    }
    for (const lane of before.values()) lane.watch?.stop();
    this.#ask();
    this.#renew();
  }

  stop(): void {
    this.#gone.abort();
    clearTimeout(this.#timer);
    for (const { watch } of this.#lanes.values()) watch?.stop();
  }

  #ask(): void {
    while (this.#asking < asksAtOnce) {
      const lane = this.#queue.shift();
      if (lane === undefined) return;
      if (this.#lanes.get(lane.channel) !== lane) continue;
      this.#asking++;
      this.#read(lane)
        .catch((error: unknown) => {
          if (!this.#gone.signal.aborted) this.#error = error instanceof Error ? error.message : String(error);
        })
        .finally(() => {
          this.#asking--;
          if (this.#gone.signal.aborted) return;
          this.#ask();
          this.#renew();
        });
    }
  }

  async #read(lane: Lane): Promise<void> {
    const path = `/v1/channels/${encodeURIComponent(lane.channel)}/timeline`;
    const query = lane.begun ? `?to=${lane.from - 1}` : "";
    const page = await this.#client.request<Page>(path + query, { signal: this.#gone.signal });
    if (this.#gone.signal.aborted) return;
    if (lane.begun && page.epoch !== lane.epoch) return;
    const rows: PlacedRow[] = [];
    for (const block of page.blocks) rowsIn(block, (row, offset, at) => rows.push({ ...row, offset, at }));
    lane.rows = lane.begun ? [...rows, ...lane.rows] : rows;
    lane.from = page.from;
    lane.floor = page.floor;
    lane.view = undefined;
    if (!lane.begun) {
      lane.begun = true;
      lane.epoch = page.epoch;
      lane.to = page.to;
      lane.top = page.top;
      this.#follow(lane);
    }
    // What came before, when every channel has shown its newest.
    if (lane.from > lane.floor && this.#rows() < rowsMost) this.#queue.push(lane);
  }

  #follow(lane: Lane): void {
    const { channel, epoch, to } = lane;
    lane.watch = this.#client.watch(channel, {
      since: to === 0 ? "earliest" : { epoch, offset: to },
      // A process writes lines by the thousand; none of them is drawn.
      ...(channel.startsWith("process:") ? { filter: { types: processTypes } } : {}),
      onEvents: (events) => this.#take(lane, events),
    });
  }

  #take(lane: Lane, events: readonly Publication[]): void {
    for (const { type, data, offset, timestamp, epoch } of events) {
      if (epoch !== lane.epoch) {
        lane.epoch = epoch;
        lane.rows = [];
        lane.from = offset;
      }
      lane.to = Math.max(lane.to, offset);
      lane.top = Math.max(lane.top, offset);
      const row = rowOf({ type, data });
      if (row !== undefined) lane.rows.push({ ...row, offset, at: timestamp });
    }
    lane.view = undefined;
    this.#renew();
  }

  #rows(): number {
    let rows = 0;
    for (const lane of this.#lanes.values()) rows += lane.rows.length;
    return rows;
  }

  /** The first picture at once, later ones a few times a second. */
  #renew(): void {
    if (this.#timer !== undefined) return;
    const first = this.#view.lanes.length === 0;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#view = this.#made();
        for (const listener of [...this.#listeners]) listener();
      },
      first ? 0 : renewedEveryMs,
    );
  }

  #made(): TimelineView {
    const lanes: LaneView[] = [];
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const sums = { drawn: 0, looked: 0, kept: 0 };
    for (const lane of this.#lanes.values()) {
      if (!lane.begun) continue;
      lane.view ??= {
        channel: lane.channel,
        content: layOut(lane.rows),
        looked: lane.to - lane.from + 1,
        total: lane.top,
        floor: lane.floor,
      };
      lanes.push(lane.view);
      for (const row of ends(lane.rows)) {
        from = Math.min(from, row.at);
        to = Math.max(to, row.at);
      }
      const { bars, marks } = lane.view.content;
      sums.drawn += bars + marks.length;
      sums.looked += lane.view.looked;
      sums.kept += Math.max(0, lane.top - lane.floor + 1);
    }
    const loading = this.#queue.length + this.#asking > 0;
    return {
      ...{ lanes, ...sums, loading },
      range: from <= to ? { from, to } : undefined,
      capped: !loading && sums.looked < sums.kept,
      error: this.#error,
    };
  }
}

/** Times hardly ever go back: the first and the last few say where a lane begins and ends. */
const ends = (rows: readonly PlacedRow[]): PlacedRow[] => [...rows.slice(0, 50), ...rows.slice(-50)];

const processTypes = ["process_started", "process_stopped", "process_paused", "process_resumed", "process_error"];
