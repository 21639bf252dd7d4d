/** The tester is tested: good histories pass, and each bad one is caught by the invariant it breaks and by no other. */
import { describe, expect, test } from "vitest";
import { checkHistory, type InvariantName } from "../../src/history/index.ts";
import { about, goodStory, Story, step } from "./support/story.ts";

function brokenBy(story: Story): string[] {
  const { broken } = checkHistory(story.records, story.final);
  return Object.entries(broken)
    .filter(([, count]) => count > 0)
    .map(([name]) => name);
}

test("a good history with a bit of everything breaks nothing, and is counted", () => {
  const { records, final } = goodStory();
  const { counters, violations } = checkHistory(records, final);
  expect(violations).toEqual([]);
  expect(counters).toEqual({
    records: records.length,
    kills: { agent: 1, gateway: 1 },
    given: 4,
    commands: { done: 1, interrupted: 1, expired: 1, cancelled: 1 },
    executed: 2,
    approvedDeeds: 1,
    asked: 3,
    checkpoints: { decided: 2, expired: 1 },
    decided: 2,
    toldWhose: 1,
    refused: { already_decided: 1 },
    unknown: { kept: 1, notKept: 1 },
    duplicatesSuppressed: 1,
    events: 18,
    seen: 0,
    gaps: {},
    faults: {},
    lostAndTold: 0,
  });
});

test("the order in which files are read changes nothing", () => {
  const { records, final } = goodStory();
  expect(checkHistory([...records].reverse(), final)).toEqual(checkHistory(records, final));
});

test("a channel that was trimmed has lost nothing", () => {
  const { records, final } = goodStory();
  const channels = final.channels.map((channel) => ({ ...channel, floor: 2, events: channel.events.slice(1) }));
  expect(checkHistory(records, { ...final, channels }).violations).toEqual([]);
});

test("an agent killed while it asked asks again and finds its answer", () => {
  const story = goodStory();
  story.requires("a.1", "again");
  story.decides("ada", "again", "approve");
  const data = { checkpointId: "again", checkpointData: { job: "again" } };
  const again = story.asks("a.2", "ask", "checkpoint_required", { ...about("again"), id: "again", data, by: "user:a" });
  story.says("a.2", { what: "ok", attempt: again.attempt, duplicate: true });
  story.reads("a.2", "again");
  story.actsOn("a.2", "again");
  expect(brokenBy(story)).toEqual([]);
});

