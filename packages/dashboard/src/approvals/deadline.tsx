/** How long there is still time, by the gateway's clock, and what applies then. */
import type { Checkpoint } from "@signalbox/client/steering";
import { classes } from "../components/classes.ts";
import { duration, moment } from "../components/figures.ts";
import { ClockIcon } from "../components/icons.tsx";
import { useGatewayNow } from "./use-gateway-now.ts";

/** From here on it is urgent. */
const soonMs = 60_000;

type Due = Pick<Checkpoint, "deadline" | "default">;

const useLeftMs = ({ deadline }: Due): number => Math.max(0, Math.ceil((deadline - useGatewayNow()) / 1_000) * 1_000);

const thenWord = ({ default: then }: Due): string => (then === "approve" ? "approved" : "denied");

/** In a list: a few words. */
export function Deadline({ checkpoint }: { checkpoint: Due }) {
  const leftMs = useLeftMs(checkpoint);
  return (
    <time
      dateTime={new Date(checkpoint.deadline).toISOString()}
      title={moment(checkpoint.deadline)}
      className={classes("whitespace-nowrap", leftMs < soonMs && "font-semibold text-stop")}
    >
      {leftMs === 0 ? "time is up" : `${duration(leftMs)} left`}, then {thenWord(checkpoint)}
    </time>
  );
}

/** Of the one that is looked at: a clock that is hard to overlook in the last minute, and does not move but for its figure. */
export function DeadlineClock({ checkpoint }: { checkpoint: Due }) {
  const leftMs = useLeftMs(checkpoint);
  const isSoon = leftMs < soonMs;
  return (
    <div
      data-testid="deadline"
      data-soon={isSoon}
      className={classes(
        "flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-3 py-2 text-[13px]",
        isSoon ? "bg-stop-soft font-semibold text-stop" : "bg-sunken",
      )}
    >
      <ClockIcon className={classes("h-4 w-4", isSoon ? "text-stop" : "text-ink-3")} />
      <time dateTime={new Date(checkpoint.deadline).toISOString()} title={moment(checkpoint.deadline)}>
        {leftMs === 0 ? "Time is up" : `${duration(leftMs)} left`}
      </time>
      <span className={isSoon ? undefined : "text-ink-2"}>
        {leftMs === 0
          ? `The gateway ends it now: it is ${thenWord(checkpoint)}.`
          : `If nobody decides by then, it is ${thenWord(checkpoint)}.`}
      </span>
      {/* Said once, not with every second. */}
      <span role="status" className="sr-only">
        {isSoon ? "Less than a minute is left." : ""}
      </span>
    </div>
  );
}
