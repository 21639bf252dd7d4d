import { classes } from "../components/classes.ts";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import type { Outcome } from "./deciding.ts";
import { decisionWord, whoIs } from "./words.ts";

/** What became of what this person decided. Announced. */
export function OutcomeLine({ outcome }: { outcome: Outcome }) {
  const { state } = useReadable(useClient().link);
  const bad = outcome.phase === "refused" || outcome.phase === "lost";
  return (
    <p
      role="status"
      data-testid="outcome"
      data-phase={outcome.phase}
      className={classes("rounded-md px-3 py-2 text-[13px]", bad ? "bg-stop-soft text-stop" : "bg-sunken")}
    >
      {said(outcome, state === "live")}
      {outcome.phase === "lost" && outcome.decidedAt !== undefined && (
        <span>
          {" "}
          (<RelativeTime ms={outcome.decidedAt} />)
        </span>
      )}
    </p>
  );
}

function said(outcome: Outcome, live: boolean): string {
  switch (outcome.phase) {
    case "sending":
      return live ? "Sending your decision …" : "No link: your decision is sent as soon as there is one.";
    case "decided": {
      const word = decisionWord[outcome.decision] ?? outcome.decision;
      if (outcome.missing === 0) return `${word} by you.`;
      return `${word} by you; ${outcome.missing} more must approve.`;
    }
    case "lost":
      return `Already decided: ${(decisionWord[outcome.decision] ?? calm(outcome.decision)).toLowerCase()} by ${whoIs(outcome.decidedBy)}. Your decision changed nothing.`;
    case "refused":
      return `Your decision was not taken: ${calm(outcome.message)}`;
  }
}
