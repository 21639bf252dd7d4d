/** X8 B2 B7: commands and decisions of the client over real connections, with the gateway killed in the middle. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type CommandHandle, createClient, type TransportName } from "@signalbox/client";
import { approvals, commands, decide } from "@signalbox/client/steering";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { until } from "./support/until.ts";

let folder: string;
let gateway: Gateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-client-steering-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ways: TransportName[] = ["websocket", "sse", "poll"];
const open = (transport: TransportName, token = gateway.token): Client =>
  createClient({ url: gateway.url, token, transports: [transport], backoff: { minMs: 50, maxMs: 200 } });

const typesIn = async (channel: string): Promise<string[]> => (await history(gateway, channel)).map(({ type }) => type);
const step = (type: string, data: object): Promise<unknown> => post(gateway, "/v1/events", [{ type, data }]);
const state = (handle: CommandHandle) => (): string => handle.snapshot().state;

test.each(ways)("a command over %s outlives two kills of the gateway, and is given once", async (transport) => {
  const client = open(transport);
  const target = `agent:${transport}`;
  try {
    const first = client.command(target, "warm-up");
    await until("the first is kept", () => state(first)() === "queued");
    // Given while nobody is there to take it.
    await gateway.kill9();
    const handle = client.command(target, "deploy", { to: "prod" });
    const again = client.command(target, "deploy", { to: "prod" }, { commandId: handle.commandId });
    expect([state(handle)(), state(again)()]).toEqual(["sending", "sending"]);
    await gateway.restart();
    await until("both are kept", () => state(handle)() === "queued" && state(again)() === "queued");
    const { commandId } = handle;
    await step("command_delivered", { commandId });
    await until("it is delivered", () => state(handle)() === "delivered");
    await gateway.kill9();
    await gateway.restart();
    await step("command_started", { commandId });
    await step("command_progress", { commandId, progress: 50, message: "half way" });
    await until("its progress", () => handle.snapshot().progress === 50);
    await step("command_done", { commandId, result: { revision: 7 } });
    for (const each of [handle, again])
      expect(await each.ended).toMatchObject({ state: "done", message: "half way", result: { revision: 7 } });
    await first.cancel("enough");
    expect(await first.ended).toMatchObject({ state: "cancelled", reason: "enough" });
    const queued = (await typesIn(target)).filter((type) => type === "command_queued");
    expect(queued).toHaveLength(2);
  } finally {
    client.close();
  }
});

test.each(ways)(
  "open checkpoints over %s are right again after a kill; two decide, and one is told who",
  async (transport) => {
    const [ada, bob] = ["ada", "bob"].map((name) =>
      open(transport, tokenOf(`${name}-${transport}`, { role: "admin" })),
    ) as [Client, Client];
    const execution = `run-${transport}`;
    const ask = (checkpointId: string): Promise<unknown> =>
      post(gateway, "/v1/checkpoints", { executionId: execution, checkpointId, checkpointData: { checkpointId } });
    const [seen, alsoSeen] = [ada, bob].map((client) => approvals(client, `execution:${execution}`));
    if (!seen || !alsoSeen) throw new Error("two lists");
    const ids = (list: typeof seen): string =>
      list
        .snapshot()
        .open.map(({ checkpointId }) => checkpointId)
        .join();
    const stops = [seen, alsoSeen].map((list) => list.subscribe(() => {}));
    try {
      const [one, two, three] = ["one", "two", "three"].map((name) => `${name}-${transport}`) as [
        string,
        string,
        string,
      ];
      await ask(one);
      await until("one", () => ids(seen) === one && ids(alsoSeen) === one && seen.snapshot().status === "live");
      await gateway.kill9();
      await until("offline", () => seen.snapshot().status === "offline");
      expect(ids(seen)).toBe(one);
      await gateway.restart();
      await ask(two);
      const both = `${one},${two}`;
      // What was decided before a list was read is not in it: both are to see it end.
      await until("two", () =>
        [seen, alsoSeen].every((list) => ids(list) === both && list.snapshot().status === "live"),
      );
      const [hash] = seen.snapshot().open.map(({ payloadHash }) => payloadHash);
      const outcomes = await Promise.allSettled([
        decide(ada, one, { decision: "approve", payloadHash: hash ?? "" }),
        decide(bob, one, { decision: "deny", reason: "not today" }),
      ]);
      const [won] = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      const [lost] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      const { decision, decidedBy } = won ?? {};
      expect(won).toMatchObject({ checkpointId: one, state: "decided" });
      expect(lost).toMatchObject({ name: "already_decided", details: { decision, decidedBy } });
      await until("gone everywhere", () => ids(seen) === two && ids(alsoSeen) === two);
      expect(alsoSeen.snapshot().ended).toMatchObject([{ checkpointId: one, decision, decidedBy }]);
      // Decided while the gateway is away: it is sent when it is back.
      await gateway.kill9();
      const decided = decide(bob, two, { decision: "approve" });
      await gateway.restart();
      expect(await decided).toMatchObject({ state: "decided", decidedBy: `user:bob-${transport}` });
      await ask(three);
      await until("three", () => ids(seen) === three && ids(alsoSeen) === three);
    } finally {
      for (const stop of stops) stop();
      ada.close();
      bob.close();
    }
  },
);

test("who may give commands but not watch the channel still sees how they end", async () => {
  const token = tokenOf("giver", { capabilities: [{ channels: "agent:*", verbs: ["command"], commands: ["pause"] }] });
  const client = open("websocket", token);
  try {
    const refused = await client.command("agent:hidden", "restart").ended;
    expect(refused).toMatchObject({ state: "refused", code: "forbidden" });
    const handle = client.command("agent:hidden", "pause");
    await until("it is kept", () => state(handle)() === "queued");
    const { commandId } = handle;
    await step("command_started", { commandId });
    await step("command_done", { commandId, result: 1 });
    expect(await handle.ended).toMatchObject({ state: "done", result: 1 });
  } finally {
    client.close();
  }
});

test("a command to all of a pattern, and one to a list: counts by state until all have ended", async () => {
  const client = open("websocket");
  const names = ["g-1", "g-2", "g-3"];
  for (const name of names.slice(0, 2))
    await post(gateway, `/v1/leases/agent:${name}`, { producer: name, ttlMs: 600_000 }, "PUT");
  const list = commands(client, "agent:g-*");
  const stop = list.subscribe(() => {});
  try {
    const all = client.command("agent:g-*", "pause");
    await until("both have it", () => all.snapshot().counts.queued === 2);
    await until("and are shown", () => list.snapshot().open.length === 2);
    const each = client.command(
      names.map((name) => `agent:${name}`),
      "cancel",
    );
    await until("three have it", () => each.snapshot().counts.queued === 3);
    await gateway.kill9();
    await gateway.restart();
    await each.cancel("after all not");
    expect(await each.ended).toMatchObject({ state: "cancelled", counts: { cancelled: 3 } });
    for (const { commandId, target } of all.snapshot().commands) {
      const producer = { id: target.slice("agent:".length), epoch: 1 };
      const events = ["command_started", "command_done"].map((type, at) => ({
        ...{ type, channel: target, data: { commandId } },
        metadata: { producer: { ...producer, seq: at + 1 } },
      }));
      await post(gateway, "/v1/events", events);
    }
    expect(await all.ended).toMatchObject({ state: "done", counts: { done: 2 } });
    await until("nothing is open", () => list.snapshot().open.length === 0);
  } finally {
    stop();
    client.close();
  }
});
