import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import type { Column } from "../components/table.tsx";
import { progressColumn, saidColumn, stateColumn, updatedColumn } from "../fleet/columns.tsx";
import type { FleetItem } from "../fleet/item.ts";
import { KindPage } from "../fleet/kind-page.tsx";
import { calm } from "../text/visible.ts";

const columns: ReadonlyArray<Column<FleetItem>> = [
  {
    name: "Session",
    cell: (item) => (
      <Link to="/sessions/$id" params={{ id: item.id }} className="font-medium hover:underline">
        {calm(item.title)}
      </Link>
    ),
  },
  stateColumn,
  progressColumn,
  saidColumn,
  updatedColumn,
];

export function SessionsPage() {
  const filter = useSearch({ from: "/sessions" });
  const navigate = useNavigate();
  return (
    <KindPage
      title="Sessions"
      kind="session"
      columns={columns}
      filter={filter}
      onFilter={(search) => void navigate({ to: "/sessions", search, replace: true })}
      empty={
        <>
          <p>A session is one piece of work, from start to end. It appears with its first event:</p>
          <CopyLine
            text={`npx signalbox publish session:s1 session_started '{"sessionId":"s1","objective":"Add a login form"}'`}
            says="publish a session's first event"
          />
        </>
      }
    />
  );
}
