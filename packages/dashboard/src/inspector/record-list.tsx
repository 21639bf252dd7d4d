/** The newest messages that fit, newest first; a long list of which only what is seen is drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { csv } from "../export/csv.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { save } from "../export/save.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { recordColumns, type WireRecord } from "./record.ts";
import { RecordRow } from "./record-row.tsx";
import { keptAtMost } from "./ring.ts";
import type { InspectorSearch } from "./search.ts";
import type { Source } from "./sources.ts";

const rowPx = 32;

interface RecordListProps {
  source: Source;
  search: InspectorSearch;
  onSearch: (search: InspectorSearch) => void;
}

export function RecordList({ source, search, onSearch }: RecordListProps) {
  const view = useReadable(source.ring);
  const error = useReadable(source.error);
  const scroller = useRef<HTMLDivElement>(null);
  /** What is read stays: paused, the list is kept as it was, while counting goes on. */
  const [held, setHeld] = useState<readonly WireRecord[]>();
  const [isPaused, setPaused] = useState(false);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const records = held ?? view.records;
  const fresh = held ? view.records.filter(({ id }) => id > (held.at(-1)?.id ?? 0)).length : 0;
  const at = (index: number): WireRecord | undefined => records[records.length - 1 - index];
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => at(index)?.id ?? index,
    overscan: 10,
  });
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
    setHeld(records);
  };
  const resume = () => {
    setHeld(undefined);
    setPaused(false);
    setOpen(new Set());
    scroller.current?.scrollTo({ top: 0 });
  };
  const pause = () => {
    setHeld(records);
    setPaused(true);
  };
  const clear = () => {
    source.ring.clear();
    resume();
  };
  const lost = view.fitting - view.records.length;
  return (
    <section aria-label="Messages" className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-3 border-y border-rule bg-panel px-4 text-[13px] text-ink-2 md:px-6">
        <span data-testid="record-count">
          Kept {count(view.records.length)} of {count(view.fitting)} that fit
          {lost > 0 && `, the oldest ${count(lost)} dropped`} · {count(view.seen)} went by
          {view.perSecond > 0 && ` · ${count(Math.round(view.perSecond))} /s`}
        </span>
        {view.gaps > 0 && (
          <span className="text-stop">
            {count(view.gaps)} gaps: {count(view.left)} events were not sent to this page
          </span>
        )}
        {fresh > 0 && (
          <Button className="h-7" onClick={resume}>
            {count(fresh)} new
          </Button>
        )}
        <span className="ml-auto flex gap-2 py-1">
          <Button aria-pressed={isPaused} onClick={isPaused ? resume : pause}>
            {isPaused ? "Go on" : "Pause"}
          </Button>
          <Button onClick={clear}>Clear</Button>
          <ExportMenu
            exports={[
              {
                label: `JSON lines, ${count(records.length)} messages`,
                run: () =>
                  save("messages.jsonl", records.map(({ text }) => `${text}\n`).join(""), "application/x-ndjson"),
              },
              {
                label: `CSV, ${count(records.length)} messages`,
                run: () => save("messages.csv", csv(recordColumns, records), "text/csv"),
              },
            ]}
          />
        </span>
      </div>
      {records.length === 0 ? (
        <None search={search} error={error?.message} seen={view.seen} />
      ) : (
        <div
          ref={scroller}
          className="min-h-0 flex-1 overflow-auto bg-panel"
          data-testid="records"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={({ currentTarget }) => {
            if (currentTarget.scrollTop > rowPx) setHeld((now) => now ?? records);
            else if (open.size === 0 && !isPaused) setHeld(undefined);
          }}
        >
          <div style={{ height: virtual.getTotalSize() }} className="relative">
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const record = at(index);
              return (
                record && (
                  <div
                    key={key}
                    ref={virtual.measureElement}
                    data-index={index}
                    className="absolute inset-x-0 top-0 border-b border-rule"
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <RecordRow
                      record={record}
                      open={open.has(record.id)}
                      onToggle={() => toggle(record.id)}
                      onRelated={(id) => onSearch({ ...search, q: id })}
                    />
                  </div>
                )
              );
            })}
          </div>
        </div>
      )}
    </section>
  );
}

function None({ search, error, seen }: { search: InspectorSearch; error: string | undefined; seen: number }) {
  if (error !== undefined) {
    return (
      <EmptyState title="The gateway does not send this">
        <p>{calm(error)}. Another channel, or a token with the verb subscribe on it, may.</p>
      </EmptyState>
    );
  }
  if (seen > 0) {
    return (
      <EmptyState title="Nothing fits yet">{`${count(seen)} messages went by, and none of them fits.`}</EmptyState>
    );
  }
  if (search.tab === "own") return <EmptyState title="No frame yet">Frames come here as they go by.</EmptyState>;
  return (
    <EmptyState title="Nothing was published since this was opened">
      <p>At most the newest {count(keptAtMost)} messages are kept here. To see one go by:</p>
      <CopyLine text={`signalbox publish global note '{"text":"hello"}'`} says="an event to publish" />
      <p>What was published before is a moment of history: write last:100 or earliest under From.</p>
    </EmptyState>
  );
}
