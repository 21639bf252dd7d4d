/** S§2.3: what is to be done next about a session, for every way that things can stand. */
import type { Command, Lease } from "@signalbox/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Deed, type Facts, type Part, plan } from "../../src/surfaces/orchestrate/plan.ts";

const command = (state: Command["state"], more: Partial<Command> = {}): Command => ({
  ...{ commandId: "c", target: "session:s", name: "start", state, issuedBy: "gateway:n", attempts: 0 },
  ...{ issuedAt: 1_000, expiresAt: 9_000_000 },
  ...more,
});

const lease = (state: Lease["state"], endedAt?: number): Lease => ({
  ...{ channel: "process:p", producer: "r", epoch: 1, ttlMs: 15_000, state, by: "agent:r", since: 0 },
  ...(endedAt === undefined ? {} : { endedAt }),
});

const offer = { target: "agent:runner", args: { recipe: "a" } };

/** An agent by how it stands. */
const parts = {
  lonely: { name: "lonely", start: undefined, attempt: 0, process: undefined, progress: undefined, offer: undefined },
  ready: { name: "ready", start: undefined, attempt: 0, process: undefined, progress: undefined, offer },
  given: {
    name: "given",
    start: command("queued"),
    attempt: 0,
    process: undefined,
    progress: undefined,
    offer: undefined,
  },
  taken: {
    name: "taken",
    start: command("started"),
    attempt: 0,
    process: undefined,
    progress: undefined,
    offer: undefined,
  },
  refused: {
    name: "refused",
    start: command("failed", { error: "no disk" }),
    attempt: 0,
    process: undefined,
    progress: undefined,
    offer: undefined,
  },
  running: at("running", "running", lease("held"), 40),
  foreign: {
    ...at("foreign", "running", lease("held")),
    process: { channel: "process:x", status: "running", lease: undefined, isOwn: false },
  },
  lost: at("lost", "running", lease("lost", 2_000)),
  done: at("done", "done", lease("released")),
  failed: at("failed", "failed", lease("released")),
  killed: at("killed", "killed", lease("released")),
  cancelled: at("cancelled", "cancelled", lease("released")),
} satisfies Record<string, Part>;

function at(name: string, status: string, held: Lease, progress?: number): Part {
  const process = { channel: `process:${name}`, status, lease: held, isOwn: true };
  return { name, start: command("done"), attempt: 0, process, progress, offer: undefined };
}

const facts = (names: ReadonlyArray<keyof typeof parts>, more: Partial<Facts> = {}): Facts => ({
  ...{ nowMs: 5_000, graceMs: 15_000, stop: undefined, hasStarted: true, hasStopped: false, progress: undefined },
  order: {
    sessionId: "s",
    project: undefined,
    objective: undefined,
    agents: [],
    startedBy: "user:ada",
    runners: ["agent:*"],
  },
  command: command(names.some((name) => parts[name].start !== undefined) ? "started" : "queued"),
  parts: names.map((name) => parts[name]),
  ...more,
});

const said = (deeds: readonly Deed[]) => deeds.flatMap((deed) => (deed.do === "say" ? [deed.said] : []))[0];
const finish = (deeds: readonly Deed[]) => deeds.find((deed) => deed.do === "finish");

