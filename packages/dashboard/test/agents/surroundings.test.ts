import { agentReducer } from "@signalbox/core/reducers";
import { expect, test } from "vitest";
import { aroundOf } from "../../src/agents/surroundings.ts";
import { item } from "../fleet/items.ts";

const fleet = new Map(
  [
    item("session:s1", "running", { kind: "session", id: "s1", members: ["lead"] }),
    item("session:s2", "running", { kind: "session", id: "s2" }),
    item("process:p1", "running", { kind: "process", id: "p1", agentId: "lead" }),
    item("process:lead/p2", "done", { kind: "process", id: "lead/p2" }),
    item("agent:lead/tests", "waiting", { id: "lead/tests" }),
    item("agent:helper", "running", { id: "helper", parentId: "lead" }),
    item("agent:leader", "running", { id: "leader" }),
  ].map((one) => [one.key, one]),
);

test("sessions, processes and agents below are found by what they say and how they are called", () => {
  const state = agentReducer.apply(agentReducer.initial("agent:lead"), {
    type: "agent_status",
    timestamp: 1,
    data: { agentId: "lead/quiet", status: "idle" },
  });
  const { groups, many } = aroundOf("lead", state, fleet);
  expect(groups.map(({ title, of }) => [title, of.map(({ key }) => key)])).toEqual([
    ["Session", ["session:s1"]],
    ["Agents below it", ["agent:lead/quiet", "agent:lead/tests", "agent:helper"]],
    ["Processes", ["process:p1", "process:lead/p2"]],
  ]);
  expect(many).toBe(6);
});

test("an agent below another is led by it, also where that one is not in the fleet", () => {
  const { groups } = aroundOf("gone/one", agentReducer.initial("agent:gone/one"), new Map());
  expect(groups.map(({ title, of }) => [title, of.map(({ key }) => key)])).toEqual([["Led by", ["agent:gone"]]]);
});
