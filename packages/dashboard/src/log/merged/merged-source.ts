/** The newest lines of several processes, bounded. */
import type { Client, Readable } from "@signalbox/client";
import type { Gap, Publication } from "@signalbox/protocol";
import { count } from "../../components/figures.ts";
import { hidden, type LogRow, rowOf } from "../row.ts";
import { inStep, type MergedRow, merge } from "./merge.ts";

/** Of each process, when it is opened. */
export const lastOfEach = 1_000;
/** Held over all of them; beyond it the oldest go, some at a time. */
const mergedMost = 20_000;
const slack = 2_000;

export interface MergedView {
  rows: readonly MergedRow[];
  /** Older ones that were let go. */
  cut: number;
  live: boolean;
  /** By process: why it is not shown. */
  refused: ReadonlyMap<string, string>;
}

export function createMerged(client: Client, processIds: readonly string[]): Readable<MergedView> {
  let rows: MergedRow[] = [];
  let cut = 0;
  let waiting: MergedRow[] = [];
  const latest = new Map<string, number>();
  const before = new Map<string, LogRow>();
  const states = new Map<string, boolean>();
  const refused = new Map<string, string>();
  let view: MergedView = { rows, cut, live: false, refused };
  let stop: (() => void) | undefined;
  let renewal: number | undefined;
  const listeners = new Set<() => void>();
  const renew = () => {
    renewal ??= requestAnimationFrame(() => {
      renewal = undefined;
      if (waiting.length > 0) rows = merge(rows, waiting);
      waiting = [];
      if (rows.length > mergedMost + slack) {
        cut += rows.length - mergedMost;
        rows = rows.slice(-mergedMost);
      }
      const live = processIds.every((id) => states.get(id) === true || refused.has(id));
      view = { rows, cut, live, refused: new Map(refused) };
      for (const listener of [...listeners]) listener();
    });
  };
  const add = (made: readonly MergedRow[]) => {
    waiting.push(...inStep(made, latest));
    renew();
  };
  const put = (process: string, events: readonly Publication[]) =>
    add(
      events.flatMap((event) => {
        const row = rowOf(event, before.get(process));
        if (row === hidden) return [];
        before.set(process, row);
        return [{ key: `${process} ${event.epoch}:${event.offset}`, process, row }];
      }),
    );
  const lose = (process: string, gap: Gap) => {
    if (gap.to === undefined) return;
    const text = `${count(gap.to - gap.from + 1)} events of this process are not here (${gap.reason}).`;
    const row: LogRow = {
      offset: gap.to,
      kind: "gap",
      stream: undefined,
      text,
      line: undefined,
      continued: false,
      timestampMs: 0,
    };
    add([{ key: `${process} gap ${gap.epoch}:${gap.to}`, process, row }]);
  };
  const begin = () => {
    rows = [];
    cut = 0;
    const watches = processIds.map((id) =>
      client.watch(`process:${id}`, {
        since: { last: lastOfEach },
        onEvents: (events) => put(id, events),
        onGap: (_channel, gap) => lose(id, gap),
        onState: ({ status }) => {
          states.set(id, status === "live");
          renew();
        },
        onError: ({ message, help }) => {
          refused.set(id, `${message} ${help}`);
          renew();
        },
      }),
    );
    return () => {
      for (const watch of watches) watch.stop();
    };
  };
  return {
    snapshot: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
        if (renewal !== undefined) cancelAnimationFrame(renewal);
        renewal = undefined;
      };
    },
  };
}
