/** Which processes are shown, and in which order: kept in the address. */
import { type FleetFilter, readFilter } from "../fleet/filter.ts";

export interface ProcessesSearch extends FleetFilter {
  /** `lines`, `-lines` …; what needs people first without it. */
  sort?: string;
}

export function readProcessesSearch(search: Record<string, unknown>): ProcessesSearch {
  return {
    ...readFilter(search),
    ...(typeof search.sort === "string" && search.sort !== "" ? { sort: search.sort } : {}),
  };
}
