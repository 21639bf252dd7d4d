import { expect, test } from "vitest";
import { agentStatusOf } from "../src/index.ts";

test("§12.5 older words are read as those of today, and all others as they are", () => {
  const read = ["busy", "error", "offline", "running", "waiting_approval", "stuck", "constructor", ""].map(
    agentStatusOf,
  );
  expect(read).toEqual(["running", "failed", "lost", "running", "waiting_approval", "stuck", "constructor", ""]);
});
