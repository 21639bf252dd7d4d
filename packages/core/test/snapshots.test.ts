import type { Snapshot } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { hasFailed, SharedPublication } from "../src/index.ts";
import type { TddState } from "../src/reducers/index.ts";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const status = (node: FakeNode, channel: string, state: string): void =>
  node.publish(channel, { status: state }, "agent_status");

/** The state as somebody would be sent it now. */
function ask(node: FakeNode, channel: string, reducer?: string): Snapshot | undefined {
  let found: Snapshot | undefined;
  node.hub.snapshot(channel, reducer, (answer) => {
    if (!hasFailed(answer)) found = answer.snapshot;
  });
  node.run();
  return found;
}

test("folded states are saved a while after they changed, some at a time, and all of them at the end", () => {
  const node = new FakeNode({ channelsPerMinute: 10_000 });
  for (let n = 0; n < 1_200; n++) status(node, `agent:${n}`, "busy");
  node.run();
  node.hub.tick();
  expect(node.snapshots.size).toBe(0);
  node.now += 15_000;
  node.hub.tick();
  expect(node.snapshots.size).toBe(500);
  // Those that waited longest come first; what changed again meanwhile is saved once.
  expect(node.snapshots.has("agent:0")).toBe(true);
  node.hub.tick();
  expect(node.snapshots.size).toBe(1_000);
  node.hub.flush();
  expect(node.snapshots.size).toBe(1_200);
});

test("a channel's state is not read again from the store while it is among the hundred thousand in memory", () => {
  const node = new FakeNode({ channelsPerMinute: 100_000 });
  const channels = 20_000;
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < channels; n++) status(node, `agent:${n}`, `s${round}`);
    node.run();
    node.now += 60_000;
    node.hub.tick();
  }
  expect(node.reads).toBe(0);
});

test("B4 events that come a second time, by their positions, change nothing", () => {
  const node = new FakeNode();
  status(node, "agent:a", "busy");
  node.publish("agent:a", { costUsd: 1 }, "agent_usage");
  node.run();
  ask(node, "agent:a", "tdd");
  const main = ask(node, "agent:a");
  const further = ask(node, "agent:a", "tdd");
  const { epoch, events = [] } = node.histories.get("agent:a") ?? {};
  const again = events.map((event, at) => new SharedPublication("agent:a", epoch ?? "", { ...event, offset: at + 1 }));
  expect(again).toHaveLength(2);
  node.hub.committed(again);
  expect(ask(node, "agent:a")?.state).toBe(main?.state);
  expect(ask(node, "agent:a", "tdd")).toEqual(further);
  expect(main?.state).toMatchObject({ usage: { costUsd: 1 } });
});

