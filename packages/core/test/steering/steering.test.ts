import type { Draft, PublishResult } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type Principal, Redactor } from "../../src/index.ts";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "execution:e1";
const coder = somebody("coder", [{ channels: "*", verbs: ["publish"] }], { kind: "agent" });
const person = (id: string): Principal => somebody(id, [{ channels: "*", verbs: ["approve", "command"] }]);

/** Results as they come, by the order of asking. */
function send(node: FakeNode, principal: Principal, drafts: Draft[]): { results: PublishResult[] } {
  const answer: { results: PublishResult[] } = { results: [] };
  node.hub.publish(drafts, { principal }, (results) => {
    answer.results = results;
  });
  return answer;
}

function publish(node: FakeNode, principal: Principal, ...drafts: Draft[]): PublishResult[] {
  const answer = send(node, principal, drafts);
  node.run();
  return answer.results;
}

const asked = (id = "c1"): Draft => ({
  type: "checkpoint_required",
  id: `ask-${id}`,
  channel,
  data: { checkpointId: id, checkpointData: { n: 1 } },
});
const decided = (decision: string, more: Partial<Draft> = {}): Draft => ({
  type: "checkpoint_decided",
  data: { checkpointId: "c1", decision },
  ...more,
});
const given: Draft = {
  type: "command_queued",
  id: "k1",
  channel: "agent:a",
  data: { target: "agent:a", name: "pause" },
};
const about = (type: string, id?: string): Draft => ({
  type,
  channel: "agent:a",
  data: { commandId: "k1", error: "no" },
  ...(id === undefined ? {} : { id }),
});

const eventsOf = (node: FakeNode, name: string) =>
  (node.histories.get(name)?.events ?? []).map(({ type, body }) => ({ type, ...JSON.parse(body) }));
const errorOf = (result: PublishResult | undefined) =>
  result !== undefined && "error" in result ? result.error : undefined;

test("§13.8 notes and selections say who is behind them, whatever they said themselves", () => {
  const node = new FakeNode();
  for (const type of ["session_note", "session_selection"]) {
    publish(node, person("ada"), { type, channel: "session:s1", data: { noteId: "n", text: "x", by: "user:eve" } });
  }
  publish(node, admin, { type: "session_note", channel: "session:s1", data: { noteId: "n", text: null } });
  expect(eventsOf(node, "session:s1").map(({ data }) => [data.by, data.text])).toEqual([["user:admin", null]]);
  const writer = somebody("ada", [{ channels: "session:*", verbs: ["publish"] }]);
  for (const type of ["session_note", "session_selection", "note"]) {
    publish(node, writer, { type, channel: "session:s1", data: { by: "user:eve" } });
  }
  const said = eventsOf(node, "session:s1").slice(1);
  expect(said.map(({ data }) => data.by)).toEqual(["user:ada", "user:ada", "user:eve"]);
});