test("viewers that were told what they did not get, and that a channel began anew after a loss, missed nothing", () => {
  const story = goodStory();
  const lost = story.asks("publisher", "publish", "note", { id: "n0", channel: "workflow:w" });
  story.says("publisher", { what: "ok", attempt: lost.attempt, epoch: "e0", offset: 1, duplicate: false });
  story.sees("v", { channel: "workflow:w", epoch: "e0", offset: 1, id: "n0" });
  story.says("faults", { what: "fault", kind: "FLUSHALL", phase: "start", loses: true });
  story.says("faults", { what: "fault", kind: "FLUSHALL", phase: "stop", loses: true });
  story.misses("v", "e0", 2);
  story.sees("v", story.event("workflow:w", "n1"));
  story.does("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
  story.misses("v", "e1", 2, 2);
  story.shows("v", "n4");
  const { counters, violations } = checkHistory(story.records, story.final);
  expect(violations).toEqual([]);
  expect(counters).toMatchObject({
    seen: 3,
    gaps: { epoch_changed: 1, slow: 1 },
    faults: { FLUSHALL: 1 },
    lostAndTold: 1,
  });
});

test("who is led to and fro between two histories while there are two primaries is told each time", () => {
  const story = goodStory();
  const lost = story.asks("publisher", "publish", "note", { id: "n0", channel: "workflow:w" });
  story.says("publisher", { what: "ok", attempt: lost.attempt, epoch: "e0", offset: 1, duplicate: false });
  story.says("faults", { what: "fault", kind: "failover", phase: "start", loses: true });
  for (let turn = 1; turn <= 2; turn++) {
    story.sees("v", { channel: "workflow:w", epoch: "e0", offset: 1, id: "n0" });
    story.misses("v", "e0", 2);
    story.sees("v", story.event("workflow:w", "n1"));
    if (turn === 1) story.misses("v", "e1", 2);
  }
  story.says("faults", { what: "fault", kind: "failover", phase: "stop", loses: true });
  expect(brokenBy(story)).toEqual([]);
});

const bad: ReadonlyArray<[what: string, caught: InvariantName, spoil: (story: Story) => void]> = [
  [
    "an event got its OK and is gone",
    "I1 lost",
    (story) => {
      story.does("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.forgets("workflow:w", ({ id }) => id === "n3");
    },
  ],
  [
    "an event got its OK, and another one is in its place",
    "I1 lost",
    (story) => {
      story.does("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.does("publisher", "publish", "note", { id: "n4", channel: "workflow:w" });
      const [third, fourth] = [story.event("workflow:w", "n3"), story.event("workflow:w", "n4")];
      [third.id, fourth.id] = [fourth.id, third.id];
    },
  ],
  [
    "a command is kept with other arguments",
    "I1 lost",
    (story) => {
      const queued = story.event("agent:a", "done");
      queued.data = { ...queued.data, args: { n: 2 } };
    },
  ],
  [
    "a decision got its OK and is nowhere",
    "I1 lost",
    (story) => {
      story.requires("a.2", "forgotten");
      const invoke = story.asks("ada", "decide", "checkpoint_decided", {
        ...about("forgotten"),
        data: { checkpointId: "forgotten", decision: "approve" },
      });
      story.says("ada", { what: "ok", attempt: invoke.attempt });
      const stands = { state: "decided", decision: "approve", decidedBy: invoke.by };
      Object.assign(story.checkpoints.get("forgotten") ?? {}, stands);
    },
  ],
  [
    "a channel began anew without a word",
    "I1 lost",
    (story) => {
      const invoke = story.asks("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.says("publisher", { what: "ok", attempt: invoke.attempt, epoch: "e0", offset: 1, duplicate: false });
    },
  ],
  [
    "something is kept that nobody sent",
    "I2 unexpected",
    (story) => void story.keeps("workflow:w", "note", {}, "from nowhere"),
  ],
  [
    "a decision is kept of somebody who never decided",
    "I2 unexpected",
    (story) => {
      story.requires("a.2", "forged");
      story.keeps(
        "execution:a",
        "checkpoint_decided",
        { checkpointId: "forged", decision: "deny", decidedBy: "x" },
        "f",
      );
      Object.assign(story.checkpoints.get("forged") ?? {}, { state: "decided", decision: "deny", decidedBy: "x" });
    },
  ],
  [
    "an OK before a fault that loses nothing is of an epoch that ended",
    "I1 lost",
    (story) => {
      const invoke = story.asks("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.says("publisher", { what: "ok", attempt: invoke.attempt, epoch: "e0", offset: 1, duplicate: false });
      story.says("faults", { what: "fault", kind: "SIGSTOP", phase: "start" });
      story.says("faults", { what: "fault", kind: "SIGSTOP", phase: "stop" });
    },
  ],
  [
    "a viewer did not get an event, and was not told",
    "I4 sights",
    (story) => {
      story.sees("v", story.event("workflow:w", "n1"));
      story.does("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.shows("v", "n4");
    },
  ],
  [
    "a viewer was told of less than it did not get",
    "I4 sights",
    (story) => {
      story.sees("v", story.event("workflow:w", "n1"));
      for (const id of ["n3", "n4"]) story.does("publisher", "publish", "note", { id, channel: "workflow:w" });
      story.misses("v", "e1", 2, 2);
      story.shows("v", "n5");
    },
  ],
  [
    "a viewer got an event twice",
    "I4 sights",
    (story) => {
      story.shows("v", "n3");
      story.sees("v", story.event("workflow:w", "n3"));
    },
  ],
  [
    "a viewer was not told that a channel began anew",
    "I4 sights",
    (story) => {
      story.sees("v", { channel: "workflow:w", epoch: "e0", offset: 1, id: "n0" });
      story.sees("v", story.event("workflow:w", "n1"));
    },
  ],
  [
    "a viewer stays behind",
    "I4 sights",
    (story) => {
      story.shows("v", "n3");
      story.does("publisher", "publish", "note", { id: "n4", channel: "workflow:w" });
    },
  ],
  [
    "two viewers got two events at one position",
    "I6 order",
    (story) => {
      story.shows("v", "n3");
      const { channel, epoch, offset } = story.event("workflow:w", "n3");
      story.sees("w", { channel, epoch, offset, id: "n4" });
    },
  ],
  [
    "somebody got an OK where a viewer saw something else, in an epoch that was lost",
    "I6 order",
    (story) => {
      const invoke = story.asks("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.says("publisher", { what: "ok", attempt: invoke.attempt, epoch: "e0", offset: 1, duplicate: false });
      story.sees("v", { channel: "workflow:w", epoch: "e0", offset: 1, id: "n4" });
      story.says("faults", { what: "fault", kind: "FLUSHALL", phase: "start", loses: true });
      story.says("faults", { what: "fault", kind: "FLUSHALL", phase: "stop", loses: true });
      story.misses("v", "e0", 2);
      story.sees("v", story.event("workflow:w", "n1"));
    },
  ],
  [
    "offsets have a hole",
    "I3 positions",
    (story) => {
      story.asks("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.keeps("workflow:w", "note", {}, "n3");
      story.event("workflow:w", "n3").offset = 9;
    },
  ],
  [
    "one position was given to two events",
    "I3 positions",
    (story) => {
      const first = story.asks("p1", "publish", "note", { id: "n3", channel: "workflow:x" });
      const second = story.asks("p2", "publish", "note", { id: "n4", channel: "workflow:x" });
      for (const { attempt, by } of [first, second]) {
        story.says(by, { what: "ok", attempt, epoch: "e1", offset: 1, duplicate: false });
      }
      // Below the floor only the answers still show it.
      story.trimmed = ["workflow:x", 2];
    },
  ],
  [
    "an event that was sent again is kept twice",
    "I5 duplicates",
    (story) => void story.keeps("workflow:w", "note", { text: "hello" }, "n1"),
  ],
  [
    "a command begins twice in the log",
    "I5 duplicates",
    (story) => {
      story.gives("twice");
      story.starts("a.2", "twice");
      story.keeps("agent:a", "command_started", { commandId: "twice" }, "again");
      story.carriesOut("a.2", "twice");
      story.finishes("a.2", "twice");
    },
  ],
  ["a command waits beyond its time", "I9 stuck", (story) => story.gives("waiting", 1_000)],
  [
    "a checkpoint is open beyond its deadline",
    "I9 stuck",
    (story) => {
      story.requires("a.2", "waiting");
      story.endMs = 3_600_000;
    },
  ],
  [
    "a command has ended, and nobody was ever told",
    "I9 stuck",
    (story) => {
      story.gives("silent");
      story.starts("a.2", "silent");
      story.carriesOut("a.2", "silent");
      story.says("a.2", { what: "end", of: "command", id: "silent" });
    },
  ],
  [
    "a command is carried out by two instances, both with an OK",
    "I12 executions",
    (story) => {
      const invoke = story.asks("a.2", "start", "command_started", { ...step("done"), id: "done by a.2" });
      story.grants("a.2", invoke, story.event("agent:a", "done by a.1"));
      story.carriesOut("a.2", "done");
    },
  ],
  [
    "an approved deed is done twice",
    "I12 executions",
    (story) => void story.says("a.2.deeds", { what: "effect", of: "checkpoint", id: "yes" }),
  ],
  [
    "a command is carried out before the OK to begin",
    "I12 grants",
    (story) => {
      story.gives("hasty");
      story.carriesOut("a.2", "hasty");
      story.starts("a.2", "hasty");
      story.finishes("a.2", "hasty");
    },
  ],
  [
    "a command is carried out after a refusal",
    "I12 grants",
    (story) => {
      story.gives("refused");
      const invoke = story.asks("a.2", "start", "command_started", { ...step("refused"), id: "refused by a.2" });
      story.refuses("a.2", invoke, "fenced", {});
      story.carriesOut("a.2", "refused");
      story.says("a.2", { what: "end", of: "command", id: "refused" });
    },
  ],
  [
    "an approved deed is done before anybody approved it",
    "I12 approvals",
    (story) => {
      story.requires("a.2", "hasty");
      story.says("a.2", { what: "begin", of: "checkpoint", id: "hasty" });
      story.decides("ada", "hasty", "approve");
    },
  ],
  [
    "a deed is done after a denial",
    "I12 approvals",
    (story) => void story.says("a.2.deeds", { what: "effect", of: "checkpoint", id: "no" }),
  ],
  [
    "a deed is done without having read the decision",
    "I12 approvals",
    (story) => {
      story.requires("a.2", "blind");
      story.decides("ada", "blind", "approve");
      story.says("a.2", { what: "begin", of: "checkpoint", id: "blind" });
    },
  ],
  [
    "two decide, and both get an OK",
    "I12 decisions",
    (story) => {
      const data = { checkpointId: "yes", decision: "deny" };
      const invoke = story.asks("eve", "decide", "checkpoint_decided", { ...about("yes"), data });
      story.says("eve", { what: "ok", attempt: invoke.attempt });
    },
  ],
  [
    "who comes too late is told another name",
    "I12 decisions",
    (story) => {
      const data = { checkpointId: "yes", decision: "deny" };
      const invoke = story.asks("eve", "decide", "checkpoint_decided", { ...about("yes"), data });
      story.refuses("eve", invoke, "already_decided", { decision: "approve", decidedBy: "user:bob" });
    },
  ],
  [
    "a checkpoint is decided, and expires all the same",
    "I12 decisions",
    (story) => {
      const data = { checkpointId: "yes", default: "deny" };
      story.keeps("execution:a", "checkpoint_expired", data, "yes expired", true);
    },
  ],
  [
    "an agent is told of a decision that does not stand",
    "I12 decisions",
    (story) => {
      const decision = { decision: "approve", decidedBy: "user:bob" };
      story.says("a.1", { what: "told", of: "checkpoint", id: "no", state: "decided", ...decision });
    },
  ],
  [
    "a command has two ends",
    "I12 ended",
    (story) => void story.keeps("agent:a", "command_expired", { commandId: "done" }, "done expired", true),
  ],
  [
    "the end of a command was changed",
    "I12 ended",
    (story) => void Object.assign(story.commands.get("done") ?? {}, { state: "failed", code: "other" }),
  ],
  [
    "somebody was told of another end",
    "I12 ended",
    (story) => void story.says("giver", { what: "told", of: "command", id: "done", state: "expired" }),
  ],
  [
    "a command whose doer was killed is not interrupted",
    "I12 interrupts",
    (story) => {
      story.gives("cut too");
      story.starts("a.2", "cut too");
      story.carriesOut("a.2", "cut too");
    },
  ],
  [
    "a command whose doer was killed is done",
    "I12 interrupts",
    (story) => {
      story.gives("cut too");
      story.starts("a.2", "cut too");
      story.carriesOut("a.2", "cut too");
      story.does("a.2", "end", "command_done", { ...step("cut too"), id: "done all the same" });
      Object.assign(story.commands.get("cut too") ?? {}, { state: "done" });
    },
  ],
  ["a command with an OK is not there", "I12 missing", (story) => void story.commands.delete("late")],
  ["a checkpoint with an OK is not there", "I12 missing", (story) => void story.checkpoints.delete("nobody")],
  [
    "the same command sent again is another one",
    "I14 retries",
    (story) => {
      const data = { text: "hello" };
      const again = story.asks("publisher", "publish", "note", { id: "n1", channel: "workflow:w", data });
      story.says("publisher", { what: "ok", attempt: again.attempt, epoch: "e1", duplicate: true });
      const other = story.asks("publisher", "publish", "note", { id: "n1", channel: "workflow:w", data });
      story.says("publisher", { what: "refused", attempt: other.attempt, error: "already_exists", details: {} });
    },
  ],
  [
    "a start that is kept is refused to who sends it again",
    "I14 retries",
    (story) => {
      const again = story.asks("a.1", "start", "command_started", { ...step("cut"), id: "cut by a.1" });
      story.refuses("a.1", again, "wrong_state", { state: "started" });
    },
  ],
  [
    "a first attempt is called a duplicate",
    "I14 retries",
    (story) => {
      const first = story.asks("publisher", "publish", "note", { id: "n3", channel: "workflow:w" });
      story.grants("publisher", first, story.keeps("workflow:w", "note", {}, "n3"), true);
    },
  ],
];

describe("a bad history is caught by what it breaks, and by nothing else", () => {
  test.each(bad)("%s: %s", (_what, caught, spoil) => {
    const story = goodStory();
    spoil(story);
    expect(brokenBy(story)).toEqual([caught]);
  });

  test("and the proof of it is no more than what is needed", () => {
    const story = goodStory();
    const second = story.says("a.2.deeds", { what: "effect", of: "checkpoint", id: "yes" });
    const first = story.records.find(({ what, process }) => what === "effect" && process === "a.2.deeds");
    const { violations } = checkHistory(story.records, story.final);
    expect(violations).toEqual([
      { invariant: "I12 executions", what: "checkpoint yes was done twice", proof: [first, second] },
    ]);
  });

  test("every invariant has a history that only it catches", () => {
    const { broken } = checkHistory([], new Story().final);
    expect(new Set(bad.map(([, caught]) => caught))).toEqual(new Set(Object.keys(broken)));
  });
});
