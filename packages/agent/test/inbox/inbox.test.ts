import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CommandCall, type CommandSpec, type LeaseState, type OpenInbox, openInbox } from "../../src/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { ModelGateway } from "../model-gateway.ts";

let clock: FakeClock;
let gateway: ModelGateway;
let inboxes: OpenInbox[];

beforeEach(() => {
  clock = new FakeClock();
  gateway = new ModelGateway("agent:a");
  inboxes = [];
});

afterEach(async () => {
  gateway.away = false;
  const closed = Promise.all(inboxes.map((inbox) => inbox.close()));
  await rest();
  clock.pass(5_000);
  await closed;
});

/** Until nothing goes on but waiting for time. */
const rest = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await turn();
};

/** Time in small pieces, with what it sets off. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 250) {
    clock.pass(Math.min(250, left));
    await rest();
  }
}

function open(commands: Record<string, CommandSpec>, more: Partial<Parameters<typeof openInbox>[0]> = {}) {
  const states: LeaseState[] = [];
  const inbox = openInbox({
    ...{ client: gateway.client, channel: "agent:a", producer: "a", commands, clock, random: () => 0.5 },
    onLease: (state) => states.push(state),
    ...more,
  });
  inboxes.push(inbox);
  return { inbox, states };
}

/** A command that runs until it is told to end. */
function held(): { run: CommandSpec; calls: CommandCall[]; end: (result?: unknown) => void } {
  const calls: CommandCall[] = [];
  const ends: Array<(result: unknown) => void> = [];
  return {
    calls,
    run: (call) => {
      calls.push(call);
      return new Promise((resolve) => ends.push(resolve));
    },
    end: (result) => ends.shift()?.(result),
  };
}

describe("the lease", () => {
  test("is taken when the gateway is there, and renewed in a third of its time", async () => {
    gateway.away = true;
    const { inbox, states } = open({}, { ttlMs: 9_000 });
    await rest();
    expect(inbox.lease.snapshot()).toMatchObject({ state: "waiting", problem: { name: "unreachable" } });
    gateway.away = false;
    await pass(3_000);
    expect(inbox.lease.snapshot()).toEqual({ state: "held", epoch: 1 });
    const asked = gateway.asked.length;
    await pass(3_000);
    expect(gateway.asked.slice(asked)).toContain("PUT /v1/leases/agent%3Aa");
    expect(states.filter(({ state }) => state === "held")).toHaveLength(1);
  });

  test("begins a new epoch when it had ended, and stops for good when another took over", async () => {
    const { inbox } = open({}, { ttlMs: 9_000 });
    await rest();
    gateway.lose();
    await pass(3_000);
    expect(inbox.lease.snapshot()).toEqual({ state: "held", epoch: 2 });
    gateway.takeOver("b");
    await pass(3_000);
    expect(inbox.lease.snapshot()).toEqual({ state: "fenced", holder: { producer: "b", epoch: 3 } });
    const asked = gateway.asked.length;
    await pass(60_000);
    expect(gateway.asked).toHaveLength(asked);
  });

  test("waits while another holds it, unless told to take over", async () => {
    gateway.takeOver("b");
    const { inbox } = open({});
    await rest();
    expect(inbox.lease.snapshot()).toMatchObject({ state: "waiting", holder: { producer: "b", epoch: 1 } });
    const second = open({}, { takeOver: true, producer: "c" });
    await rest();
    expect(second.inbox.lease.snapshot()).toEqual({ state: "held", epoch: 2 });
  });

  test("is released on close, and the inbox takes no more", async () => {
    const ran: string[] = [];
    const { inbox } = open({ go: () => ran.push("go") });
    await rest();
    await inbox.close();
    expect(gateway.lease).toMatchObject({ held: false });
    gateway.give("k1", "go");
    await rest();
    expect(ran).toEqual([]);
    expect(inbox.lease.snapshot()).toEqual({ state: "released" });
  });
});

