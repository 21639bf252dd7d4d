import { afterEach, describe, expect, test, vi } from "vitest";
import { approvals, commands, decide } from "../src/steering.ts";
import { FakeSteering, problem } from "./support/fake-steering.ts";
import { settled } from "./support/model-transport.ts";

const asked = (checkpointId: string, more: object = {}) => ({
  ...{ checkpointId, channel: "execution:e", state: "open", checkpointData: {}, payloadHash: "sha256:0" },
  ...{ requestedBy: "agent:a", requestedAt: 1, deadline: 9_000, default: "deny", approvals: 1, approvedBy: [] },
  ...more,
});

function begun() {
  const fake = new FakeSteering();
  const list = approvals(fake.client, "execution:*");
  const stop = list.subscribe(() => {});
  return { fake, list, stop, ids: () => list.snapshot().open.map(({ checkpointId }) => checkpointId) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("§11.5 open checkpoints", () => {
  test("are read once their channels are watched, page by page, oldest first", async () => {
    const { fake, list, ids } = begun();
    expect(list.snapshot()).toEqual({ open: [], ended: [], truncated: false, status: "loading", error: undefined });
    expect(fake.watched[0]?.channel).toBe("execution:*");
    expect(fake.requested).toEqual([]);
    fake.state("live");
    fake.requested[0]?.answer({ checkpoints: [asked("b", { requestedAt: 5 })], next: "b" });
    await settled();
    expect(fake.requested.map(({ ask }) => ask.path)).toEqual([
      "/v1/checkpoints?state=open&channel=execution%3A*&after=",
      "/v1/checkpoints?state=open&channel=execution%3A*&after=b",
    ]);
    fake.requested[1]?.answer({ checkpoints: [asked("c", { requestedAt: 3 })] });
    await settled();
    expect(ids()).toEqual(["c", "b"]);
    expect(list.snapshot()).toMatchObject({ status: "live", truncated: false });
    expect(list.snapshot()).toBe(list.snapshot());
    expect(approvals(fake.client, "execution:*")).toBe(list);
  });

  test("come and go with their steps; what ended is kept a while", async () => {
    const { fake, list, ids } = begun();
    fake.state("live");
    fake.requested[0]?.answer({ checkpoints: [asked("a", { approvals: 2 })] });
    await settled();
    fake.step("checkpoint_required", { checkpointId: "new", checkpointData: { x: 1 }, title: "Go?" }, "execution:e2");
    expect(list.snapshot().open[1]).toMatchObject({
      channel: "execution:e2",
      title: "Go?",
      approvals: 1,
      approvedBy: [],
    });
    fake.step("checkpoint_approved", { checkpointId: "a", approvedBy: "user:ada" });
    fake.step("checkpoint_approved", { checkpointId: "a", approvedBy: "user:ada" });
    expect(list.snapshot().open[0]).toMatchObject({ approvedBy: ["user:ada"] });
    fake.step("checkpoint_decided", { checkpointId: "a", decision: "deny", decidedBy: "user:bob", decidedAt: 7 });
    expect(ids()).toEqual(["new"]);
    expect(list.snapshot().ended).toMatchObject([{ checkpointId: "a", state: "decided", decidedBy: "user:bob" }]);
    fake.step("checkpoint_expired", { checkpointId: "new", default: "deny" });
    expect(list.snapshot().ended[0]).toMatchObject({ state: "expired", decidedBy: "gateway:deadline" });
    fake.step("checkpoint_required", { checkpointId: "more", checkpointData: 1 });
    fake.step("checkpoint_withdrawn", { checkpointId: "more" });
    expect(list.snapshot()).toMatchObject({ open: [], ended: [{ state: "withdrawn" }, {}, {}] });
  });

  test("steps that come while the list is read are taken after it", async () => {
    const { fake, ids } = begun();
    fake.state("live");
    fake.step("checkpoint_decided", { checkpointId: "a", decision: "approve" });
    fake.step("checkpoint_required", { checkpointId: "b", checkpointData: 1 });
    fake.requested[0]?.answer({ checkpoints: [asked("a")] });
    await settled();
    expect(ids()).toEqual(["b"]);
  });

  test("are read again after a gap and after a lost link: what ended meanwhile goes", async () => {
    const { fake, list, ids } = begun();
    fake.state("live");
    fake.requested[0]?.answer({ checkpoints: [asked("a")] });
    await settled();
    fake.state("offline");
    expect(list.snapshot().status).toBe("offline");
    expect(ids()).toEqual(["a"]);
    fake.state("subscribing");
    fake.state("live");
    fake.watched[0]?.options.onGap?.("execution:e", { reason: "trimmed", epoch: "e", from: 1, to: 2 });
    fake.requested[1]?.answer({ checkpoints: [asked("b")] });
    await settled();
    // The gap was told while the list was being read: once more.
    fake.requested[2]?.answer({ checkpoints: [asked("c")] });
    await settled();
    expect(ids()).toEqual(["c"]);
    expect(list.snapshot().status).toBe("live");
    expect(fake.requested).toHaveLength(3);
  });

  test("where channels may not be watched, or not all, the list is read every 5 s", async () => {
    const { fake, list, ids } = begun();
    fake.watched[0]?.options.onError?.(problem("forbidden") as never);
    fake.requested[0]?.fail(problem("unavailable", true));
    await settled();
    expect(list.snapshot()).toMatchObject({ status: "offline", error: { name: "unavailable" } });
    for (const id of ["a", "b"]) {
      fake.clock.pass(5_000);
      fake.requested.at(-1)?.answer({ checkpoints: [asked(id)] });
      await settled();
      expect(ids()).toEqual([id]);
      expect(list.snapshot()).toMatchObject({ status: "live", error: undefined });
    }
  });

  test("that may not be read are refused, with why", async () => {
    const { fake, list } = begun();
    fake.state("live");
    fake.requested[0]?.fail(problem("forbidden"));
    await settled();
    expect(list.snapshot()).toMatchObject({ status: "refused", error: { name: "forbidden" } });
    fake.clock.pass(60_000);
    expect(fake.requested).toHaveLength(1);
  });

  test("are left when nobody listens for a second, and begun anew", async () => {
    const { fake, list, stop, ids } = begun();
    fake.state("live");
    fake.requested[0]?.answer({ checkpoints: [asked("a")] });
    await settled();
    stop();
    const again = list.subscribe(() => {});
    fake.clock.pass(1_000);
    expect(fake.watched[0]?.stopped).toBe(false);
    again();
    fake.clock.pass(1_000);
    expect(fake.watched[0]?.stopped).toBe(true);
    expect(list.snapshot()).toMatchObject({ open: [], status: "loading" });
    list.subscribe(() => {});
    fake.state("live");
    fake.requested[1]?.answer({ checkpoints: [asked("b")] });
    await settled();
    expect(ids()).toEqual(["b"]);
  });
});

test("§10.6 open commands of a channel: their life, also of those whom others gave", async () => {
  const fake = new FakeSteering();
  const list = commands(fake.client, "agent:a");
  list.subscribe(() => {});
  fake.state("live");
  expect(fake.requested[0]?.ask.path).toBe("/v1/commands?state=open&target=agent%3Aa&after=");
  fake.requested[0]?.answer({ commands: [{ commandId: "k1", target: "agent:a", name: "pause", state: "queued" }] });
  await settled();
  fake.step("command_queued", { commandId: "k2", target: "agent:a", name: "input", args: { text: "x" }, issuedAt: 3 });
  fake.step("command_started", { commandId: "k1" });
  expect(list.snapshot().open).toMatchObject([
    { commandId: "k1", state: "started" },
    { commandId: "k2", state: "queued", args: { text: "x" } },
  ]);
  fake.step("command_failed", { commandId: "k1", error: "no", code: "c" });
  expect(list.snapshot()).toMatchObject({ open: [{ commandId: "k2" }], ended: [{ state: "failed", error: "no" }] });
});

describe("§11.2 deciding", () => {
  test("resolves with what stands, which is asked for until there is an answer", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fake = new FakeSteering();
    const decided = decide(fake.client, "c1", { decision: "approve", reason: "fine", payloadHash: "sha256:0" });
    expect(fake.published[0]?.ask).toEqual({
      type: "checkpoint_decided",
      data: { checkpointId: "c1", decision: "approve", reason: "fine", payloadHash: "sha256:0" },
    });
    fake.published[0]?.answer({ id: "m", channel: "execution:e", epoch: "e", offset: 2, duplicate: false });
    await settled();
    fake.requested[0]?.fail(problem("unreachable", true));
    await settled();
    fake.clock.pass(500);
    await settled();
    fake.requested[1]?.answer(asked("c1", { state: "decided", decidedBy: "user:me" }));
    expect(await decided).toMatchObject({ state: "decided", decidedBy: "user:me" });
  });

  test("rejects with who was first", async () => {
    const fake = new FakeSteering();
    const decided = decide(fake.client, "c1", { decision: "deny" });
    fake.published[0]?.fail(problem("already_decided"));
    await expect(decided).rejects.toMatchObject({ name: "already_decided" });
    expect(fake.requested).toEqual([]);
  });
});