describe("§4.6 further reducers of a namespace", () => {
  const phase = (node: FakeNode, currentPhase: string): void => {
    node.publish("agent:a", { agentId: "a", currentPhase }, "tdd_phase_change");
    node.run();
  };
  const phases = (node: FakeNode): string[] =>
    (ask(node, "agent:a", "tdd") as Snapshot<TddState>).state.phases.items.map((item) => item.phase);

  test("cost nothing until somebody asks: then they are folded from history, and kept current", () => {
    const node = new FakeNode();
    phase(node, "red");
    phase(node, "green");
    node.hub.flush();
    expect([...node.snapshots.keys()]).toEqual(["agent:a"]);
    expect(node.reads).toBe(0);
    expect(ask(node, "agent:a", "tdd")).toMatchObject({ reducer: "tdd", version: 1, offset: 2 });
    expect(node.reads).toBe(1);
    phase(node, "refactor");
    expect(phases(node)).toEqual(["red", "green", "refactor"]);
    expect(node.reads).toBe(1);
  });

  test("are saved beside the main one, and loaded after a restart", () => {
    const node = new FakeNode();
    phase(node, "red");
    expect(phases(node)).toEqual(["red"]);
    node.hub.flush();
    expect([...node.snapshots.keys()].sort()).toEqual(["agent:a", "agent:a#tdd"]);
    phase(node, "green");
    node.trim("agent:a", 1);
    node.restart();
    expect(phases(node)).toEqual(["red", "green"]);
    expect(ask(node, "agent:a")).toMatchObject({ reducer: "agent", offset: 2 });
  });

  test("leave memory when nobody has asked for ten minutes, and lose nothing by that", () => {
    const node = new FakeNode();
    phase(node, "red");
    expect(phases(node)).toEqual(["red"]);
    node.now += 599_000;
    node.hub.tick();
    phase(node, "green");
    expect(node.reads).toBe(1);
    node.now += 1_000;
    node.hub.tick();
    phase(node, "refactor");
    node.trim("agent:a", 2);
    expect(phases(node)).toEqual(["red", "green", "refactor"]);
    expect(node.reads).toBe(2);
  });

  test("that were asked for after their history was trimmed begin with what is left", () => {
    const node = new FakeNode();
    for (const name of ["red", "green", "refactor"]) phase(node, name);
    node.trim("agent:a", 2);
    expect(phases(node)).toEqual(["refactor"]);
  });

  test("begin anew with another history", () => {
    const node = new FakeNode();
    phase(node, "red");
    node.forgetEverything("e2");
    phase(node, "green");
    expect(phases(node)).toEqual(["green"]);
    expect(ask(node, "agent:a", "tdd")).toMatchObject({ epoch: "e2", offset: 1 });
  });

  test.each([
    ["agent:a", "memory"],
    ["agent:a", "agents"],
    ["user:ada", "tdd"],
    ["browser:b", undefined],
    ["agent:a", "__proto__"],
  ])("%s has none by the name %s", (channel, name) => {
    expect(ask(new FakeNode(), channel, name)).toBeUndefined();
  });

  test("the main one may be asked for by its name, and is the same", () => {
    const node = new FakeNode();
    status(node, "agent:a", "busy");
    node.run();
    expect(ask(node, "agent:a", "agent")?.state).toBe(ask(node, "agent:a")?.state);
    node.hub.flush();
    expect([...node.snapshots.keys()]).toEqual(["agent:a"]);
  });

  test("what cannot be read is answered as such, and asked again", () => {
    const node = new FakeNode();
    phase(node, "red");
    node.broken = { failed: "unavailable", message: "no" };
    const failures: string[] = [];
    node.hub.snapshot("agent:a", "tdd", (answer) => {
      if (hasFailed(answer)) failures.push(answer.failed);
    });
    node.run();
    expect(failures).toEqual(["unavailable"]);
    node.broken = undefined;
    expect(phases(node)).toEqual(["red"]);
  });

  test("a subscription says which it wants, also in the gap that retention makes", () => {
    const node = new FakeNode({ tailEvents: 1 });
    for (const name of ["red", "green", "refactor"]) phase(node, name);
    const viewer = new Viewer(node).open();
    viewer.subscribe({ channel: "agent:a", snapshot: "tdd" });
    node.run();
    const [begun] = viewer.updates("subscribed");
    expect(begun?.snapshot).toMatchObject({ reducer: "tdd", offset: 3 });
    node.trim("agent:a", 2);
    const late = new Viewer(node).open();
    late.subscribe({ channel: "agent:a", snapshot: "tdd", since: { epoch: node.epoch, offset: 0 } });
    const plain = new Viewer(node).open();
    plain.subscribe({ channel: "agent:a", since: { epoch: node.epoch, offset: 0 } });
    const other = new Viewer(node).open();
    other.subscribe({ channel: "agent:a", snapshot: "memory" });
    const all = new Viewer(node).open();
    all.subscribe({ channel: "agent:*", snapshot: "tdd" });
    node.run();
    expect(late.updates("subscribed")[0]).toMatchObject({ recovered: false, snapshot: { reducer: "tdd" } });
    expect(plain.updates("subscribed")[0]).toMatchObject({ recovered: false, snapshot: { reducer: "agent" } });
    expect(other.updates("subscribed")[0]?.snapshot).toBeUndefined();
    expect(all.updates("subscribed").at(-1)?.snapshot).toMatchObject({ reducer: "tdd" });
  });
});
