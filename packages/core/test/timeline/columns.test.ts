/** §16.3 the rows of events, and the columns that carry them. */
import { describe, expect, test } from "vitest";
import { columnsOf, rowOf, rowsIn } from "../../src/timeline/index.ts";

const cases: Array<[type: string, data: unknown, kind: string | undefined, id: string, state: string]> = [
  ["agent_status", { agentId: "a", status: "running" }, "state", "", "running"],
  ["agent_status", { agentId: "a" }, undefined, "", ""],
  ["agent_log", { message: "x" }, undefined, "", ""],
  ["process_output", { output: "x" }, undefined, "", ""],
  ["step_update", { stepId: "s", status: "done" }, "step", "s", "done"],
  ["task_assigned", { taskId: "t" }, "task", "t", "queued"],
  ["task_completed", { taskId: "t" }, "task", "t", "done"],
  ["process_started", { command: "npm", args: ["test"] }, "process", "run", "running"],
  ["process_stopped", { exitCode: 1, signal: null }, "process", "run", "failed"],
  ["process_stopped", { exitCode: 1, signal: null, cancelledBy: "user:a" }, "process", "run", "cancelled"],
  ["command_started", { commandId: "c" }, "command", "c", "running"],
  ["checkpoint_required", { checkpointId: "c" }, "approval", "c", "waiting_approval"],
  ["checkpoint_decided", { checkpointId: "c", decision: "deny" }, "approval", "c", "denied"],
  ["tdd_phase_change", { currentPhase: "red" }, "phase", "", "red"],
  ["test_result", { total: 2, passing: 1, failing: 1 }, "tests", "", "failed"],
  ["test_result", { total: 2, passing: 1, failing: 1, test: { name: "x", outcome: "passed" } }, "tests", "", "done"],
  ["agent_error", { error: "boom" }, "error", "", "failed"],
  ["tool_call", { toolCallId: "t", toolName: "bash" }, "tool", "t", "running"],
  ["tool_use", { tool_use_id: "t", name: "bash" }, "tool", "t", "running"],
  ["agent_tool_result", { toolCallId: "t" }, "tool", "t", "done"],
  ["tool_result", { toolCallId: "t", isError: true }, "tool", "t", "failed"],
  ["tool_error", { toolCallId: "t" }, "tool", "t", "failed"],
  ["toolbox", {}, undefined, "", ""],
  ["constructor", {}, undefined, "", ""],
  ["step_update", null, "step", "", "running"],
];

describe("rows", () => {
  test.each(cases)("%s %j", (type, data, kind, id, state) => {
    const row = rowOf({ type, data });
    expect([row?.kind, row?.id ?? "", row?.state ?? ""]).toEqual([kind, id, state]);
  });

  test("a label is short, whatever was sent", () => {
    expect(rowOf({ type: "agent_error", data: { error: "x".repeat(10_000) } })?.label).toHaveLength(80);
  });
});

test("columns give back each row at its place, times that go back too", () => {
  const events = cases.map(([type, data], at) => ({
    type,
    data,
    offset: 10 + at,
    timestamp: 5_000 + (at % 3) * 100 - at,
  }));
  const columns = JSON.parse(JSON.stringify(columnsOf(9, 40, events))) as ReturnType<typeof columnsOf>;
  const found: unknown[] = [];
  rowsIn(columns, (row, offset, at) => found.push([offset, at, row]));
  const expected = events.flatMap((event) => {
    const row = rowOf(event);
    return row === undefined ? [] : [[event.offset, event.timestamp, row]];
  });
  expect(found).toEqual(expected);
  expect(columns.texts.length).toBe(new Set(columns.texts).size);
});

test("a kind that is not known yet is passed over", () => {
  const columns = columnsOf(1, 2, [
    { type: "agent_error", data: { error: "a" }, offset: 1, timestamp: 1 },
    { type: "agent_error", data: { error: "b" }, offset: 2, timestamp: 2 },
  ]);
  columns.kinds[0] = 99;
  const labels: string[] = [];
  rowsIn(columns, ({ label }) => labels.push(label));
  expect(labels).toEqual(["b"]);
});
