import { useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import { KindPage } from "../fleet/kind-page.tsx";

export function AgentsPage() {
  const filter = useSearch({ from: "/agents" });
  const navigate = useNavigate();
  return (
    <KindPage
      title="Agents"
      kind="agent"
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
