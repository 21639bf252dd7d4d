/** What agents wrote down: every entry of a session's memory, who wrote it, and how it changed. */

import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { Picker } from "../components/picker.tsx";
import { MemoryList } from "./memory-list.tsx";
import type { MemorySearch } from "./memory-search.ts";
import { useMemorySessions } from "./use-memory.ts";

export function MemoryPage() {
  const search: MemorySearch = useSearch({ from: "/memory" });
  const navigate = useNavigate();
  const { channels, left, cut, error } = useMemorySessions();
  const sessions = channels.map(({ channel }) => channel.slice("session:".length));
  const session = search.session ?? sessions[0];
  const onSearch = (next: MemorySearch) => void navigate({ to: "/memory", search: next, replace: true });
  if (session === undefined) {
    return (
      <>
        <PageHead title="Memory" />
        <EmptyState title={left > 0 ? `Looking for memory in ${count(left)} sessions` : "No memory yet"}>
          {error !== undefined && (
            <p>
              <Fault text={error} />
            </p>
          )}
          {left === 0 && <Teaching />}
        </EmptyState>
      </>
    );
  }
  const all = sessions.includes(session) ? sessions : [session, ...sessions];
  return (
    <>
      <PageHead title="Memory">
        <Picker
          label="of session"
          choices={all.map((id) => ({ value: id, title: id }))}
          chosen={session}
          onChoose={(value) => onSearch({ session: value })}
        />
        <Link to="/sessions/$id" params={{ id: session }} className="text-[13px] text-run hover:underline">
          Go to the session
        </Link>
        {left > 0 && <Note>Looking into {count(left)} more sessions</Note>}
        {cut > 0 && <Note>{count(cut)} older sessions not looked into</Note>}
      </PageHead>
      <MemoryList key={session} session={session} search={search} onSearch={onSearch} />
    </>
  );
}

const Note = ({ children }: { children: ReactNode }) => <span className="text-[13px] text-ink-3">{children}</span>;

const Teaching = () => (
  <>
    <p>An entry appears when somebody publishes it to its session:</p>
    <CopyLine
      text={`npx signalbox publish session:s1 memory_update '{"key":"conventions","value":"Two spaces, no tabs","author":"coder-001"}'`}
      says="write to a memory"
    />
  </>
);
