import { Link } from "@tanstack/react-router";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { useTitle } from "../components/page.tsx";

export function NotFound() {
  useTitle("Not found");
  return (
    <EmptyState title="There is nothing at this address">
      <Link to="/" className="text-run underline">
        Go to the fleet
      </Link>
    </EmptyState>
  );
}

/** A view that broke says so, instead of a white page. */
export function ViewFailed({ error, reset }: { error: unknown; reset: () => void }) {
  useTitle("Broken view");
  return (
    <EmptyState title="This view broke">
      <p className="font-mono text-[13px] break-all">{error instanceof Error ? error.message : String(error)}</p>
      <p>Nothing is lost: the gateway keeps every event.</p>
      <Button onClick={reset}>Show it again</Button>
    </EmptyState>
  );
}
