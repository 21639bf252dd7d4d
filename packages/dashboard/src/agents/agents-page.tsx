import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import type { Column } from "../components/table.tsx";
import { progressColumn, saidColumn, stateColumn, updatedColumn } from "../fleet/columns.tsx";
import type { FleetItem } from "../fleet/item.ts";
import { KindPage } from "../fleet/kind-page.tsx";
import { calm } from "../text/visible.ts";

const columns: ReadonlyArray<Column<FleetItem>> = [
  {
    name: "Agent",
    cell: (item) => (
      <Link to="/agents/$id" params={{ id: item.id }} className="font-medium hover:underline">
        {calm(item.title)}
      </Link>
    ),
  },
  stateColumn,
  progressColumn,
  saidColumn,
  updatedColumn,
];

export function AgentsPage() {
  const filter = useSearch({ from: "/agents" });
  const navigate = useNavigate();
  return (
    <KindPage
      title="Agents"
      kind="agent"
      columns={columns}
      filter={filter}
      onFilter={(search) => void navigate({ to: "/agents", search, replace: true })}
      empty={
        <>
          <p>An agent appears here as soon as it says what it does:</p>
          <CopyLine
            text={`npx signalbox publish agent:coder-001 agent_status '{"agentId":"coder-001","status":"busy"}'`}
            says="publish an agent's status"
          />
        </>
      }
    />
  );
}
