import { useMemo, useRef } from "react";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { type FleetView, fleetOf } from "../stores/fleet.ts";
import { useFleetAt } from "../stores/fleet-at.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type FleetItem, withSilence } from "./item.ts";
import { type Arrangement, arrange, nothingArranged } from "./order.ts";

/** How often silence is looked for. */
const silenceStepMs = 5_000;

/** The fleet as it is now, with what went silent marked; or as it was at the moment that is looked at. */
export function useFleet(): FleetView {
  const fleet = useReadable(fleetOf(useClient()));
  const past = useFleetAt();
  const step = Math.floor(useNow() / silenceStepMs) * silenceStepMs;
  return useMemo(() => {
    if (past !== undefined) return past;
    const items = new Map([...fleet.items].map(([key, item]) => [key, withSilence(item, step)]));
    return { ...fleet, items };
  }, [fleet, past, step]);
}

/** The order of the rows; it stays as it was while `hold`. */
export function useArrangement(items: ReadonlyMap<string, FleetItem>, hold: boolean): Arrangement {
  const last = useRef<Arrangement>(nothingArranged);
  const arrangement = useMemo(() => arrange(last.current, items, hold), [items, hold]);
  last.current = arrangement;
  return arrangement;
}