describe("§9.1 steps are decided by what is kept", () => {
  test("a thousand decide at once: one is kept, all others are told who it was", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    const answers = Array.from({ length: 1_000 }, (_, i) =>
      send(node, person(`p${i}`), [decided(i % 2 === 0 ? "approve" : "deny")]),
    );
    // Nobody is told anything before the decision is kept.
    expect(answers.every(({ results }) => results.length === 0)).toBe(true);
    node.run();
    expect(eventsOf(node, channel).map(({ type }) => type)).toEqual(["checkpoint_required", "checkpoint_decided"]);
    const refused = answers.slice(1).map(({ results }) => errorOf(results[0]));
    expect(answers[0]?.results).toMatchObject([{ channel, offset: 2, duplicate: false }]);
    const details = { decision: "approve", decidedBy: "user:p0", decidedAt: node.now };
    expect(refused).toEqual(refused.map(() => expect.objectContaining({ name: "already_decided", details })));
  });

  test("if the first decision could not be kept, the next one is", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    const first = send(node, person("ada"), [decided("approve")]);
    const second = send(node, person("bob"), [decided("deny")]);
    node.broken = { failed: "unavailable", message: "no disk" };
    node.step();
    node.broken = undefined;
    node.run();
    expect(errorOf(first.results[0])?.name).toBe("unavailable");
    expect(second.results).toMatchObject([{ offset: 2 }]);
    expect(eventsOf(node, channel)[1]?.data).toMatchObject({ decision: "deny", decidedBy: "user:bob" });
  });

  test("when another node was quicker the step is decided anew", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    // A second hub over the same store: what the first one knows is out of date.
    const other = new FakeNode();
    for (const [key, register] of node.kept) other.kept.set(key, register);
    publish(other, person("bob"), decided("deny"));
    for (const [key, register] of other.kept) node.kept.set(key, register);
    const [result] = publish(node, person("ada"), decided("approve"));
    expect(errorOf(result)).toMatchObject({ name: "already_decided", details: { decidedBy: "user:bob" } });
    expect(eventsOf(node, channel)).toHaveLength(1);
  });

  test("the same step again is a duplicate of the first, also after a restart and many steps later", () => {
    const node = new FakeNode();
    expect(publish(node, admin, given)).toMatchObject([{ offset: 1, duplicate: false }]);
    const steps = [about("command_delivered", "d1"), about("command_started", "s1")];
    expect(publish(node, coder, ...steps)).toMatchObject([{ offset: 2 }, { offset: 3 }]);
    publish(node, coder, about("command_progress"), about("command_done", "x1"));
    for (let again = 0; again < 2; again++) {
      expect(publish(node, coder, about("command_started", "s1"))).toMatchObject([{ offset: 3, duplicate: true }]);
      expect(publish(node, coder, about("command_done", "x1"))).toMatchObject([{ offset: 5, duplicate: true }]);
      expect(publish(node, admin, given)).toMatchObject([
        { channel: "agent:a", epoch: "e1", offset: 1, duplicate: true },
      ]);
      node.restart();
    }
    // The same id from somebody else is another step.
    expect(errorOf(publish(node, admin, about("command_started", "s1"))[0])?.name).toBe("wrong_state");
    expect(eventsOf(node, "agent:a")).toHaveLength(5);
  });

  test("steps and other events of one sender keep their order", () => {
    const node = new FakeNode();
    publish(node, admin, given);
    const viewer = new Viewer(node).open(coder);
    const note = (n: number): Draft => ({ type: "note", channel: "agent:a", data: { n } });
    viewer.session?.accept([note(1), about("command_delivered"), note(2)]);
    viewer.session?.accept([about("command_started")]);
    viewer.session?.accept([note(3)]);
    viewer.session?.accept([about("command_done"), note(4)]);
    node.run();
    const kept = eventsOf(node, "agent:a").map(({ type, data }) => (type === "note" ? data.n : type));
    expect(kept).toEqual(["command_queued", 1, "command_delivered", 2, "command_started", 3, "command_done", 4]);
  });

  test("two steps in one frame are taken one after the other; a refused one costs the others nothing", () => {
    const node = new FakeNode();
    const results = publish(
      node,
      admin,
      given,
      about("command_done"),
      about("command_started"),
      about("command_started"),
    );
    expect(results.map((result) => errorOf(result)?.name ?? "ok")).toEqual(["ok", "wrong_state", "ok", "wrong_state"]);
    expect(errorOf(results[1])?.details).toMatchObject({ state: "queued" });
  });

  test("no step of a frame is answered by what another one of it only tried", () => {
    const node = new FakeNode();
    publish(node, admin, given);
    const twice = [about("command_started", "s1"), about("command_started", "s1"), about("command_started", "s2")];
    const answer = send(node, coder, twice);
    node.broken = { failed: "unavailable", message: "no disk" };
    node.run();
    expect(answer.results.map((result) => errorOf(result)?.name)).toEqual(twice.map(() => "unavailable"));
    node.broken = undefined;
    const [first, second, third] = publish(node, coder, ...twice);
    expect([first, second]).toMatchObject([
      { offset: 2, duplicate: false },
      { offset: 2, duplicate: true, epoch: "e1" },
    ]);
    expect(errorOf(third)?.name).toBe("wrong_state");
  });

  test("two instances begin one command: one of them may carry it out", () => {
    const node = new FakeNode();
    publish(node, admin, given);
    const [one, other] = [send(node, coder, [about("command_started")]), send(node, coder, [about("command_started")])];
    node.run();
    expect(one.results).toMatchObject([{ duplicate: false }]);
    expect(errorOf(other.results[0])).toMatchObject({ name: "wrong_state", details: { state: "started" } });
  });
});

describe("§9.2 ids", () => {
  test("an absent one is made from the event's id, so that sending again makes no second", () => {
    const node = new FakeNode();
    const draft: Draft = {
      type: "command_queued",
      id: "an id/with signs",
      channel: "agent:a",
      data: { target: "agent:a", name: "x" },
    };
    for (let i = 0; i < 2; i++) publish(node, admin, draft);
    const [event, ...more] = eventsOf(node, "agent:a");
    expect(more).toEqual([]);
    expect(event.data.commandId).toBe(node.sha256("an id/with signs").slice(0, 32));
    publish(node, admin, { ...draft, id: "plain-id" });
    expect(eventsOf(node, "agent:a")[1].data.commandId).toBe("plain-id");
  });

  test("a step without its id, or with none that can be one, is refused", () => {
    const node = new FakeNode();
    for (const data of [{}, { commandId: "a/b" }, { commandId: 7 }]) {
      const [result] = publish(node, admin, { type: "command_started", channel: "agent:a", data });
      expect(errorOf(result)).toMatchObject({ name: "invalid_message", details: { path: "/data/commandId" } });
    }
  });
});

