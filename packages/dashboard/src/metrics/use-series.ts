/** Figures that follow: asked for once, then what is new every step, and not while nobody looks. */
import type { Client } from "@signalbox/client";
import { useEffect, useMemo, useState } from "react";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { useMoment } from "../stores/moment.ts";
import { type Range, ranges } from "./search.ts";
import { between, joined, type SeriesAnswer, together } from "./series.ts";

export interface NodesAnswer {
  shared: boolean;
  nodes: ReadonlyArray<{ name: string }>;
}

export interface SeriesView {
  nodes: readonly string[];
  /** What is to be seen; undefined: it has not come yet. */
  answer: SeriesAnswer | undefined;
  error: { name: string; message: string } | undefined;
}

const fineMs = 5_000;
const hourMs = 3_600_000;
/** After an error. */
const againMs = 10_000;

export function useSeries(range: Range, node: string | undefined): SeriesView {
  const client = useClient();
  const moment = useMoment();
  const spanMs = ranges[range];
  // Fine figures are kept for an hour: a time before that has those of minutes.
  const isFine = spanMs <= hourMs && (moment === undefined || moment - spanMs > Date.now() - hourMs);
  const [view, setView] = useState<SeriesView>({ nodes: [], answer: undefined, error: undefined });
  useEffect(() => {
    setView((before) => ({ ...before, answer: undefined, error: undefined }));
    return follow(
      client,
      { isFine, spanMs: moment === undefined ? spanMs : isFine ? hourMs : ranges["24h"], node },
      setView,
    );
  }, [client, isFine, spanMs, moment, node]);
  const now = Math.floor(useNow() / fineMs) * fineMs;
  const { answer } = view;
  return useMemo(() => {
    if (answer === undefined) return view;
    const toMs = moment ?? Number.MAX_SAFE_INTEGER;
    return { ...view, answer: between(answer, (moment ?? now) - spanMs, toMs) };
  }, [view, answer, moment, now, spanMs]);
}

interface FollowOptions {
  isFine: boolean;
  spanMs: number;
  node: string | undefined;
}

function follow(client: Client, { isFine, spanMs, node }: FollowOptions, show: (view: SeriesView) => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const step = isFine ? 5 : 60;
  const had = new Map<string, SeriesAnswer>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  const ask = async (name: string): Promise<void> => {
    const before = had.get(name);
    const sinceMs = Date.now() - spanMs - step * 2_000;
    const query = new URLSearchParams({ step: String(step), from: String(before?.at.at(-1) ?? sinceMs), node: name });
    const more = await client.request<SeriesAnswer>(`/v1/metrics/series?${query}`, { signal });
    had.set(name, joined(before, more, sinceMs));
  };
  const next = async (): Promise<void> => {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    let waitMs = fineMs;
    try {
      const { nodes } = await client.request<NodesAnswer>("/v1/nodes", { signal });
      const names = nodes.map(({ name }) => name);
      for (const gone of had.keys()) if (!names.includes(gone)) had.delete(gone);
      await Promise.all((node === undefined ? names : [node]).map(ask));
      if (!signal.aborted) show({ nodes: names, answer: together([...had.values()]), error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      waitMs = againMs;
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      show({ nodes: [...had.keys()], answer: together([...had.values()]), error: { name, message } });
    } finally {
      isAsking = false;
      if (!signal.aborted) timer = setTimeout(() => void next(), waitMs);
    }
  };
  const seen = (): void => void next();
  document.addEventListener("visibilitychange", seen);
  void next();
  return () => {
    stop.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
