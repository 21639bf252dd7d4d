/** How connections fare, out of two looks at them: pure. */
import type { LampName } from "../fleet/condition.ts";
import type { Sort } from "./search.ts";

/** As `GET /v1/connections` tells it. */
export interface Connection {
  id: string;
  transport: string;
  node: string;
  principal: { kind: string; id: string };
  by?: string;
  client?: string;
  address?: string;
  openedMs: number;
  subscriptions: number;
  given: number;
  queuedBytes: number;
  windowBytes: number;
  behind: number;
  dropped: { coalesce: number; latest: number };
}

export type Grade = "dropping" | "behind" | "slow" | "ok";

export interface Row extends Connection {
  grade: Grade;
  /** Events that it was told it would not get: ever, and since the look before. */
  lost: number;
  newlyLost: number;
  /** Publications and states given a second; undefined at the first look. */
  rate: number | undefined;
}

export const grades: readonly Grade[] = ["dropping", "behind", "slow", "ok"];
export const gradeLamp: Readonly<Record<Grade, LampName>> = {
  dropping: "failed",
  behind: "stuck",
  slow: "paused",
  ok: "done",
};
export const gradeSays: Readonly<Record<Grade, string>> = {
  dropping: "reads too slowly: some events are left out for it, and gaps say which",
  behind: "has not been sent all there is yet",
  slow: "more than half of what may be on its way to it is not taken yet",
  ok: "takes what it is sent",
};

/** Who lost something stays named so for a while: one look would be gone before it was read. */
const droppingMs = 30_000;

/** What was seen of each connection so far, by id. */
export type Seen = ReadonlyMap<string, { given: number; lost: number; atMs: number; lostMs: number }>;

/** Rows of a look, and what to remember for the next. */
export function look(before: Seen, connections: readonly Connection[], nowMs: number): { rows: Row[]; seen: Seen } {
  const seen = new Map<string, { given: number; lost: number; atMs: number; lostMs: number }>();
  const rows = connections.map((one): Row => {
    const lost = one.dropped.coalesce + one.dropped.latest;
    const last = before.get(one.id);
    const newlyLost = last === undefined ? 0 : Math.max(0, lost - last.lost);
    const lostMs = newlyLost > 0 ? nowMs : (last?.lostMs ?? Number.NEGATIVE_INFINITY);
    seen.set(one.id, { given: one.given, lost, atMs: nowMs, lostMs });
    const seconds = last === undefined ? 0 : (nowMs - last.atMs) / 1_000;
    const rate = last === undefined || seconds <= 0 ? undefined : Math.max(0, one.given - last.given) / seconds;
    return { ...one, lost, newlyLost, rate, grade: gradeOf(one, nowMs - lostMs < droppingMs) };
  });
  return { rows, seen };
}

function gradeOf({ behind, queuedBytes, windowBytes, dropped }: Connection, isDropping: boolean): Grade {
  if (isDropping || (behind > 0 && dropped.coalesce + dropped.latest > 0)) return "dropping";
  if (behind > 0) return "behind";
  return queuedBytes > windowBytes / 2 ? "slow" : "ok";
}

export const nameOf = ({ principal: { kind, id } }: Pick<Connection, "principal">): string => `${kind}:${id}`;

export function matches(row: Row, q = ""): boolean {
  const text = [nameOf(row), row.client, row.address, row.transport, row.node, row.grade, row.by]
    .join("\n")
    .toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const compare: Readonly<Record<Sort, (a: Row, b: Row) => number>> = {
  worst: (a, b) => grades.indexOf(a.grade) - grades.indexOf(b.grade) || b.lost - a.lost,
  who: (a, b) => nameOf(a).localeCompare(nameOf(b)),
  opened: (a, b) => b.openedMs - a.openedMs,
  queued: (a, b) => b.queuedBytes - a.queuedBytes,
  rate: (a, b) => (b.rate ?? 0) - (a.rate ?? 0),
};

export function sorted(rows: readonly Row[], sort: Sort): Row[] {
  return [...rows].sort((a, b) => compare[sort](a, b) || a.openedMs - b.openedMs || (a.id < b.id ? -1 : 1));
}

/** As they stood while somebody reads: known ones keep their places, new ones come behind them. */
export function keptInPlace(rows: readonly Row[], order: readonly string[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const known = order.flatMap((id) => byId.get(id) ?? []);
  const shown = new Set(order);
  return [...known, ...rows.filter(({ id }) => !shown.has(id))];
}
