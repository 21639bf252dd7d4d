/** What a session's agents wrote down, as it says now or said then. */
import { type MemoryEntry, memoryReducer } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { RelativeTime } from "../components/relative-time.tsx";
import { useStateAt } from "../stores/state-at.ts";
import { calm, calmLines } from "../text/visible.ts";

const entriesMost = 100;
const valueMost = 400;

export function SessionMemory({ sessionId }: { sessionId: string }) {
  const { state, status } = useStateAt(`session:${sessionId}`, memoryReducer);
  const entries = state.entries.items.filter(({ deleted }) => !deleted).toReversed();
  if (entries.length === 0) {
    return (
      <EmptyState title={status === "loading" ? "Asking for the memory" : "Nothing was written down"}>
        <p>Entries appear when an agent publishes memory_update on this session.</p>
      </EmptyState>
    );
  }
  return (
    <div className="min-h-0 flex-1 overflow-y-auto" data-testid="session-memory">
      <ul>
        {entries.slice(0, entriesMost).map((entry) => (
          <Entry key={`${entry.scope} ${entry.key}`} entry={entry} />
        ))}
      </ul>
      <p className="flex gap-3 px-4 py-2 text-[13px] text-ink-2">
        {entries.length > entriesMost && `showing ${entriesMost} of ${count(entries.length)}`}
        <Link to="/memory" className="text-run hover:underline">
          All entries, versions and differences
        </Link>
      </p>
    </div>
  );
}

function Entry({ entry }: { entry: MemoryEntry }) {
  const { value } = entry;
  const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value, undefined, 1);
  return (
    <li className="border-b border-rule px-4 py-2 text-[13px]">
      <p className="flex flex-wrap gap-x-3">
        <strong className="break-words">{calm(entry.scope === "" ? entry.key : `${entry.scope}/${entry.key}`)}</strong>
        <span className="text-ink-2">
          version {entry.version}
          {entry.author !== undefined && ` by ${calm(entry.author)}`} · <RelativeTime ms={entry.at} />
        </span>
      </p>
      <p className="font-mono text-xs break-words whitespace-pre-wrap text-ink-2">
        {calmLines(text.slice(0, valueMost))}
        {text.length > valueMost && ` … ${count(text.length - valueMost)} more characters`}
      </p>
    </li>
  );
}
