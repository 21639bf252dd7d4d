import { expect, test } from "vitest";
import { findingOf, mayTell } from "../../src/alerts/finding.ts";

const lost = { kind: "agent_lost", severity: "critical", source: "agent:a1", standing: true };

test("§17.4 an agent that is lost, stuck or failed is a finding; any other status ends it", () => {
  expect(findingOf("agent:a1", "agent_status", { agentId: "a1", status: "lost" })).toMatchObject(lost);
  expect(findingOf("agent:a1", "agent_status", { agentId: "a1", status: "stalled" })).toMatchObject({
    kind: "agent_stuck",
  });
  expect(findingOf("agent:a1", "agent_status", { agentId: "a1", status: "error" })).toMatchObject({
    kind: "agent_failed",
  });
  expect(findingOf("agent:a1", "agent_status", { agentId: "a1", status: "busy" })).toEqual({
    over: ["agent_lost", "agent_stuck", "agent_failed"],
    source: "agent:a1",
  });
});

test("§17.4 an agent that takes its lease again is not lost any more", () => {
  expect(findingOf("agent:a1", "lease_held", { producer: "a1", epoch: 2 })).toEqual({
    over: ["agent_lost"],
    source: "agent:a1",
  });
});

test("what an agent says of one below it is no finding of its own", () => {
  expect(findingOf("agent:a1", "agent_status", { agentId: "a1/tests", status: "failed" })).toBeUndefined();
});

test.each([
  [{ exitCode: 1, signal: null }, "exit 1"],
  [{ exitCode: null, signal: "SIGKILL" }, "SIGKILL"],
  [{ exitCode: 0, signal: null }, undefined],
  [{ exitCode: null, signal: null }, undefined],
  [{ exitCode: 137, signal: null, cancelledBy: "user:ada" }, undefined],
])("§17.4 a process that ended with %j", (data, cause) => {
  const found = findingOf("process:p1", "process_stopped", { processId: "p1", ...data });
  expect(found && "cause" in found ? found.cause : undefined).toBe(cause);
});

test("§17.3 what agents wrote is not taken over, only names that programs give", () => {
  const error = "the customer's password is hunter2";
  expect(JSON.stringify(findingOf("agent:a1", "agent_error", { agentId: "a1", error }))).not.toContain("hunter2");
  expect(findingOf("agent:a1", "agent_error", { agentId: "a1", error, code: "rate_limit" })).toMatchObject({
    cause: "rate_limit",
  });
});

test("an alert that somebody else defined goes on until it is resolved", () => {
  const data = { message: "The disk is full", component: "build-3", alertId: "disk-3", severity: "warning" };
  expect(findingOf("global", "system_alert", data)).toMatchObject({ severity: "warning", source: "build-3" });
  expect(findingOf("global", "system_alert", { ...data, resolved: true })).toEqual({
    over: ["system_alert build-3 disk-3"],
    source: "",
  });
});

test("types that say nothing of the kind, and names of Object members, are left alone", () => {
  expect(mayTell("process_output")).toBe(false);
  expect(mayTell("constructor")).toBe(false);
  expect(findingOf("agent:a1", "toString", {})).toBeUndefined();
});

test("data of any shape is no fault", () => {
  for (const data of [undefined, null, 7, "x", [], { status: 1, exitCode: "no" }])
    for (const type of ["agent_status", "process_stopped", "system_alert", "test_result", "session_stopped"])
      expect(() => findingOf("agent:a1", type, data)).not.toThrow();
});
