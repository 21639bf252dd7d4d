/** What the page of approvals shows: kept in the address, so that a filtered list, or one of them, can be sent to somebody. */
import { type RiskLevel, riskLevels } from "./risk.ts";

export interface ApprovalsSearch {
  /** Which one is looked at. */
  id?: string;
  /** Open ones, if absent. */
  list?: "decided";
  /** Every word must occur in what is asked, who asks, or where. */
  q?: string;
  /** Only what this person may decide. */
  mine?: true;
  risk?: RiskLevel[];
  agent?: string;
  session?: string;
}

export function readApprovalsSearch(search: Record<string, unknown>): ApprovalsSearch {
  const id = text(search.id);
  const q = text(search.q);
  const agent = text(search.agent);
  const session = text(search.session);
  const named = Array.isArray(search.risk) ? search.risk.map(text) : text(search.risk).split(",");
  const risk = riskLevels.filter((level) => named.includes(level));
  return {
    ...(id && { id }),
    ...(search.list === "decided" && { list: "decided" as const }),
    ...(q && { q }),
    ...((search.mine === true || search.mine === "true") && { mine: true as const }),
    ...(risk.length > 0 && { risk }),
    ...(agent && { agent }),
    ...(session && { session }),
  };
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? `${value}` : "");
