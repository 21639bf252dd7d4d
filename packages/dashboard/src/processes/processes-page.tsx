/** Every command that ran or runs. */

import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { LongTable } from "../components/long-table.tsx";
import { PageHead } from "../components/page.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { tableExports } from "../export/exports.ts";
import { matches } from "../fleet/filter.ts";
import { StateFilter, TextFilter } from "../fleet/filter-bar.tsx";
import { useIsPast } from "../stores/moment.ts";
import { processColumns } from "./process-columns.tsx";
import { processCsv, sorted } from "./process-rows.ts";
import type { ProcessesSearch } from "./processes-search.ts";
import { useProcesses } from "./use-processes.ts";

/** Logs that are shown as one at most. */
const mergedAtMost = 16;

export function ProcessesPage() {
  const search: ProcessesSearch = useSearch({ from: "/processes" });
  const navigate = useNavigate();
  const isPast = useIsPast();
  const { rows, nowMs, loading, truncated, error } = useProcesses();
  const onSearch = (next: ProcessesSearch) => void navigate({ to: "/processes", search: next, replace: true });
  const shown = sorted(
    rows.filter((row) => matches(row, search)),
    search.sort,
    nowMs,
  );
  if (rows.length === 0) {
    return (
      <>
        <PageHead title="Processes" />
        <EmptyState
          title={
            loading
              ? "Asking the gateway for its processes"
              : isPast
                ? "There were no processes yet"
                : "No processes yet"
          }
        >
          {error !== undefined && (
            <p>
              <Fault text={error} />
            </p>
          )}
          {!loading && !isPast && (
            <>
              <p>Any command becomes a process here when it is run like this:</p>
              <CopyLine text="npx signalbox run -- npm test" says="run a command" />
            </>
          )}
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <PageHead title="Processes">
        <TextFilter filter={search} onFilter={(filter) => onSearch({ ...filter, ...sortOf(search) })} />
        {shown.length > 1 && shown.length <= mergedAtMost && (
          <Link
            to="/logs"
            search={{ process: shown.map(({ id }) => id) }}
            className="inline-flex h-8 items-center rounded-md border border-rule bg-raised px-2.5 text-[13px] font-medium hover:border-rule-strong"
          >
            {count(shown.length)} logs as one
          </Link>
        )}
        <ExportMenu
          exports={tableExports(
            "processes",
            shown.map(({ state }) => state),
            processCsv,
          )}
        />
      </PageHead>
      <StateFilter items={rows} filter={search} onFilter={(filter) => onSearch({ ...filter, ...sortOf(search) })} />
      <div className="flex min-h-0 flex-1 border-t border-rule">
        <LongTable
          label="Processes"
          columns={processColumns}
          rows={shown}
          keyOf={({ key }) => key}
          sort={search.sort}
          onSort={(sort) => onSearch({ ...search, sort })}
        />
      </div>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
        <span>
          Showing {count(shown.length)} of {count(rows.length)}
        </span>
        {truncated && <span>There are more than the gateway sends at once</span>}
        {error !== undefined && <Fault text={error} />}
      </footer>
    </>
  );
}

const sortOf = ({ sort }: ProcessesSearch): ProcessesSearch => (sort === undefined ? {} : { sort });
