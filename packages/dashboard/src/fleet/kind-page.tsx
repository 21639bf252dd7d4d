/** A list of one kind, as a table. */
import type { ReactNode } from "react";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { Table } from "../components/table.tsx";
import { kindColumns } from "./columns.tsx";
import { rankOf, ranks } from "./condition.ts";
import { type FleetFilter, matches } from "./filter.ts";
import { StateFilter, TextFilter } from "./filter-bar.tsx";
import type { FleetItem } from "./item.ts";
import { useFleet } from "./use-fleet.ts";

/** Rows drawn before a person asks for more. */
const atFirst = 200;

interface KindPageProps {
  title: string;
  kind: keyof typeof kindColumns;
  filter: FleetFilter & { all?: boolean };
  onFilter: (filter: FleetFilter & { all?: boolean }) => void;
  empty: ReactNode;
}

export function KindPage({ title, kind, filter, onFilter, empty }: KindPageProps) {
  const fleet = useFleet();
  const items = [...fleet.items.values()].filter((item) => item.kind === kind);
  const found = items.filter((item) => matches(item, filter)).sort(byRankThenAge);
  const shown = filter.all ? found : found.slice(0, atFirst);
  return (
    <>
      <PageHead title={title}>{items.length > 0 && <TextFilter filter={filter} onFilter={onFilter} />}</PageHead>
      {items.length === 0 ? (
        <EmptyState
          title={fleet.loading ? `Asking the gateway for its ${title.toLowerCase()}` : `No ${title.toLowerCase()} yet`}
        >
          {!fleet.loading && empty}
        </EmptyState>
      ) : (
        <>
          <StateFilter items={items} filter={filter} onFilter={onFilter} />
          <section
            className="min-h-0 flex-1 overflow-auto border-t border-rule bg-panel"
            aria-label={title}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            tabIndex={0}
          >
            <Table label={title} columns={kindColumns[kind]} rows={shown} keyOf={(item) => item.key} />
          </section>
          <footer className="flex min-h-9 shrink-0 items-center gap-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
            Showing {count(shown.length)} of {count(items.length)}
            {shown.length < found.length && (
              <Button look="quiet" className="h-7" onClick={() => onFilter({ ...filter, all: true })}>
                Show all that match
              </Button>
            )}
          </footer>
        </>
      )}
    </>
  );
}

const byRankThenAge = (a: FleetItem, b: FleetItem): number =>
  ranks.indexOf(rankOf[a.condition]) - ranks.indexOf(rankOf[b.condition]) ||
  (b.startedAt ?? 0) - (a.startedAt ?? 0) ||
  a.key.localeCompare(b.key, "en", { numeric: true });
