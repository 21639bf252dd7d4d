import { describe, expect, test } from "vitest";
import { AlertDesk } from "../../src/alerts/alert-desk.ts";
import type { Finding } from "../../src/alerts/finding.ts";
import { alertsReducer } from "../../src/reducers/alerts.ts";

const exit: Finding = { kind: "process_failed", severity: "warning", source: "process:p1", cause: "exit 1" };
const lost: Finding = { kind: "agent_lost", severity: "critical", source: "agent:a1", cause: "gone", standing: true };
const over = { over: ["agent_lost"], source: "agent:a1" };

const counts = (desk: AlertDesk, atMs: number) => desk.take(atMs).map(({ data }) => data.count);

describe("§17.4", () => {
  test("the first is told at once, further ones as a count after 5 s", () => {
    const desk = new AlertDesk();
    desk.found(exit);
    expect(counts(desk, 0)).toEqual([1]);
    for (let i = 0; i < 7; i++) desk.found(exit);
    expect(counts(desk, 4_999)).toEqual([]);
    expect(counts(desk, 5_000)).toEqual([7]);
    expect(counts(desk, 30_000)).toEqual([]);
  });

  test("what goes on is told once, and that it is over once", () => {
    const desk = new AlertDesk();
    for (let i = 0; i < 3; i++) desk.found(lost);
    expect(desk.take(0)).toEqual([
      { type: "alert_raised", data: { alertId: "agent_lost agent:a1 gone", ...lost, count: 1 } },
    ]);
    desk.found(over);
    desk.found(over);
    expect(desk.take(1)).toEqual([{ type: "alert_resolved", data: { alertId: "agent_lost agent:a1 gone" } }]);
    desk.found(lost);
    expect(counts(desk, 20_000)).toEqual([1]);
  });

  test("what was over at once is told in its order", () => {
    const desk = new AlertDesk();
    desk.found(lost);
    desk.found(over);
    expect(desk.take(0).map(({ type }) => type)).toEqual(["alert_raised", "alert_resolved"]);
  });

  test("what could not be kept is told again, with what came meanwhile", () => {
    const desk = new AlertDesk();
    desk.found(exit);
    const drafts = desk.take(0);
    desk.found(exit);
    desk.failed(drafts);
    expect(counts(desk, 1)).toEqual([2]);
  });

  test("at most 20 at a time, and beyond 1,000 the rest is one", () => {
    const desk = new AlertDesk();
    for (let i = 0; i < 1_500; i++) desk.found({ ...exit, source: `process:${i}` });
    let told = 0;
    let unknown = 0;
    for (let s = 0; s < 60; s++) {
      const drafts = desk.take(s);
      expect(drafts.length).toBeLessThanOrEqual(20);
      told += drafts.filter(({ data }) => data.kind === "process_failed").length;
      unknown += drafts
        .filter(({ data }) => data.kind === "overflow")
        .reduce((sum, { data }) => sum + Number(data.count), 0);
    }
    expect(told).toBe(1_000);
    expect(unknown).toBe(500);
  });

  test("what an earlier run left is not told again, and ends", () => {
    const raised = { type: "alert_raised", timestamp: 1, data: { ...lost, alertId: "agent_lost agent:a1 gone" } };
    const desk = new AlertDesk();
    desk.learn(alertsReducer.apply(alertsReducer.initial("alerts"), raised));
    desk.found(lost);
    expect(desk.take(0)).toEqual([]);
    desk.found(over);
    expect(desk.take(1)).toMatchObject([{ type: "alert_resolved" }]);
  });
});
