import { Link } from "@tanstack/react-router";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { PageHead } from "../components/page.tsx";

export function NotFound() {
  return (
    <>
      <PageHead title="Not found" />
      <EmptyState title="There is nothing at this address">
        <Link to="/" className="text-run underline">
          Go to the fleet
        </Link>
      </EmptyState>
    </>
  );
}

/** A view that broke says so, instead of a white page; loading again also fetches a newer dashboard. */
export function ViewFailed({ error }: { error: unknown }) {
  return (
    <EmptyState title="This view broke">
      <p className="font-mono text-[13px] break-all">{error instanceof Error ? error.message : String(error)}</p>
      <p>Nothing is lost: the gateway keeps every event.</p>
      <Button onClick={() => location.reload()}>Load the page again</Button>
    </EmptyState>
  );
}
