/** An entry of the audit, as the gateway tells it (spec §18.1), and how people read it. */
import type { CsvColumn } from "../export/csv.ts";
import type { AuditSearch } from "./search.ts";

export interface AuditEntry {
  position: string;
  /** Milliseconds since 1970. */
  at: number;
  node: string;
  who: string;
  address?: string;
  by?: string;
  what: string;
  target?: string;
  about?: string;
  event?: string;
  result: string;
  details?: Readonly<Record<string, unknown>>;
  lost?: number;
  previous: string;
  hash: string;
}

export interface AuditPage {
  epoch: string;
  floor: number;
  top: number;
  entries: AuditEntry[];
  next: string;
  more: boolean;
  gap?: string;
}

/** The same as the gateway asks for it. */
export function queryOf({ from, until, ...rest }: AuditSearch): URLSearchParams {
  const query = new URLSearchParams(rest);
  if (from !== undefined) query.set("fromMs", String(from));
  if (until !== undefined) query.set("untilMs", String(until));
  return query;
}

const words: Readonly<Record<string, string>> = {
  command_queued: "gave a command",
  command_cancelled: "cancelled a command",
  command_expired: "let a command expire",
  checkpoint_decided: "decided",
  checkpoint_approved: "approved, with others to come",
  checkpoint_expired: "decided by default",
  checkpoint_withdrawn: "withdrew a question",
  lease_held: "took over",
  lease_lost: "found nobody at work",
  agent_status: "found an agent lost",
  driver_changed: "changed who drives",
  budget_set: "set a budget",
  budget_paused: "paused for a budget",
  budget_cancelled: "cancelled for a budget",
  key_made: "made a key",
  key_revoked: "revoked a key",
  principal_revoked: "refused somebody",
  principal_restored: "let somebody in again",
  connection_closed: "ended a connection",
  sign_in_refused: "was not let in",
  gateway_started: "started",
  gateway_stopped: "stopped",
};

export const acts: ReadonlyArray<readonly [name: string, words: string]> = Object.entries(words);

/** What was done, in a few words; what is not known by its name. */
export const deed = ({ what }: Pick<AuditEntry, "what">): string => words[what] ?? what;

/** What is worth a place on the line: the command's name, the decision, the key's. */
export function detail({ details = {} }: Pick<AuditEntry, "details">): string {
  const { name, decision, default: byDefault, how, driver, more, why, revoked, reason } = details;
  const told = [name, decision, byDefault, how, driver, revoked, reason, why].filter((one) => typeof one === "string");
  return [...told, ...(typeof more === "number" ? [`and ${more} more`] : [])].join(" · ");
}

/** The page that shows what it was done to, if there is one: an approval by its id, an agent, process or session by its name. */
export function placeOf({ target = "", about, what }: AuditEntry): { to: string; id: string } | undefined {
  if (what.startsWith("checkpoint_") && about !== undefined) return { to: "/approvals", id: about };
  const [, namespace, id] = /^(agent|process|session):(.+)$/.exec(target) ?? [];
  if (namespace === undefined || id === undefined) return undefined;
  return { to: namespace === "process" ? "/processes/$id" : `/${namespace}s/$id`, id };
}

export const auditColumns: ReadonlyArray<CsvColumn<AuditEntry>> = [
  { name: "position", value: ({ position }) => position },
  { name: "time", value: ({ at }) => new Date(at).toISOString() },
  { name: "who", value: ({ who }) => who },
  { name: "address", value: ({ address }) => address },
  { name: "by", value: ({ by }) => by },
  { name: "what", value: ({ what }) => what },
  { name: "target", value: ({ target }) => target },
  { name: "about", value: ({ about }) => about },
  { name: "result", value: ({ result }) => result },
  { name: "details", value: ({ details }) => (details === undefined ? "" : JSON.stringify(details)) },
  { name: "event", value: ({ event }) => event },
  { name: "node", value: ({ node }) => node },
  { name: "hash", value: ({ hash }) => hash },
];
