/** What the subscriptions of a channel want of its producer, taken together. */
import type { Demand } from "@signalbox/protocol";
import type { Owner } from "../owner.ts";
import { kindOf } from "../steering/kinds.ts";

/** Who only listens for these watches nothing. */
const isWatched = (type: string): boolean => kindOf(type) === undefined && !type.startsWith("presence_");

/** Would what it is sent be missed if it were not made? */
const watches = ({ types }: Pick<Owner, "types">): boolean =>
  types === undefined || [...types].some((type) => isWatched(type));

interface Delivered {
  readonly receiver: object;
  readonly owners: ReadonlyMap<string, Owner>;
}

/** A connection has one delivery of a channel, and several may have asked for it. `speaker`: it does not count. */
export function wantedOf(all: Iterable<Delivered>, speaker: object | undefined): Demand {
  let viewers = 0;
  let maxWidth: number | undefined = 0;
  let maxHz: number | undefined = 0;
  for (const { receiver, owners } of all) {
    if (receiver === speaker) continue;
    const watching = [...owners.values()].filter(watches);
    if (watching.length > 0) viewers++;
    for (const owner of watching) {
      maxWidth = larger(maxWidth, owner.maxWidth);
      maxHz = larger(maxHz, owner.maxHz);
    }
  }
  if (viewers === 0) return { viewers };
  return {
    viewers,
    ...(maxWidth === undefined ? {} : { maxWidth }),
    ...(maxHz === undefined ? {} : { maxHz }),
  };
}

/** What two want together. */
export function added(one: Demand, other: Demand): Demand {
  if (one.viewers === 0) return other;
  if (other.viewers === 0) return one;
  const maxWidth = larger(one.maxWidth, other.maxWidth);
  const maxHz = larger(one.maxHz, other.maxHz);
  return {
    viewers: one.viewers + other.viewers,
    ...(maxWidth === undefined ? {} : { maxWidth }),
    ...(maxHz === undefined ? {} : { maxHz }),
  };
}

export const isSame = (one: Demand, other: Demand): boolean =>
  one.viewers === other.viewers && one.maxWidth === other.maxWidth && one.maxHz === other.maxHz;

/** Absent: as much as there is. */
const larger = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : Math.max(one, other);
