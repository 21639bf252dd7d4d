import fc from "fast-check";
import { expect, test } from "vitest";
import { type AlertsState, alertStateOf, alertsReducer } from "../../src/reducers/alerts.ts";
import type { FoldedEvent } from "../../src/reducers/reducer.ts";

const hour = 3_600_000;
const start = 1_000 * hour;
const alertId = "process_failed process:p1 exit 1";
const raised = (at: number, data: object = {}): FoldedEvent => ({
  type: "alert_raised",
  timestamp: at,
  data: { alertId, kind: "process_failed", severity: "warning", source: "process:p1", cause: "exit 1", ...data },
});
const said = (type: string, at: number, data: object): FoldedEvent => ({
  type,
  timestamp: at,
  data: { alertId, ...data },
});
const fold = (...events: FoldedEvent[]): AlertsState =>
  events.reduce((state, event) => alertsReducer.apply(state, event), alertsReducer.initial("alerts"));
const row = (...events: FoldedEvent[]) => fold(...events).alerts.items[0];

test("the same kind, cause and source are one row with a count, the first and the last time", () => {
  expect(row(raised(start), raised(start + 5, { count: 4 }))).toMatchObject({
    count: 5,
    firstAt: start,
    updatedAt: start + 5,
  });
});

test("§17.5 an acknowledgement says who, and ends when it happens again", () => {
  const ack = said("alert_acknowledged", start + 2, { count: 1, by: "user:ada" });
  const seen = row(raised(start), ack);
  expect(seen?.acknowledged).toEqual({ by: "user:ada", at: start + 2 });
  expect(alertStateOf(seen as never, start + 3)).toBe("acknowledged");
  const again = row(raised(start), ack, raised(start + 9));
  expect(again?.acknowledged).toBeUndefined();
  expect(alertStateOf(again as never, start + 9)).toBe("open");
});

test("§17.5 what happened since that person looked was not seen", () => {
  const late = said("alert_acknowledged", start + 2, { count: 1, by: "user:ada" });
  expect(row(raised(start), raised(start + 1), late)?.acknowledged).toBeUndefined();
});

test("§17.5 muted until a time, or not any more", () => {
  const muted = row(raised(start), said("alert_muted", start, { until: start + 100, by: "user:ada" }));
  expect(alertStateOf(muted as never, start + 99)).toBe("muted");
  expect(alertStateOf(muted as never, start + 100)).toBe("open");
  const not = said("alert_muted", start + 1, { until: null, by: "user:ada" });
  expect(row(raised(start), said("alert_muted", start, { until: start + 100 }), not)?.muted).toBeUndefined();
});

test("what is over is open again when it happens again", () => {
  expect(alertStateOf(row(raised(start), said("alert_resolved", start + 1, {})) as never, start + 2)).toBe("over");
  expect(row(raised(start), said("alert_resolved", start + 1, {}), raised(start + 2))?.resolvedAt).toBeUndefined();
});

test("nothing is made of what was never raised", () => {
  expect(fold(said("alert_resolved", start, {}), said("alert_muted", start, { until: 5 })).alerts.items).toEqual([]);
});

test("the 120 that happened last are kept, and how many are not", () => {
  const events = Array.from({ length: 250 }, (_, i) => raised(start + i, { alertId: `x ${i}` }));
  const { alerts } = fold(...events);
  expect(alerts.items).toHaveLength(120);
  expect(alerts.cut).toBe(130);
  expect(JSON.stringify(alerts).length).toBeLessThan(120 * 700);
});

test("counts by hour: as many as happened in the last 24", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 * 60 }), { minLength: 1, maxLength: 40 }), (minutes) => {
      const times = minutes.toSorted((a, b) => a - b).map((minute) => start + minute * 60_000);
      const last = Math.floor((times.at(-1) ?? 0) / hour);
      const expected = Array.from({ length: 24 }, (_, i) => {
        const at = last - 23 + i;
        return times.filter((time) => Math.floor(time / hour) === at).length;
      });
      expect(row(...times.map((time) => raised(time)))?.hours).toEqual(expected);
    }),
  );
});
