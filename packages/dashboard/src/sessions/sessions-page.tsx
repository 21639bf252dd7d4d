import { useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import { KindPage } from "../fleet/kind-page.tsx";

export function SessionsPage() {
  const filter = useSearch({ from: "/sessions" });
  const navigate = useNavigate();
  return (
    <KindPage
      title="Sessions"
      kind="session"
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
