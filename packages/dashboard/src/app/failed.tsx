import { Link, useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { PageHead } from "../components/page.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { ViewUnfetched } from "./lazy-view.tsx";
import { openOverlay } from "./overlay.ts";

export function NotFound() {
  return (
    <>
      <PageHead title="Not found" />
      <EmptyState title="There is nothing at this address">
        <p>Views have moved, or the address was cut off where it was copied.</p>
        <div className="flex flex-wrap items-center justify-center gap-3">
          <Link to="/" className="text-run underline">
            Go to the fleet
          </Link>
          <Button onClick={() => openOverlay("palette")}>Find a view, an agent, a session …</Button>
        </div>
      </EmptyState>
    </>
  );
}

const reload = () => location.reload();

/** A view that broke says so, instead of a white page; loading again also fetches a newer dashboard. */
export function ViewFailed({ error, reset }: { error: unknown; reset: () => void }) {
  if (error instanceof ViewUnfetched) return <Unfetched error={error} reset={reset} />;
  return (
    <EmptyState title="This view broke">
      <p className="font-mono text-[13px] break-all">{calm(error instanceof Error ? error.message : String(error))}</p>
      <p>Nothing is lost: the gateway keeps every event. If it breaks again, the message above belongs in a report.</p>
      <div className="flex gap-2">
        <Button onClick={reset}>Try this view again</Button>
        <Button onClick={reload}>Load the page again</Button>
      </div>
    </EmptyState>
  );
}

/** Tried again by itself, once for each time that the link comes back. */
function Unfetched({ error, reset }: { error: ViewUnfetched; reset: () => void }) {
  const router = useRouter();
  const isLive = useReadable(useClient().link).state === "live";
  const wasLive = useRef(isLive);
  const again = () => {
    error.again();
    reset();
    void router.invalidate();
  };
  useEffect(() => {
    if (isLive && !wasLive.current) again();
    wasLive.current = isLive;
  });
  if (!isLive) {
    return (
      <EmptyState title="This view was not fetched before the link was lost">
        <p>It is fetched as soon as the gateway answers again. The views that you have opened already still work.</p>
        <Button onClick={again}>Try now</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="This view could not be fetched">
      <p>
        The gateway is there, but has no such file: most likely it was upgraded, and this page is of its former version.
        Loading the page again fetches the new one; you come back to this view.
      </p>
      <div className="flex gap-2">
        <Button look="strong" onClick={reload}>
          Load the page again
        </Button>
        <Button onClick={again}>Try once more</Button>
      </div>
    </EmptyState>
  );
}
