/** Stopping many at once: who is meant, and how it stands. */
import type { CommandState, CommandView } from "@signalbox/client";
import type { FleetItem } from "../fleet/item.ts";

export type How = "pause" | "cancel";

/** What one command may be given to (§10.6). */
export const stopMost = 1_000;

/** Of what is shown, those that can be told: agents and processes that have not ended, and for a pause are not paused. */
export const stoppable = (items: readonly FleetItem[], how: How): readonly string[] =>
  items
    .filter(
      ({ kind, condition }) =>
        kind !== "session" && !over.has(condition) && !(how === "pause" && condition === "paused"),
    )
    .map(({ key }) => key);

const over: ReadonlySet<FleetItem["condition"]> = new Set(["done", "failed", "lost"]);

/** `3 processes and 1 agent`. */
export function whoAre(channels: readonly string[]): string {
  const agents = channels.filter((channel) => channel.startsWith("agent:")).length;
  return [counted(channels.length - agents, "process", "processes"), counted(agents, "agent", "agents")]
    .filter(Boolean)
    .join(" and ");
}

const counted = (count: number, one: string, many: string): string =>
  count === 0 ? "" : `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const states: readonly CommandState[] = [
  ...(["sending", "queued", "delivered", "started", "done"] as const),
  ...(["failed", "expired", "cancelled", "refused"] as const),
];

/** How many are in each state, in the order of a command's life. */
export const countsOf = ({ counts }: Pick<CommandView, "counts">): ReadonlyArray<readonly [CommandState, number]> =>
  states.flatMap((state) => {
    const count = counts[state];
    return count === undefined ? [] : [[state, count] as const];
  });
