import type { Checkpoint } from "@signalbox/client/steering";
import { classes } from "../components/classes.ts";
import { duration, moment } from "../components/figures.ts";
import { useNow } from "../stores/clock.ts";

/** From here on it is urgent. */
const soonMs = 60_000;

/** How long there is still time, and what applies then. */
export function Deadline({ checkpoint }: { checkpoint: Pick<Checkpoint, "deadline" | "default"> }) {
  const { deadline, default: then } = checkpoint;
  const leftMs = Math.max(0, Math.ceil((deadline - useNow()) / 1_000) * 1_000);
  return (
    <time
      dateTime={new Date(deadline).toISOString()}
      title={moment(deadline)}
      className={classes("whitespace-nowrap", leftMs < soonMs && "font-semibold text-stop")}
    >
      {leftMs === 0 ? "time is up" : `${duration(leftMs)} left`}, then {then === "approve" ? "approved" : "denied"}
    </time>
  );
}
