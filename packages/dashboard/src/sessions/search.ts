/** What a session's address says: which tab, and what stands beside the feed. */

export const sessionTabs = ["feed", "timeline", "tests", "logs", "memory", "notes"] as const;
export type SessionTab = (typeof sessionTabs)[number];

export const sides = ["tests", "logs", "memory", "notes"] as const;
export type Side = (typeof sides)[number];

export interface SessionSearch {
  tab?: SessionTab;
  side?: Side | "none";
  kinds?: string;
  q?: string;
  /** Lanes of processes are left out. */
  processes?: "no";
}

export function readSessionSearch({ tab, side, kinds, q, processes }: Record<string, unknown>): SessionSearch {
  const known = sessionTabs.find((one) => one === tab);
  const beside = side === "none" ? "none" : sides.find((one) => one === side);
  return {
    ...(known === undefined ? {} : { tab: known }),
    ...(beside === undefined ? {} : { side: beside }),
    ...(typeof kinds === "string" && kinds !== "" ? { kinds } : {}),
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(processes === "no" ? { processes } : {}),
  };
}
