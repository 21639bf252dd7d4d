/** What went wrong (§17): the same kind, cause and source are one row, with who has seen it. */
import { type Kept, nothingKept, updated } from "./kept.ts";
import { Fields, type FoldedEvent, type Reducer } from "./reducer.ts";
import { alertsShape } from "./shapes.ts";

export interface AlertRow {
  alertId: string;
  kind: string;
  severity: string;
  /** The channel it is about, or `node:NAME`. */
  source: string;
  cause: string;
  /** How often it happened. */
  count: number;
  /** Milliseconds since 1970. */
  firstAt: number;
  /** When it happened last. */
  updatedAt: number;
  /** How often in each of the last 24 hours, the newest last, as of `updatedAt`. */
  hours: readonly number[];
  /** It goes on until it is resolved. */
  standing: boolean;
  /** Since when it is over; undefined: it was not said to be. */
  resolvedAt: number | undefined;
  /** Gone when it happens again. */
  acknowledged: { by: string; at: number } | undefined;
  muted: { by: string; until: number } | undefined;
}

export interface AlertsState {
  /** The one that happened longest ago goes first. */
  alerts: Kept<AlertRow>;
}

/** Of about 500 bytes each, or 1,900 where every text is as long as can be. */
const alertsKept = 120;
const hoursKept = 24;
const hourMs = 3_600_000;
const alertIdLength = 400;
const causeLength = 100;

export const alertsReducer: Reducer<AlertsState> = {
  ...alertsShape,
  initial: () => ({ alerts: nothingKept }),
  apply: (state, event) => {
    const data = new Fields(event.data);
    const alertId = data.text("alertId", alertIdLength);
    if (alertId === undefined) return state;
    const alerts = alertsAfter(state.alerts, alertId, data, event);
    return alerts === state.alerts ? state : { alerts };
  },
};

/** Where it stands now. Muted comes before acknowledged: it will be open again by itself. */
export function alertStateOf(
  { acknowledged, muted, resolvedAt }: Pick<AlertRow, "acknowledged" | "muted" | "resolvedAt">,
  nowMs: number,
): "open" | "acknowledged" | "muted" | "over" {
  if (muted !== undefined && muted.until > nowMs) return "muted";
  if (acknowledged !== undefined) return "acknowledged";
  return resolvedAt === undefined ? "open" : "over";
}

function alertsAfter(before: Kept<AlertRow>, alertId: string, data: Fields, event: FoldedEvent): Kept<AlertRow> {
  const is = (row: AlertRow): boolean => row.alertId === alertId;
  const change = (how: (row: AlertRow) => AlertRow): Kept<AlertRow> =>
    before.items.some(is)
      ? updated(before, is, (row) => (row === undefined ? emptyRow(alertId) : how(row)), alertsKept)
      : before;
  const by = data.text("by") ?? "";
  switch (event.type) {
    case "alert_raised":
      return updated(before, is, (row) => raised(row, alertId, data, event.timestamp), alertsKept);
    case "alert_resolved":
      return change((row) => (row.resolvedAt === undefined ? { ...row, resolvedAt: event.timestamp } : row));
    case "alert_acknowledged":
      return change((row) => {
        const { acknowledged, count } = row;
        // What happened since that person looked was not seen.
        if ((data.number("count") ?? 0) < count) return row;
        const isSame = acknowledged?.by === by && acknowledged.at === event.timestamp;
        return isSame ? row : { ...row, acknowledged: { by, at: event.timestamp } };
      });
    case "alert_muted": {
      const until = data.number("until");
      const muted = until === undefined ? undefined : { by, until };
      return change((row) =>
        row.muted?.by === muted?.by && row.muted?.until === muted?.until ? row : { ...row, muted },
      );
    }
    default:
      return before;
  }
}

const emptyRow = (alertId: string): AlertRow => ({
  ...{ alertId, kind: "", severity: "warning", source: "", cause: "", count: 0, firstAt: 0, updatedAt: 0 },
  ...{ hours: [], standing: false, resolvedAt: undefined, acknowledged: undefined, muted: undefined },
});

function raised(before: AlertRow | undefined, alertId: string, data: Fields, at: number): AlertRow {
  const row = before ?? { ...emptyRow(alertId), firstAt: at };
  const times = Math.max(1, Math.floor(data.number("count") ?? 1));
  const updatedAt = Math.max(at, row.updatedAt);
  return {
    ...row,
    kind: data.word("kind") ?? row.kind,
    severity: data.word("severity") ?? row.severity,
    source: data.text("source") ?? row.source,
    cause: data.text("cause", causeLength) ?? row.cause,
    count: Math.min(Number.MAX_SAFE_INTEGER, row.count + times),
    updatedAt,
    hours: hoursAfter(row, updatedAt, times),
    standing: data.flag("standing") === true,
    resolvedAt: undefined,
    acknowledged: undefined,
  };
}

function hoursAfter({ hours, updatedAt }: AlertRow, at: number, times: number): readonly number[] {
  const passed = Math.min(hoursKept, Math.floor(at / hourMs) - Math.floor(updatedAt / hourMs));
  const none = (count: number): number[] => Array.from({ length: count }, () => 0);
  const next = [...none(hoursKept), ...hours, ...none(passed)].slice(-hoursKept);
  return next.with(-1, (next.at(-1) ?? 0) + times);
}
