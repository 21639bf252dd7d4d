import { describe, expect, test } from "vitest";
import { Commands } from "../src/commands.ts";
import { insistence } from "../src/insist.ts";
import { FakeSteering, problem } from "./support/fake-steering.ts";
import { settled } from "./support/model-transport.ts";

function open() {
  const fake = new FakeSteering();
  let over = false;
  let ids = 0;
  const { client, clock } = fake;
  const insist = insistence({ clock, random: () => 0.5 }, () => over);
  const commands = new Commands({ client, clock, insist, newId: () => `c${++ids}` });
  const end = (): void => {
    over = true;
  };
  return { fake, commands, end };
}

const kept = { id: "m", channel: "agent:a", epoch: "e", offset: 7, duplicate: false };

describe("§10 one command", () => {
  test("is sent, queued, and then what its steps say, until it is done", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "deploy", { to: "prod" }, { ttlMs: 5_000 });
    expect(handle.snapshot()).toMatchObject({ commandId: "c1", target: "agent:a", state: "sending" });
    expect(handle.snapshot()).toBe(handle.snapshot());
    expect(fake.published[0]?.ask).toEqual({
      type: "command_queued",
      channel: "agent:a",
      data: { commandId: "c1", target: "agent:a", name: "deploy", args: { to: "prod" }, ttlMs: 5_000 },
    });
    fake.published[0]?.answer(kept);
    await settled();
    expect(handle.snapshot()).toMatchObject({ state: "queued", counts: { queued: 1 } });
    expect(fake.watched[0]).toMatchObject({ channel: "agent:a", options: { since: { epoch: "e", offset: 7 } } });
    const seen: string[] = [];
    handle.subscribe(() => seen.push(handle.snapshot().state));
    for (const step of ["command_delivered", "command_started"]) {
      fake.step(step, { commandId: "c1" });
      fake.clock.pass(20);
      await settled();
    }
    fake.step("command_progress", { commandId: "c1", progress: 40, message: "half way" });
    fake.step("command_done", { commandId: "other" });
    expect(handle.snapshot()).toMatchObject({ state: "started", progress: 40, message: "half way" });
    fake.step("command_done", { commandId: "c1", result: { ok: true } });
    expect(await handle.ended).toMatchObject({
      state: "done",
      progress: 40,
      result: { ok: true },
      counts: { done: 1 },
    });
    expect(seen).toEqual(["delivered", "started"]);
    expect(fake.watched[0]?.stopped).toBe(true);
  });

  test("that the gateway does not take is refused, with why", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "fly", undefined);
    fake.published[0]?.fail(problem("invalid_message"));
    expect(await handle.ended).toMatchObject({
      state: "refused",
      code: "invalid_message",
      error: "it is invalid_message",
    });
    expect(fake.watched).toEqual([]);
  });

  test("what is missing is asked for, and what comes late changes nothing", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "pause", undefined, { commandId: "mine" });
    fake.published[0]?.answer(kept);
    await settled();
    fake.watched[0]?.options.onGap?.("agent:a", { reason: "trimmed", epoch: "e", from: 8, to: 9 });
    expect(fake.requested[0]?.ask.path).toBe("/v1/commands/mine?wait=0");
    fake.requested[0]?.fail(problem("unavailable", true));
    await settled();
    fake.clock.pass(20_000);
    await settled();
    fake.requested[1]?.answer({ commandId: "mine", target: "agent:a", name: "pause", state: "started" });
    await settled();
    expect(handle.snapshot().state).toBe("started");
    fake.step("command_delivered", { commandId: "mine" });
    expect(handle.snapshot().state).toBe("started");
    fake.step("command_failed", { commandId: "mine", error: "nothing runs", code: "idle" });
    fake.step("command_started", { commandId: "mine" });
    expect(await handle.ended).toMatchObject({ state: "failed", error: "nothing runs", code: "idle" });
  });

  test("whose first event is not known any more is looked up once its channel is live", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "pause", undefined, { commandId: "old" });
    fake.published[0]?.answer({ ...kept, offset: undefined, duplicate: true });
    await settled();
    expect(fake.watched[0]?.options.since).toBe("now");
    fake.state("live");
    fake.requested[0]?.answer({ commandId: "old", target: "agent:a", name: "pause", state: "done" });
    expect((await handle.ended).state).toBe("done");
  });

  test("where the channel may not be watched the gateway is asked until the end", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "pause", undefined);
    fake.published[0]?.answer(kept);
    await settled();
    fake.watched[0]?.options.onError?.(problem("forbidden") as never);
    for (const [at, state] of ["queued", "started", "done"].entries()) {
      expect(fake.requested[at]?.ask.path).toBe("/v1/commands/c1?wait=5");
      fake.requested[at]?.answer({ commandId: "c1", target: "agent:a", name: "pause", state });
      await settled();
    }
    expect((await handle.ended).state).toBe("done");
    expect(fake.requested).toHaveLength(3);
  });

  test("that may not be seen any more rejects", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "pause", undefined);
    fake.published[0]?.answer(kept);
    await settled();
    fake.watched[0]?.options.onError?.(problem("forbidden") as never);
    fake.requested[0]?.fail(problem("not_found"));
    await expect(handle.ended).rejects.toMatchObject({ name: "not_found" });
    expect(handle.snapshot().state).toBe("queued");
  });

  test("§10.4 is taken back by a step; too late is said", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:a", "pause", undefined);
    fake.published[0]?.answer(kept);
    await settled();
    const cancelled = handle.cancel("not now");
    expect(fake.published[1]?.ask).toMatchObject({
      type: "command_cancelled",
      data: { commandId: "c1", reason: "not now" },
    });
    fake.published[1]?.fail(problem("wrong_state"));
    await expect(cancelled).rejects.toMatchObject({ name: "wrong_state" });
  });
});