describe("§10 commands", () => {
  test("what is open at the start and what comes later is delivered, started, run and done, in order", async () => {
    gateway.give("k1", "add", { a: 1, b: 2 });
    const calls: CommandCall[] = [];
    open({
      add: (call) => {
        calls.push(call);
        const { a, b } = call.args as { a: number; b: number };
        return { sum: a + b };
      },
    });
    await rest();
    gateway.give("k2", "add", { a: 3, b: 4 });
    await rest();
    expect(calls.map(({ commandId, name, issuedBy }) => [commandId, name, issuedBy])).toEqual([
      ["k1", "add", "user:ada"],
      ["k2", "add", "user:ada"],
    ]);
    const once = ["command_delivered", "command_started", "command_done"];
    expect(gateway.types()).toEqual(["command_queued", ...once, "command_queued", ...once]);
    expect(gateway.commands.get("k2")).toMatchObject({ state: "done", result: { sum: 7 } });
    expect(gateway.events.at(-1)?.data).toEqual({ commandId: "k2", result: { sum: 7 }, durationMs: 0 });
  });

  test("an unknown name fails at once, also one of Object's members", async () => {
    gateway.give("k1", "fly");
    gateway.give("k2", "constructor");
    open({});
    await rest();
    for (const id of ["k1", "k2"])
      expect(gateway.commands.get(id)).toMatchObject({ state: "failed", code: "unknown_command" });
  });

  test("a handler that throws has failed, with the error's code if it has one", async () => {
    open({
      plain: () => {
        throw new Error("no such branch");
      },
      coded: () => Promise.reject(Object.assign(new Error("nothing runs"), { code: "not_running" })),
    });
    await rest();
    gateway.give("k1", "plain");
    gateway.give("k2", "coded");
    await rest();
    expect(gateway.commands.get("k1")).toMatchObject({ state: "failed", code: "failed" });
    expect(
      gateway.events.find(({ type, data }) => type === "command_failed" && data.commandId === "k1")?.data,
    ).toMatchObject({
      error: "no such branch",
    });
    expect(gateway.commands.get("k2")).toMatchObject({ state: "failed", code: "not_running" });
  });

  test("a result that cannot be kept makes it failed, not silent", async () => {
    const round: Record<string, unknown> = {};
    round.round = round;
    open({ big: () => "x".repeat(70_000), round: () => round });
    await rest();
    gateway.give("k1", "big");
    gateway.give("k2", "round");
    await rest();
    for (const id of ["k1", "k2"])
      expect(gateway.commands.get(id)).toMatchObject({ state: "failed", code: "invalid_result" });
  });

  test("one at a time, but pause and what is parallel do not wait", async () => {
    const work = held();
    const ran: string[] = [];
    open({
      work: work.run,
      pause: () => void ran.push("pause"),
      look: { run: () => void ran.push("look"), parallel: true },
      after: () => void ran.push("after"),
    });
    await rest();
    for (const name of ["work", "work", "pause", "after", "look"]) gateway.give(`k-${gateway.events.length}`, name);
    await rest();
    expect(work.calls).toHaveLength(1);
    expect(ran).toEqual(["pause", "look"]);
    work.end();
    await rest();
    expect(work.calls).toHaveLength(2);
    work.end();
    await rest();
    expect(ran).toEqual(["pause", "look", "after"]);
  });

  test("what was taken back before its start is not run", async () => {
    const work = held();
    const ran: string[] = [];
    open({ work: work.run, after: () => void ran.push("after") });
    await rest();
    gateway.give("k1", "work");
    gateway.give("k2", "after");
    await rest();
    gateway.cancel("k2");
    work.end();
    await rest();
    expect(ran).toEqual([]);
    expect(gateway.state("k2")).toBe("cancelled");
  });

  test.each(["request", "answer"] as const)(
    "whichever %s is lost, it is run once and its end is said once",
    async (loss) => {
      let runs = 0;
      open({ go: () => ++runs });
      await rest();
      gateway.losses = Array.from({ length: 5 }, () => ({ path: "/v1/events", loss }));
      gateway.give("k1", "go");
      await pass(60_000);
      expect(runs).toBe(1);
      expect(gateway.types()).toEqual(["command_queued", "command_delivered", "command_started", "command_done"]);
    },
  );

  test("what was begun before a crash is not begun again; what was only delivered is", async () => {
    const crashed = held();
    open({ work: crashed.run });
    await rest();
    gateway.give("k1", "work");
    gateway.give("k2", "work");
    await rest();
    expect(crashed.calls).toHaveLength(1);
    // The crash: the first one is never heard of again, and another process takes the lease.
    gateway.lose();
    const next = held();
    open({ work: next.run });
    await rest();
    expect(gateway.commands.get("k1")).toMatchObject({ state: "failed", code: "interrupted" });
    expect(next.calls.map(({ commandId }) => commandId)).toEqual(["k2"]);
    expect(crashed.calls).toHaveLength(1);
  });

  test("an ended lease aborts what runs, and what comes of it is not said", async () => {
    const work = held();
    open({ work: work.run }, { ttlMs: 9_000 });
    await rest();
    gateway.give("k1", "work");
    await rest();
    gateway.lose();
    await pass(3_000);
    expect(work.calls[0]?.signal.aborted).toBe(true);
    work.end("too late");
    await rest();
    expect(gateway.commands.get("k1")).toMatchObject({ state: "failed", code: "interrupted" });
    gateway.give("k2", "work");
    await rest();
    expect(work.calls).toHaveLength(2);
    work.end("in time");
    await rest();
    expect(gateway.commands.get("k2")).toMatchObject({ state: "done", result: "in time" });
  });

  test("a gap in what is followed makes it ask again for what is open", async () => {
    const ran: string[] = [];
    open({ go: ({ commandId }) => void ran.push(commandId) });
    await rest();
    gateway.commands.set("k9", { commandId: "k9", name: "go", issuedBy: "user:ada", state: "queued" });
    gateway.gap();
    await rest();
    expect(ran).toEqual(["k9"]);
  });

  test("progress is told four times a second at most, the newest counts, and none after the end", async () => {
    const work = held();
    open({ work: work.run });
    await rest();
    gateway.give("k1", "work");
    await rest();
    for (let percent = 1; percent <= 50; percent++) work.calls[0]?.progress(percent, `at ${percent}`);
    await rest();
    const told = (): unknown[] =>
      gateway.events.filter(({ type }) => type === "command_progress").map(({ data }) => data.progress);
    expect(told()).toEqual([1]);
    await pass(250);
    expect(told()).toEqual([1, 50]);
    work.end();
    await rest();
    work.calls[0]?.progress(99);
    await pass(500);
    expect(told()).toEqual([1, 50]);
    expect(gateway.types().at(-1)).toBe("command_done");
  });

  test("closing aborts what runs and says what came of it", async () => {
    const { inbox } = open({
      work: ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    await rest();
    gateway.give("k1", "work");
    await rest();
    await inbox.close();
    expect(gateway.commands.get("k1")).toMatchObject({ state: "failed", code: "failed" });
  });
});
