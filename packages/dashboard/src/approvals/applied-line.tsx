/** Whether the one who asked has acted on the decision: only their own receipt says so. */
import type { Checkpoint } from "@signalbox/client/steering";
import { classes } from "../components/classes.ts";
import { duration, moment, timeOfDay } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { JsonTree } from "./proposal/json-tree.tsx";
import { appliedOf } from "./receipt.ts";
import { useGatewayNow } from "./use-gateway-now.ts";
import { whoIs } from "./words.ts";

export function AppliedLine({ ended }: { ended: Checkpoint }) {
  const applied = appliedOf(ended);
  const now = useGatewayNow();
  const { decision, decidedAt, requestedBy } = ended;
  if (decision === undefined) return null;
  const asker = whoIs(requestedBy);
  return (
    <div
      data-testid="applied"
      data-applied={applied !== undefined}
      className={classes(
        "flex w-full max-w-xl flex-col gap-1.5 rounded-md px-3 py-2 text-[13px]",
        applied ? "bg-done-soft" : "bg-sunken",
      )}
    >
      {applied ? (
        <>
          <p>
            <LampWord name="done" word="Applied" className="mr-2" />
            <span title={moment(applied.at)}>
              {asker} applied it at {timeOfDay(applied.at)}.
            </span>
          </p>
          {applied.outcome !== undefined && <JsonTree value={applied.outcome} />}
        </>
      ) : (
        <p>
          <LampWord name="queued" word="Not yet applied" className="mr-2" />
          <span>
            {asker} has not said that it acted on it
            {decidedAt !== undefined && `, for ${duration(Math.max(0, Math.floor((now - decidedAt) / 1_000) * 1_000))}`}
            .
          </span>
        </p>
      )}
    </div>
  );
}

/** In a list: a few words. */
export const appliedWord = (ended: Checkpoint): string => {
  if (ended.state === "withdrawn") return "";
  const applied = appliedOf(ended);
  return applied ? `applied ${timeOfDay(applied.at)}` : "not yet applied";
};