describe("S§2.3 a session", () => {
  test("is said to have started before anything else happens", () => {
    expect(plan(facts(["ready"], { hasStarted: false }))).toEqual([{ do: "open" }]);
  });

  test("waits, and says how to go on, while no runner can begin any of it", () => {
    const deeds = plan(facts(["lonely", "lonely"]));
    expect(deeds.map((deed) => deed.do)).toEqual(["say"]);
    expect(said(deeds)).toMatchObject({ status: "waiting", message: expect.stringContaining("signalbox runner") });
  });

  test("gives each agent to its runner, and does not wait any longer then", () => {
    const deeds = plan(facts(["ready", "lonely", "ready"]));
    expect(deeds.slice(0, 3)).toEqual([
      { do: "begin" },
      { do: "give", part: 0, attempt: 0, offer },
      { do: "give", part: 2, attempt: 0, offer },
    ]);
    expect(said(deeds)).toMatchObject({ status: "started", message: "no runner can begin lonely" });
  });

  test("does not give again what was given", () => {
    expect(plan(facts(["given", "taken"])).map((deed) => deed.do)).toEqual(["say"]);
  });

  test.each(["busy", "stopping", undefined])("gives again, later and later, what came to nothing (%s)", (code) => {
    const end = command(code === undefined ? "expired" : "failed", {
      endedAt: 5_000,
      ...(code === undefined ? {} : { code }),
    });
    const of = (attempt: number, nowMs: number) =>
      plan(facts(["done"], { nowMs, parts: [parts.done, { ...parts.ready, start: end, attempt }] }));
    const gives = (deeds: readonly Deed[]) => deeds.filter((deed) => deed.do === "give");
    expect(gives(of(0, 5_999))).toEqual([]);
    expect(gives(of(0, 6_000))).toEqual([{ do: "give", part: 1, attempt: 1, offer }]);
    expect(gives(of(3, 12_999))).toEqual([]);
    expect(gives(of(3, 13_000))).toEqual([{ do: "give", part: 1, attempt: 4, offer }]);
    expect(gives(of(50, 35_000))).toHaveLength(1);
    expect(finish(of(119, 5_000))).toMatchObject({ outcome: "failed" });
  });

  test("is active with its first process; progress is the mean, and never falls", () => {
    expect(said(plan(facts(["running", "done", "given"])))).toMatchObject({
      ...{ status: "active", progress: 47, processes: ["running", "done"] },
      progress_step: "running: running, done: done, given: starting",
    });
    expect(said(plan(facts(["running", "given"], { progress: 90 })))?.progress).toBe(90);
  });

  test.each([
    [["done", "done"], "done"],
    [["done", "failed"], "failed"],
    [["done", "killed"], "failed"],
    [["done", "cancelled"], "cancelled"],
    [["cancelled", "failed"], "failed"],
    [["done", "refused"], "failed"],
  ] as const)("of %j ends as %s", (names, outcome) => {
    expect(finish(plan(facts(names)))).toMatchObject({ outcome });
  });

  test("names what failed and why", () => {
    expect(finish(plan(facts(["refused", "done"])))).toMatchObject({ reason: "refused was not begun: no disk" });
  });

  test("gives up a process whose lease is lost for the grace, and not before", () => {
    expect(finish(plan(facts(["lost"], { nowMs: 2_000 + 14_999 })))).toBeUndefined();
    expect(finish(plan(facts(["lost"], { nowMs: 2_000 + 15_000 })))).toMatchObject({ outcome: "failed" });
  });

  test("that was stopped ends what is its own, takes back what was not begun, and begins nothing", () => {
    const stop = command("queued", { issuedAt: 4_000 });
    const deeds = plan(facts(["running", "foreign", "given", "taken", "ready", "done"], { stop }));
    expect(deeds.slice(0, 2)).toEqual([
      { do: "cancel", part: 0, channel: "process:running" },
      { do: "withdraw", part: 2 },
    ]);
    expect(deeds).toHaveLength(3);
    expect(said(deeds)).toMatchObject({
      status: "stopping",
      message: "waits for the end of running, foreign, given, taken",
    });
  });

  test("that was stopped while it waited is over at once", () => {
    expect(plan(facts(["lonely"], { stop: command("queued") }))).toEqual([
      { do: "finish", outcome: "cancelled", reason: "it was stopped" },
    ]);
  });

  test("that was stopped is cancelled when its processes end badly, and done when all had ended well", () => {
    const stop = command("queued", { issuedAt: 4_000 });
    expect(finish(plan(facts(["killed", "done"], { stop })))).toMatchObject({ outcome: "cancelled" });
    expect(finish(plan(facts(["done", "done"], { stop })))).toMatchObject({ outcome: "done" });
  });

  test("says after the grace what did not end", () => {
    const stop = command("queued", { issuedAt: 4_000 });
    expect(finish(plan(facts(["running", "done"], { stop, nowMs: 18_999 })))).toBeUndefined();
    expect(finish(plan(facts(["running", "done"], { stop, nowMs: 19_000 })))).toEqual({
      ...{ do: "finish", outcome: "failed" },
      reason: "running did not end within 15 s after the stop, and may still run",
    });
  });

  test("that nobody began in seven days has failed", () => {
    const expired = command("expired");
    expect(finish(plan(facts(["lonely"], { command: expired })))).toMatchObject({ outcome: "failed" });
    // Nothing of it is let go while it runs, whoever ended the order.
    expect(finish(plan(facts(["running"], { command: expired, hasStopped: true })))).toBeUndefined();
  });

  test("that somebody else called stopped begins and says nothing more, and is over when nothing of it runs", () => {
    expect(plan(facts(["running", "ready"], { hasStopped: true }))).toEqual([]);
    expect(finish(plan(facts(["done", "ready"], { hasStopped: true })))).toBeDefined();
  });

  test("never begins anything after a stop, and never finishes while it could still begin something", () => {
    const names = fc.array(fc.constantFrom(...(Object.keys(parts) as Array<keyof typeof parts>)), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(names, fc.boolean(), fc.nat(40_000), (chosen, isStopped, nowMs) => {
        const stop = isStopped ? command("queued", { issuedAt: 4_000 }) : undefined;
        const deeds = plan(facts(chosen, { nowMs, stop }));
        const begins = deeds.some((deed) => deed.do === "give" || deed.do === "begin");
        if (isStopped) expect(begins).toBe(false);
        if (finish(deeds) === undefined) return;
        expect(deeds).toHaveLength(1);
        if (!isStopped)
          expect(chosen.some((name) => name === "ready" || name === "lonely" || name === "running")).toBe(false);
      }),
    );
  });
});