describe("§10.6 several commands", () => {
  const row = (commandId: string, state: string, more: object = {}) => ({
    ...{ commandId, target: `agent:${commandId}`, name: "pause", state },
    ...more,
  });

  test("of a pattern are given once however often the gateway does not answer, and counted by state", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:*", "pause", undefined);
    expect(handle.snapshot()).toMatchObject({ target: "agent:*", state: "sending", counts: {} });
    fake.requested[0]?.fail(problem("unreachable", true));
    await settled();
    fake.clock.pass(20_000);
    await settled();
    expect(fake.requested[1]?.ask).toEqual({
      path: "/v1/commands",
      body: { target: "agent:*", name: "pause", commandId: "c1" },
    });
    const commandsGiven = [
      { commandId: "c1.a", target: "agent:a" },
      { commandId: "c1.b", target: "agent:b", error: problem("invalid_message") },
      { commandId: "c1.c", target: "agent:c" },
    ];
    fake.requested[1]?.answer({ group: "c1", commands: commandsGiven });
    await settled();
    expect(handle.snapshot().counts).toEqual({ queued: 2, refused: 1 });
    expect(fake.requested[2]?.ask.path).toBe("/v1/commands?group=c1&limit=1000");
    fake.requested[2]?.answer({ commands: [row("c1.a", "done"), row("c1.c", "started")] });
    await settled();
    expect(handle.snapshot()).toMatchObject({ state: "started", counts: { done: 1, started: 1, refused: 1 } });
    fake.clock.pass(1_000);
    await settled();
    fake.requested[3]?.answer({ commands: [row("c1.a", "done"), row("c1.c", "done")] });
    expect(await handle.ended).toMatchObject({ state: "failed", error: "1 of 3 are not done.", counts: { done: 2 } });
  });

  test("of a list are published, numbered, in one group; all done is done", async () => {
    const { fake, commands } = open();
    const handle = commands.give(["agent:a", "process:p"], "cancel", undefined, { commandId: "stop" });
    expect(fake.published.map(({ ask }) => [ask.channel, ask.data])).toEqual([
      ["agent:a", { name: "cancel", group: "stop", target: "agent:a", commandId: "stop.0" }],
      ["process:p", { name: "cancel", group: "stop", target: "process:p", commandId: "stop.1" }],
    ]);
    for (const { answer } of fake.published) answer(kept);
    await settled();
    fake.requested[0]?.answer({ commands: [row("stop.0", "done"), row("stop.1", "done")] });
    expect(await handle.ended).toMatchObject({ state: "done", counts: { done: 2 } });
  });

  test("of nobody are refused", async () => {
    const { fake, commands } = open();
    const handle = commands.give("agent:*", "pause", undefined);
    fake.requested[0]?.answer({ group: "c1", commands: [] });
    expect(await handle.ended).toMatchObject({ state: "refused", error: "Nobody of these is at work.", commands: [] });
  });

  test("of more than 1,000 are refused before any is given", async () => {
    const { fake, commands } = open();
    const targets = Array.from({ length: 1_001 }, (_, n) => `agent:${n}`);
    expect(await commands.give(targets, "pause", undefined).ended).toMatchObject({
      ...{ state: "refused", code: "payload_too_big", error: "A command has at most 1000 targets." },
    });
    expect(fake.published).toEqual([]);
  });

  test("are not asked for any more once the client was closed", async () => {
    const { fake, commands, end } = open();
    const handle = commands.give("agent:*", "pause", undefined);
    end();
    fake.requested[0]?.fail(problem("unreachable", true));
    expect(await handle.ended).toMatchObject({ state: "refused", code: "unreachable" });
  });
});
