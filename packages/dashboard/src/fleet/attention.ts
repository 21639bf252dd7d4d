/** What must not be overlooked, whatever the filter shows: who waits for what, who is stuck or gone, and since when. */
import { duration } from "../components/figures.ts";
import type { Condition, LampName } from "./condition.ts";
import type { FleetItem } from "./item.ts";

export interface Attention {
  condition: "waiting" | "stuck" | "lost";
  many: number;
  /** Since when the one that has been so longest; undefined: none of them said. */
  oldest: number | undefined;
  /** What they wait for: `2 approvals, 1 sign-in`. */
  what: string;
}

const order = ["waiting", "stuck", "lost"] as const;

/** In the order of the panel; those that there are. */
export function attentionOf(items: Iterable<FleetItem>): Attention[] {
  const found = new Map<Condition, Attention>();
  const waits = new Map<LampName, number>();
  for (const item of items) {
    const condition = order.find((one) => one === item.condition);
    if (condition === undefined) continue;
    const one = found.get(condition) ?? { condition, many: 0, oldest: undefined, what: "" };
    found.set(condition, one);
    one.many++;
    if (item.since !== undefined && item.since < (one.oldest ?? Infinity)) one.oldest = item.since;
    if (condition === "waiting") waits.set(item.lamp, (waits.get(item.lamp) ?? 0) + 1);
  }
  const waiting = found.get("waiting");
  if (waiting) waiting.what = whatFor(waits);
  return order.flatMap((condition) => found.get(condition) ?? []);
}

const wants: ReadonlyArray<readonly [LampName, one: string, many: string]> = [
  ["waiting_approval", "approval", "approvals"],
  ["waiting_input", "input", "inputs"],
  ["waiting_auth", "sign-in", "sign-ins"],
];

const whatFor = (waits: ReadonlyMap<LampName, number>): string =>
  wants
    .flatMap(([lamp, one, many]) => {
      const count = waits.get(lamp);
      return count === undefined ? [] : [`${count} ${count === 1 ? one : many}`];
    })
    .join(", ");

/** The state in words, and of what waits or went wrong how long it has been so: `Lost for 4 m 10 s`. */
export function stateWords({ condition, word, since }: FleetItem, nowMs: number): string {
  if (!timed.has(condition) || since === undefined) return word;
  const long = duration(Math.floor((nowMs - since) / 1_000) * 1_000);
  return condition === "stuck" ? `${word}, no progress for ${long}` : `${word} for ${long}`;
}

/** Of these it matters how long. */
const timed: ReadonlySet<Condition> = new Set(["waiting", "stuck", "lost", "paused"]);

export const isTimed = ({ condition, since }: FleetItem): boolean => timed.has(condition) && since !== undefined;
