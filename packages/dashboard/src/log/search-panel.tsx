/** What the gateway found in the whole log, newest first. */

import type { Publication } from "@signalbox/protocol";
import { useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { Fault } from "../components/fault.tsx";
import { count, exactTimeOfDay } from "../components/figures.ts";
import { ChevronIcon, CloseIcon } from "../components/icons.tsx";
import { useClient } from "../stores/client.tsx";
import { plainText } from "../text/ansi.ts";
import { cutAtMatches, highlighter } from "./highlight.ts";
import { rowOf } from "./row.ts";

const pageLength = 100;
/** Around the first match. */
const excerptLength = 160;

interface SearchAnswer {
  hits: Publication[];
  next?: string;
}

interface SearchPanelProps {
  channel: string;
  q: string;
  /** Hits after it are not shown. */
  until: number | undefined;
  onHit: (offset: number) => void;
  onClose: () => void;
}

export function SearchPanel({ channel, q, until, onHit, onClose }: SearchPanelProps) {
  const { hits: all, more, error, loading, loadMore } = useHits(channel, q);
  const hits = until === undefined ? all : all.filter(({ offset }) => offset <= until);
  const isSearching = hits.length === 0 && (loading || (more && error === undefined));
  // The newest hits may all be later than the moment that is looked at.
  useEffect(() => {
    if (hits.length === 0 && more && !loading && error === undefined) loadMore();
  });
  const [current, setCurrent] = useState<number>();
  const list = useRef<HTMLOListElement>(null);
  const go = (index: number) => {
    const hit = hits[index];
    if (!hit) return;
    setCurrent(index);
    onHit(hit.offset);
    list.current?.children[index]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <aside
      aria-label={`Lines with ${q}`}
      data-testid="search-hits"
      className="flex shrink-0 flex-col border-rule bg-panel max-md:h-2/5 max-md:border-t md:w-96 md:border-l"
    >
      <div className="flex min-h-10 items-center gap-1 border-b border-rule pr-2 pl-3 text-[13px]">
        <span className="min-w-0 flex-1 truncate" aria-live="polite">
          {isSearching ? "Searching the gateway" : `${count(hits.length)}${more ? "+" : ""} `}
          {!isSearching && (hits.length === 1 ? "line" : "lines")}
          {current !== undefined && ` · at ${count(current + 1)}`}
        </span>
        <Button look="quiet" aria-label="Newer hit" disabled={!current} onClick={() => go((current ?? 0) - 1)}>
          <ChevronIcon className="h-4 w-4 -rotate-90" />
        </Button>
        <Button
          look="quiet"
          aria-label="Older hit"
          disabled={current === hits.length - 1 || hits.length === 0}
          onClick={() => go(current === undefined ? 0 : current + 1)}
        >
          <ChevronIcon className="h-4 w-4 rotate-90" />
        </Button>
        <Button look="quiet" aria-label="Close the search" onClick={onClose}>
          <CloseIcon />
        </Button>
      </div>
      {error !== undefined && (
        <p className="p-3 text-[13px]">
          <Fault text={error} />
        </p>
      )}
      {!isSearching && error === undefined && hits.length === 0 && (
        <p className="p-3 text-[13px] text-ink-2">
          No kept line has these words. Whole words are compared; <code className="font-mono">fail*</code> finds their
          beginnings, <code className="font-mono">"two words"</code> a phrase.
        </p>
      )}
      <ol ref={list} className="min-h-0 flex-1 overflow-y-auto">
        {hits.map((hit, index) => (
          <Hit key={`${hit.epoch}:${hit.offset}`} hit={hit} q={q} current={index === current} onGo={() => go(index)} />
        ))}
        {more && (
          <li className="p-2">
            <Button look="quiet" onClick={loadMore} disabled={loading}>
              Showing the newest {count(hits.length)} · load more
            </Button>
          </li>
        )}
      </ol>
    </aside>
  );
}

interface HitProps {
  hit: Publication;
  q: string;
  current: boolean;
  onGo: () => void;
}

function Hit({ hit, q, current, onGo }: HitProps) {
  const row = rowOf(hit);
  const found = useMemo(() => highlighter(q), [q]);
  if (row === "hidden") return null;
  const text = excerpt(plainText(row.text), found);
  return (
    <li>
      <button
        type="button"
        aria-current={current}
        onClick={onGo}
        className="flex w-full cursor-pointer flex-col border-b border-rule px-3 py-1.5 text-left hover:bg-raised aria-[current=true]:bg-run-soft"
      >
        <span className="flex w-full justify-between text-xs text-ink-3">
          <span>{row.line === undefined ? `Row ${count(row.offset)}` : `Line ${count(row.line)}`}</span>
          <span>{exactTimeOfDay(row.timestampMs)}</span>
        </span>
        <span className="w-full truncate font-mono text-[13px]">
          {found
            ? cutAtMatches(text, found).map((part, at) =>
                // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line never change places
                at % 2 === 1 ? <mark key={at}>{part}</mark> : part,
              )
            : text}
        </span>
      </button>
    </li>
  );
}

function excerpt(text: string, found: RegExp | undefined): string {
  const at = found ? text.search(new RegExp(found.source, "i")) : 0;
  const from = at > 40 ? at - 24 : 0;
  return `${from > 0 ? "…" : ""}${text.slice(from, from + excerptLength)}`;
}

function useHits(channel: string, q: string) {
  const client = useClient();
  const [answers, setAnswers] = useState<readonly SearchAnswer[]>([]);
  const [error, setError] = useState<string>();
  const [asked, setAsked] = useState<{ before: string | undefined }>({ before: undefined });
  const [loading, setLoading] = useState(true);
  useEffect(() => {
    const stop = new AbortController();
    const query = new URLSearchParams({ q, channel, types: "process_output", limit: String(pageLength) });
    if (asked.before !== undefined) query.set("before", asked.before);
    setLoading(true);
    client.request<SearchAnswer>(`/v1/search?${query}`, { signal: stop.signal }).then(
      (answer) => {
        setAnswers((had) => (asked.before === undefined ? [answer] : [...had, answer]));
        setLoading(false);
      },
      (failure: unknown) => {
        if (stop.signal.aborted) return;
        setError(failure instanceof Error ? failure.message : String(failure));
        setLoading(false);
      },
    );
    return () => stop.abort();
  }, [client, channel, q, asked]);
  const hits = useMemo(() => answers.flatMap((answer) => answer.hits), [answers]);
  const next = answers.at(-1)?.next;
  return { hits, more: next !== undefined, error, loading, loadMore: () => setAsked({ before: next }) };
}
