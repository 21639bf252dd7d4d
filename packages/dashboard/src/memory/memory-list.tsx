import type { MemoryEntry } from "@signalbox/core/reducers";
import { Chip } from "../components/chip.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { type LongColumn, LongTable } from "../components/long-table.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { WordFilter } from "../components/word-filter.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { tableExports } from "../export/exports.ts";
import { calm } from "../text/visible.ts";
import { EntryDetail } from "./entry-detail.tsx";
import { entriesShown, kindOf, memoryCsv, nameOf, valueText } from "./memory-rows.ts";
import type { MemorySearch } from "./memory-search.ts";
import { useSessionMemory } from "./use-memory.ts";

interface MemoryListProps {
  session: string;
  search: MemorySearch;
  onSearch: (search: MemorySearch) => void;
}

/** Characters of a value that a row shows. */
const excerpt = 200;

const columns = (onOpen: (entry: MemoryEntry) => void): ReadonlyArray<LongColumn<MemoryEntry>> => [
  {
    name: "Entry",
    sort: "key",
    cell: (entry) => (
      <button
        type="button"
        title={calm(nameOf(entry))}
        onClick={() => onOpen(entry)}
        className="block max-w-[55vw] cursor-pointer truncate text-left font-mono font-medium hover:underline md:max-w-[24ch] xl:max-w-[40ch]"
      >
        {calm(nameOf(entry))}
      </button>
    ),
  },
  {
    name: "Says",
    cell: (entry) => (
      <span className="block truncate text-ink-2">{calm(valueText(entry.value).slice(0, excerpt))}</span>
    ),
    wideOnly: true,
    className: "max-w-0 w-full",
  },
  { name: "Kind", cell: kindOf, wideOnly: true, className: "text-ink-2" },
  {
    name: "Version",
    sort: "version",
    cell: ({ version, conflicts }) => (
      <>
        {count(version)}
        {conflicts > 0 && <span className="text-wait"> · {count(conflicts)} late</span>}
      </>
    ),
    align: "right",
  },
  {
    name: "Written by",
    cell: ({ author }) => (
      <span className="block max-w-[20ch] truncate">{author === undefined ? "" : calm(author)}</span>
    ),
    wideOnly: true,
  },
  {
    name: "Written",
    sort: "written",
    cell: ({ at }) => <RelativeTime ms={at} />,
    align: "right",
    className: "text-ink-2",
  },
];

export function MemoryList({ session, search, onSearch }: MemoryListProps) {
  const { state, loading, epoch, error } = useSessionMemory(`session:${session}`);
  const { items, cut } = state.entries;
  const change = (next: Partial<Record<keyof MemorySearch, string | boolean | undefined>>) =>
    onSearch(Object.fromEntries(Object.entries({ ...search, session, ...next }).filter(([, value]) => value)));
  if (items.length === 0) {
    return (
      <EmptyState title={loading ? "Asking the gateway for the memory" : "This session wrote nothing down"}>
        {error}
      </EmptyState>
    );
  }
  const rows = entriesShown(items, search);
  const forgotten = items.filter(({ deleted }) => deleted).length;
  const open = items.find((entry) => nameOf(entry) === search.entry);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-4 pb-3 md:px-6">
        <WordFilter label="Only entries with these words" value={search.q ?? ""} onChange={(q) => change({ q })} />
        {forgotten > 0 && (
          <Chip pressed={search.deleted ?? false} onPress={() => change({ deleted: !search.deleted })} many={forgotten}>
            forgotten, too
          </Chip>
        )}
        <ExportMenu exports={tableExports(`memory-${session}`, rows, memoryCsv)} />
      </div>
      <div className="flex min-h-0 flex-1 border-t border-rule max-md:flex-col">
        <LongTable
          label="Memory"
          columns={columns((entry) => change({ entry: nameOf(entry) }))}
          rows={rows}
          keyOf={nameOf}
          sort={search.sort ?? "-written"}
          onSort={(sort) => change({ sort })}
          chosen={search.entry}
        />
        {open && (
          <EntryDetail
            key={nameOf(open)}
            session={session}
            entry={open}
            epoch={epoch}
            onClose={() => change({ entry: undefined })}
          />
        )}
      </div>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
        <span data-testid="entries-shown">
          Showing {count(rows.length)} of {count(items.length + cut)} entries
        </span>
        {cut > 0 && <span>{count(cut)} that were written longest ago are no longer kept in the state</span>}
        {error !== undefined && <Fault text={error} />}
      </footer>
    </>
  );
}
