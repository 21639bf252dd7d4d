import { GatewayError } from "@signalbox/client";
import { expect, test } from "vitest";
import { outcomeOf } from "../../src/approvals/deciding.ts";

const refusal = (name: "already_decided" | "forbidden", details?: Record<string, unknown>) =>
  new GatewayError({ name, number: 1, message: "No.", temporary: false, help: "Ask.", ...(details && { details }) });

test("who was first is told by name", () => {
  const details = { decision: "deny", decidedBy: "user:bob", decidedAt: 7 };
  expect(outcomeOf(refusal("already_decided", details))).toEqual({ phase: "lost", ...details });
  expect(outcomeOf(refusal("already_decided"))).toMatchObject({ phase: "lost", decidedAt: undefined });
});

test("any other refusal is said as it is, with what to do", () => {
  expect(outcomeOf(refusal("forbidden"))).toEqual({ phase: "refused", message: "No. Ask." });
  expect(outcomeOf(new Error("broken"))).toEqual({ phase: "refused", message: "broken" });
  expect(outcomeOf("odd")).toEqual({ phase: "refused", message: "odd" });
});
