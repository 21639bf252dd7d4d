/** Who did what to whom, when, from where, and what came of it. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { Refusal } from "../components/refusal.tsx";
import { csv } from "../export/csv.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { save } from "../export/save.ts";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { AuditFilters } from "./audit-filters.tsx";
import { allEntries, createAuditList, exportedAtMost } from "./audit-list.ts";
import { AuditRow } from "./audit-row.tsx";
import { type AuditEntry, auditColumns } from "./entry.ts";
import type { AuditSearch } from "./search.ts";

const rowPx = 36;

export function AuditPage() {
  const { who, what, target, result, from, until } = useSearch({ from: "/audit" });
  const navigate = useNavigate();
  const client = useClient();
  const search = useMemo<AuditSearch>(
    () =>
      Object.fromEntries(
        Object.entries({ who, what, target, result, from, until }).filter(([, value]) => value !== undefined),
      ),
    [who, what, target, result, from, until],
  );
  const list = useMemo(() => createAuditList(client, search), [client, search]);
  const view = useReadable(list);
  const [exporting, setExporting] = useState<number>();
  const onSearch = (next: AuditSearch) =>
    void navigate({
      to: ".",
      search: (all: Record<string, unknown>) => ({ at: all.at, ...next }) as never,
      replace: true,
    });
  const exported = async (form: "csv" | "json") => {
    setExporting(0);
    try {
      const { entries, isCut } = await allEntries(client, search, setExporting);
      if (form === "csv") save("audit.csv", csv(auditColumns, entries), "text/csv");
      else save("audit.json", JSON.stringify(entries, undefined, 1), "application/json");
      const cut = `Only the newest ${count(exportedAtMost)} are in the file: a narrower time has the others.`;
      toast(isCut ? cut : `${count(entries.length)} entries saved.`);
    } finally {
      setExporting(undefined);
    }
  };
  return (
    <>
      <PageHead title="Audit">
        <span className="text-[13px] text-ink-2">who did what to whom, when, from where</span>
        {view.status === "live" && (
          <span className="ml-auto flex items-center gap-3">
            {exporting !== undefined && (
              <span role="status" className="text-[13px] text-ink-2">
                {count(exporting)} entries read
              </span>
            )}
            <ExportMenu
              exports={[
                { label: `CSV, all that fit, at most ${count(exportedAtMost)}`, run: () => exported("csv") },
                { label: `JSON, all that fit, at most ${count(exportedAtMost)}`, run: () => exported("json") },
              ]}
            />
          </span>
        )}
      </PageHead>
      {view.status === "refused" && view.error ? (
        <Refusal what="see the audit" error={view.error} />
      ) : (
        <>
          <AuditFilters search={search} onSearch={onSearch} />
          <Entries
            key={JSON.stringify(search)}
            view={view}
            onOlder={list.older}
            isFiltered={Object.keys(search).length > 0}
          />
        </>
      )}
    </>
  );
}

interface EntriesProps {
  view: ReturnType<ReturnType<typeof createAuditList>["snapshot"]>;
  onOlder: () => void;
  isFiltered: boolean;
}

function Entries({ view, onOlder, isFiltered }: EntriesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  /** What is read stays: away from the top, the newest that was shown is kept at the top. */
  const [held, setHeld] = useState<string>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const fresh =
    held === undefined
      ? 0
      : Math.max(
          0,
          view.entries.findIndex(({ position }) => position === held),
        );
  const entries = fresh > 0 ? view.entries.slice(fresh) : view.entries;
  const hold = () => setHeld((now) => now ?? entries[0]?.position);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => entries[index]?.position ?? index,
    overscan: 10,
  });
  const toggle = ({ position }: AuditEntry) => {
    const next = new Set(open);
    if (!next.delete(position)) next.add(position);
    setOpen(next);
    hold();
  };
  return (
    <section aria-label="Entries" className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-3 border-y border-rule bg-panel px-4 text-[13px] text-ink-2 md:px-6">
        <span data-testid="audit-count">
          Showing {count(entries.length)} of {count(view.total)} kept
          {isFiltered && ", those that fit"}
          {view.dropped > 0 && `; ${count(view.dropped)} older ones left this page`}
        </span>
        {fresh > 0 && (
          <Button
            className="h-7"
            onClick={() => {
              setHeld(undefined);
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            {count(fresh)} new
          </Button>
        )}
        {view.hasOlder && (
          <Button look="quiet" className="h-7" disabled={view.isAsking} onClick={onOlder}>
            Load older
          </Button>
        )}
        {view.error !== undefined && <Fault text={view.error.message} />}
      </div>
      {entries.length === 0 ? (
        <None isAsking={view.isAsking} isFiltered={isFiltered} />
      ) : (
        <div
          ref={scroller}
          className="min-h-0 flex-1 overflow-auto bg-panel"
          data-testid="audit"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={({ currentTarget }) => {
            if (currentTarget.scrollTop > rowPx) hold();
            else if (open.size === 0) setHeld(undefined);
          }}
        >
          <div style={{ height: virtual.getTotalSize() }} className="relative">
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const entry = entries[index];
              return (
                entry && (
                  <div
                    key={key}
                    ref={virtual.measureElement}
                    data-index={index}
                    className="absolute inset-x-0 top-0 border-b border-rule"
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <AuditRow entry={entry} open={open.has(entry.position)} onToggle={() => toggle(entry)} />
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

function None({ isAsking, isFiltered }: { isAsking: boolean; isFiltered: boolean }) {
  if (isAsking) return <EmptyState title="Asking the gateway for entries">{null}</EmptyState>;
  if (isFiltered) return <EmptyState title="No entry fits">Other words, or a wider time, may find some.</EmptyState>;
  return (
    <EmptyState title="Nobody has done anything yet">
      <p>Commands, decisions, keys and refused sign-ins come here as they happen. Give a command, and see it:</p>
      <CopyLine text="signalbox command agent:coder-001 pause" says="a command to give" />
    </EmptyState>
  );
}
