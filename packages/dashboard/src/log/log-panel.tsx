/** A log with its tools: follow, go to, search, next error, download. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { seekLine } from "./find.ts";
import { highlighter } from "./highlight.ts";
import { LogFoot } from "./log-foot.tsx";
import { LogTools } from "./log-tools.tsx";
import { LogView } from "./log-view.tsx";
import { contextRows, walk } from "./range.ts";
import type { LogRow } from "./row.ts";
import { SearchPanel } from "./search-panel.tsx";
import { LogSource } from "./source.ts";
import { StderrPanel } from "./stderr-panel.tsx";
import { useErrorSearch } from "./use-error-search.ts";
import { createViewport } from "./viewport.ts";
import { WholeLine } from "./whole-line.tsx";

interface LogPanelProps {
  processId: string;
  name: string;
  /** As the process's state counts them. */
  totalLines: number;
  errorLines: number;
  ended: boolean;
  /** The newest offset at the moment that is looked at; undefined: now. */
  until: number | undefined;
}

export function LogPanel({ processId, name, totalLines, errorLines, ended, until }: LogPanelProps) {
  const client = useClient();
  const source = useMemo(() => new LogSource(client, processId), [client, processId]);
  const viewport = useMemo(createViewport, []);
  const status = useReadable(source);
  const { q, line, stderr } = useSearch({ from: "/processes/$id" });
  const navigate = useNavigate();
  const [whole, setWhole] = useState<LogRow>();
  const found = useMemo(() => (q === undefined ? undefined : highlighter(q)), [q]);

  useEffect(() => source.start(), [source]);
  useEffect(() => {
    source.showUntil(until);
    // At the end that it had then.
    if (until !== undefined) viewport.follow();
  }, [source, viewport, until]);

  const goTo = useCallback(
    (offset: number) => {
      const above = walk(source.pages, offset - 1, -1, contextRows);
      viewport.goTo(offset, above.at(-1) ?? offset, source.pages.top);
    },
    [source, viewport],
  );

  const goToLine = useCallback(
    async (wanted: number) => {
      const offset = (await seekLine(source, wanted)) ?? Math.min(wanted, source.pages.top);
      goTo(offset);
      const row = source.pages.at(offset);
      if (typeof row === "object" && row.line !== undefined && row.line !== wanted) {
        toast(`Line ${count(wanted)} is not there; this is the nearest one that is kept.`);
      }
    },
    [source, goTo],
  );

  // An address with a line opens there, once there is a log to look into.
  const opened = useRef<number>(undefined);
  const ready = status.version > 0 && source.pages.top > 0;
  useEffect(() => {
    if (!ready || line === undefined || opened.current === line) return;
    opened.current = line;
    void goToLine(line);
  }, [ready, line, goToLine]);

  const errors = useErrorSearch(source, viewport, goTo);
  const search = (change: { q?: string | undefined; line?: number | undefined; stderr?: boolean }) => {
    const next = { q, line, stderr, ...change };
    void navigate({
      to: "/processes/$id",
      params: { id: processId },
      search: {
        ...(next.q ? { q: next.q } : {}),
        ...(next.line ? { line: next.line } : {}),
        ...(next.stderr ? { stderr: true } : {}),
      },
      replace: true,
    });
  };
  const pick = (row: LogRow) => {
    opened.current = row.line;
    goTo(row.offset);
    search({ line: row.line });
  };
  const empty = ready ? undefined : status.state === "loading" ? "Asking the gateway for the log" : "No output yet";

  return (
    <section aria-label="Log" className="flex min-h-72 flex-1 flex-col border-t border-rule">
      <LogTools
        processId={processId}
        name={name}
        q={q}
        onSearch={(text) => search({ q: text })}
        onLine={(wanted) => {
          opened.current = wanted;
          search({ line: wanted });
          void goToLine(wanted);
        }}
        errors={errors}
        totalLines={until === undefined ? Math.max(totalLines, status.lastLine) : totalLines}
        errorLines={errorLines}
        stderr={stderr ?? false}
        onStderr={(shown) => search({ stderr: shown })}
        line={line}
      />
      <div className="relative flex min-h-0 flex-1 max-md:flex-col">
        <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
          {empty === undefined ? (
            <LogView
              source={source}
              viewport={viewport}
              found={found}
              label={`Log of ${calm(name)}`}
              totalLines={totalLines}
              onWhole={setWhole}
              onPick={pick}
            />
          ) : (
            <EmptyState title={empty}>
              {status.error ?? (ended ? "It ended without writing a line." : "Lines appear here as they are written.")}
            </EmptyState>
          )}
        </div>
        {stderr && (
          <StderrPanel
            processId={processId}
            total={errorLines}
            until={until}
            onPick={goTo}
            onClose={() => search({ stderr: false })}
          />
        )}
        {q !== undefined && (
          <SearchPanel
            key={q}
            channel={source.channel}
            q={q}
            until={until}
            onHit={goTo}
            onClose={() => search({ q: undefined })}
          />
        )}
      </div>
      <LogFoot source={source} viewport={viewport} totalLines={totalLines} isPast={until !== undefined} />
      {whole && <WholeLine row={whole} onClose={() => setWhole(undefined)} />}
    </section>
  );
}
