import { families } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describe as words } from "../../src/feed/describe.ts";
import { isActing } from "../../src/text/visible.ts";

test("an agent's status in a few words", () => {
  const data = { agentId: "coder-001", status: "busy", currentTask: { id: "t1", title: "Add a form", progress: 65 } };
  expect(words({ type: "agent_status", data })).toBe("Busy · Add a form · 65 %");
});

test.each<[string, object, string]>([
  ["command_queued", { name: "set_config", issuedBy: "user:ada" }, "Set config · by user:ada"],
  ["command_failed", { error: "Nothing runs", code: "idle" }, "Command failed · Nothing runs · idle"],
  ["checkpoint_approved", { approvedBy: "user:ada", approvals: 1, needed: 2 }, "Approved · by user:ada · 1 of 2"],
  ["checkpoint_decided", { decision: "deny", decidedBy: "user:bob", reason: "no" }, "Denied · by user:bob · no"],
  ["lease_held", { producer: "run-1", by: "user:ada" }, "At work: run-1 · by user:ada"],
])("%s in a few words", (type, data, said) => {
  expect(words({ type, data })).toBe(said);
});

test("types that nobody here knows say what they carry", () => {
  expect(words({ type: "points_set", data: { lever: 7, normal: true } })).toBe("lever 7 · normal true");
  expect(words({ type: "points_set", data: {} })).toBe("Points set");
});

test("whatever an event carries, it is said in one short line", () => {
  const types = ["agent_status", "agent_error", "test_result", "process_stopped", "constructor", "unheard_of"];
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.anything(), (type, data) => {
      const said = words({ type, data });
      expect(said.length).toBeLessThan(500);
      expect([...said].some(isActing)).toBe(false);
    }),
  );
});

test("every example of the catalogue has words", () => {
  for (const { type, example } of Object.values(families).flat()) expect(words({ type, data: example })).not.toBe("");
});
