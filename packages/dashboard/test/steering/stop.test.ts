import { expect, test } from "vitest";
import type { Condition } from "../../src/fleet/condition.ts";
import type { FleetItem, Kind } from "../../src/fleet/item.ts";
import { countsOf, stoppable, whoAre } from "../../src/steering/stop.ts";
import { item as row } from "../fleet/items.ts";

const item = (kind: Kind, condition: Condition): FleetItem => row(`${kind}:${condition}`, condition, { kind });

test("what can be told is agents and processes that have not ended; the paused are not paused again", () => {
  const items = [
    ...(["waiting", "running", "stuck", "paused", "lost", "failed", "done"] as const).map((one) => item("agent", one)),
    ...[item("process", "running"), item("session", "running")],
  ];
  const running = ["agent:waiting", "agent:running", "agent:stuck"];
  expect(stoppable(items, "pause")).toEqual([...running, "process:running"]);
  expect(stoppable(items, "cancel")).toEqual([...running, "agent:paused", "process:running"]);
});

test("who is meant is said in words", () => {
  expect(whoAre(["agent:a"])).toBe("1 agent");
  expect(whoAre(["process:p", "agent:a", "process:q"])).toBe("2 processes and 1 agent");
});

test("counts stand in the order of a command's life", () => {
  expect(countsOf({ counts: { refused: 1, done: 3, queued: 2 } })).toEqual([
    ["queued", 2],
    ["done", 3],
    ["refused", 1],
  ]);
});