describe("rights", () => {
  test("§8.4 who may publish may neither decide nor command", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    publish(node, admin, given);
    // Who names no channel learns nothing about what they may not decide.
    expect(errorOf(publish(node, coder, decided("approve"))[0])?.name).toBe("not_found");
    const steps = [decided("approve", { channel }), { ...given, id: "k2" }, about("command_cancelled")];
    for (const step of steps) expect(errorOf(publish(node, coder, step)[0])?.name).toBe("forbidden");
    expect(errorOf(publish(node, person("ada"), about("command_started"))[0])?.name).toBe("forbidden");
  });

  test("nobody but the gateway ends what is not due, nor says what it says", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    publish(node, admin, given);
    expect(errorOf(publish(node, admin, decided("", { type: "checkpoint_expired" }))[0])?.name).toBe("wrong_state");
    expect(errorOf(publish(node, admin, about("command_expired"))[0])?.name).toBe("wrong_state");
    expect(errorOf(publish(node, admin, decided("", { type: "checkpoint_approved" }))[0])?.name).toBe("forbidden");
    publish(node, admin, { type: "note", channel, data: {}, metadata: { source: "gateway", version: "1" } });
    expect(eventsOf(node, channel)[1]?.metadata).toEqual({ version: "1" });
  });

  test("a step that names another channel finds nothing there", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    const [result] = publish(node, person("ada"), decided("approve", { channel: "execution:e2" }));
    expect(errorOf(result)?.name).toBe("not_found");
  });
});

describe("§11.3 deadlines", () => {
  const tick = (node: FakeNode, ms: number): void => {
    node.now += ms;
    node.hub.tick();
    node.run();
  };

  test("what nobody decided expires once, by the gateway, and the decision then is its default", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    publish(node, admin, given);
    tick(node, 599_999);
    expect(eventsOf(node, "agent:a")).toHaveLength(1);
    tick(node, 1);
    tick(node, 1_000);
    expect(eventsOf(node, "agent:a").slice(1)).toMatchObject([
      { type: "command_expired", data: { commandId: "k1", target: "agent:a" }, metadata: { source: "gateway" } },
    ]);
    tick(node, 86_400_000);
    tick(node, 1_000);
    expect(eventsOf(node, channel).slice(1)).toMatchObject([
      { type: "checkpoint_expired", data: { checkpointId: "c1", default: "deny" }, metadata: { source: "gateway" } },
    ]);
    expect(node.hub.steering.isBusy).toBe(false);
  });

  test("after a restart, and after a time without a store", () => {
    const node = new FakeNode();
    publish(node, admin, given);
    node.restart();
    expect(node.hub.steering.isBusy).toBe(true);
    tick(node, 1_000);
    node.broken = { failed: "unavailable", message: "no disk" };
    tick(node, 600_000);
    node.broken = undefined;
    expect(eventsOf(node, "agent:a")).toHaveLength(1);
    tick(node, 5_000);
    expect(eventsOf(node, "agent:a").map(({ type }) => type)).toEqual(["command_queued", "command_expired"]);
  });

  test("a deadline that passed while the gateway was away is met at its start", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    node.now += 100 * 86_400_000;
    node.restart();
    tick(node, 0);
    tick(node, 1_000);
    expect(eventsOf(node, channel).map(({ type }) => type)).toEqual(["checkpoint_required", "checkpoint_expired"]);
  });

  test("what was decided in time does not expire", () => {
    const node = new FakeNode();
    publish(node, coder, asked());
    publish(node, person("ada"), decided("approve"));
    tick(node, 100 * 86_400_000);
    expect(eventsOf(node, channel)).toHaveLength(2);
  });
});

test("watchers hear of every change, and of the end", () => {
  const node = new FakeNode();
  publish(node, coder, asked());
  let heard = 0;
  const stop = node.hub.steering.watch("checkpoint/c1", () => heard++);
  publish(node, person("ada"), decided("approve"));
  expect(heard).toBe(1);
  node.hub.goingAway(() => 0);
  expect(heard).toBe(2);
  stop();
  publish(node, coder, { type: "checkpoint_applied", channel, data: { checkpointId: "c1", decision: "approve" } });
  expect(heard).toBe(2);
});

test("§10.5 a declaration is held against commands, also after a restart", () => {
  const node = new FakeNode();
  const declared: Draft = {
    type: "agent_commands",
    channel: "agent:a",
    data: { agentId: "a", commands: [{ name: "pause" }] },
  };
  expect(publish(node, coder, declared)).toMatchObject([{ offset: 1 }]);
  for (let i = 0; i < 2; i++) {
    const stop: Draft = { ...given, id: `s${i}`, data: { target: "agent:a", name: "stop" } };
    expect(errorOf(publish(node, admin, stop)[0])?.details).toMatchObject({ path: "/data/name" });
    node.restart();
  }
  expect(publish(node, admin, given)).toMatchObject([{ offset: 2 }]);
});

test("§8.11 what is hashed is what people are shown", () => {
  const node = new FakeNode({}, { redactor: new Redactor() });
  const secret = ["AK", "IA", "ABCDEFGHIJKLMNOP"].join("");
  publish(node, coder, {
    type: "checkpoint_required",
    channel,
    data: { checkpointId: "c1", checkpointData: { password: secret } },
  });
  const [event] = eventsOf(node, channel);
  expect(JSON.stringify(event)).not.toContain(secret);
  expect([...node.kept.values()].map(({ value }) => value).join()).not.toContain(secret);
});
