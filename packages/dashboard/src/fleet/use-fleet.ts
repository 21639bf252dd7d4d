import { useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { type FleetView, fleetOf } from "../stores/fleet.ts";
import { useFleetAt } from "../stores/fleet-at.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type Rank, rankOf } from "./condition.ts";
import { type FleetFilter, matcher } from "./filter.ts";
import { heldKeys } from "./held.ts";
import { type FleetItem, withSilence } from "./item.ts";
import { type Arrangement, arrange, nothingArranged } from "./order.ts";
import { sortedBy, sortIn } from "./sort.ts";
import { type Count, countChannels } from "./total.ts";

/** How often silence is looked for, and a table sorted anew by what changes all the time. */
const stepMs = 5_000;

/** The time in steps: what is drawn by it is drawn anew only then. */
export const useStep = (): number => Math.floor(useNow() / stepMs) * stepMs;

/** The fleet as it is now, with what went silent marked; or as it was at the moment that is looked at. */
export function useFleet(): FleetView {
  const fleet = useReadable(fleetOf(useClient()));
  const past = useFleetAt();
  const step = useStep();
  return useMemo(() => {
    if (past !== undefined) return past;
    const items = new Map([...fleet.items].map(([key, item]) => [key, withSilence(item, step)]));
    return { ...fleet, items };
  }, [fleet, past, step]);
}

export interface Rows {
  /** Those that are shown, in their order. */
  keys: readonly string[];
  items: readonly FleetItem[];
  /** Under which heading a row stands: while the order is held, the one that it had. */
  rankAt: (item: FleetItem) => Rank;
  /** How many would stand elsewhere, appear or go away, if nobody read. */
  pending: number;
}

/** The rows that the filter lets through, in the fleet's order or in that of a column. Nothing moves while `hold`. */
export function useRows(
  items: ReadonlyMap<string, FleetItem>,
  filter: FleetFilter,
  sort: string | undefined,
  hold: boolean,
): Rows {
  const arrangement = useArrangement(items, hold);
  const sorted = useSorted(items, sort);
  const query = JSON.stringify([filter, sort]);
  const last = useRef<{ query: string; keys: readonly string[] }>({ query: "", keys: [] });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the query is the filter, and `last` is what was shown
  const rows = useMemo(() => {
    const wanted = matcher(filter);
    const wants = (key: string): boolean => {
      const item = items.get(key);
      return item !== undefined && wanted(item);
    };
    // Whoever asks for other rows wants them now.
    const held = heldKeys(
      last.current.keys,
      (sorted ?? arrangement.keys).filter(wants),
      (key) => items.has(key),
      hold && last.current.query === query,
    );
    const waits = sorted ? 0 : arrangement.pending.filter(wanted).length;
    return {
      keys: held.keys,
      items: held.keys.flatMap((key) => items.get(key) ?? []),
      rankAt: (item: FleetItem) => arrangement.places.get(item.key)?.rank ?? rankOf[item.condition],
      pending: held.pending + waits,
    };
  }, [items, query, arrangement, sorted, hold]);
  last.current = { query, keys: rows.keys };
  return rows;
}

/** The order of the rows; it stays as it was while `hold`. */
function useArrangement(items: ReadonlyMap<string, FleetItem>, hold: boolean): Arrangement {
  const last = useRef<Arrangement>(nothingArranged);
  const arrangement = useMemo(() => arrange(last.current, items, hold), [items, hold]);
  last.current = arrangement;
  return arrangement;
}

/** Figures change all the time: rows that follow them would never stand still. */
function useSorted(items: ReadonlyMap<string, FleetItem>, text: string | undefined): readonly string[] | undefined {
  const step = useStep();
  // biome-ignore lint/correctness/useExhaustiveDependencies: anew with each step, and when rows come or go
  return useMemo(() => {
    const sort = sortIn(text);
    return sort && sortedBy(items.values(), sort);
  }, [text, step, items.size]);
}

/** How many channels there are beyond what is shown; undefined: all are shown, or it is not known yet. */
export function useTotal(truncated: readonly string[]): Count | undefined {
  const client = useClient();
  const [total, setTotal] = useState<Count>();
  const patterns = truncated.join(" ");
  useEffect(() => {
    if (patterns === "") return setTotal(undefined);
    const ended = new AbortController();
    countChannels((path) => client.request(path, { signal: ended.signal }), patterns.split(" ")).then(
      (counted) => !ended.signal.aborted && setTotal(counted),
      () => {},
    );
    return () => ended.abort();
  }, [client, patterns]);
  return total;
}
