/** S§4.7: positions for those who ask, and what is said when they cannot be gone on from. The kills are in test/socketio.test.ts. */
import { describe, expect, test } from "vitest";
import { openGateway, type TestGateway, token } from "../../support/gateway.ts";
import { ask, bringing, type Client, type Emitted, heard, type Kind, newKinds, oldKinds, once } from "./clients.ts";

const [webSocket] = newKinds as [Kind];
const [oldWebSocket] = oldKinds as [Kind];

const line = (processId: string, output: string) => ({ type: "process_output", data: { processId, output } });
const lineOf = ([, argument]: Emitted): unknown => (argument as { output?: unknown }).output;
const linesOf = (all: readonly Emitted[]): unknown[] => all.filter(([name]) => name === "process-output").map(lineOf);

/** Keeps everything as docs/socketio.md says. */
function keeping(gateway: TestGateway, since: Record<string, string>): { client: Client; all: Emitted[] } {
  const client = webSocket.open(gateway.url, { auth: { token, since } });
  const all = heard(client);
  for (const name of ["process-output", "task-assigned", "positions", "gap", "system-alert"]) {
    client.on(name, (...args: unknown[]) => void Object.assign(since, args.at(-1)));
  }
  return { client, all };
}

const epochOf = async (gateway: TestGateway): Promise<string> => {
  const [kept] = await gateway.publish([{ type: "system_notification", data: { message: "m" } }]);
  return String(kept?.epoch);
};

describe("S§4.7 positions", () => {
  test("come to those who ask, and to nobody else", async () => {
    const gateway = await openGateway();
    const plain = webSocket.open(gateway.url, { auth: { token } });
    const all = heard(plain);
    await once(plain, "connect");
    await ask(plain, "subscribe-process", "p");
    const since: Record<string, string> = {};
    const { client, all: kept } = keeping(gateway, since);
    await once(client, "connect");
    await ask(client, "subscribe-process", "p");
    await gateway.publish([line("p", "a"), { type: "task_assigned", data: { taskId: "t", agentId: "coder" } }]);
    await expect.poll(() => all.length).toBe(2);
    for (const event of all) expect(event).toHaveLength(2);
    await expect.poll(() => kept.filter(([name]) => name !== "positions").length).toBe(2);
    for (const [name, ...args] of kept) expect([name, args.length]).toEqual([name, name === "positions" ? 1 : 2]);
    const epoch = since["process:p"]?.split(":")[0];
    expect(since).toEqual({
      "process:p": `${epoch}:1`,
      "agent:coder": `${epoch}:1`,
      global: `${epoch}:0`,
      "agent:*": "earliest",
      "session:*": "earliest",
    });
    expect(Reflect.get(plain, "recovered")).toBeFalsy();
  });

  test("whoever comes back with them goes on in rooms and with what is for everybody", async () => {
    const gateway = await openGateway();
    const since: Record<string, string> = {};
    const first = keeping(gateway, since);
    await once(first.client, "connect");
    await ask(first.client, "subscribe-process", "p");
    await gateway.publish([line("p", "1"), { type: "system_alert", data: { message: "before" } }]);
    await expect.poll(() => [linesOf(first.all), since["agent:*"]]).toEqual([["1"], "earliest"]);
    await expect.poll(() => first.all.some(([name]) => name === "system-alert")).toBe(true);
    first.client.disconnect();
    await gateway.publish([
      ...[line("p", "2"), { type: "process_metric", data: { processId: "p", cpuPercent: 1, memoryBytes: 1 } }],
      ...[line("p", "3"), { type: "system_alert", data: { message: "meanwhile" } }],
      { type: "task_assigned", data: { taskId: "t", agentId: "new" } },
    ]);
    const second = keeping(gateway, since);
    await once(second.client, "connect");
    expect(await ask(second.client, "subscribe-process", "p")).toEqual({ ok: true, processId: "p", recovered: true });
    // Left and joined again it begins anew.
    await expect.poll(() => linesOf(second.all)).toEqual(["2", "3"]);
    await ask(second.client, "unsubscribe-process", "p");
    await gateway.publish([line("p", "4")]);
    await ask(second.client, "subscribe-process", "p");
    await gateway.publish([line("p", "5")]);
    await expect.poll(() => linesOf(second.all)).toEqual(["2", "3", "5"]);
    await expect.poll(() => second.all.filter(([name]) => name === "task-assigned")).toHaveLength(1);
    expect(second.all.filter(([name]) => name === "system-alert").map(([, alert]) => alert)).toMatchObject([
      { message: "meanwhile" },
    ]);
    expect(second.all.filter(([name]) => name === "gap")).toEqual([]);
  });

  test("a room alone, with since of its own: a position, the newest, all, or from now on", async () => {
    const gateway = await openGateway();
    await gateway.publish([line("p", "1"), line("p", "2"), line("p", "3")]);
    const epoch = await epochOf(gateway);
    const sinces: Array<[unknown, string[]]> = [
      ["earliest", ["1", "2", "3"]],
      [{ last: 1 }, ["3"]],
      [`${epoch}:1`, ["2", "3"]],
      ["now", []],
    ];
    for (const kind of [webSocket, oldWebSocket]) {
      for (const [since, expected] of sinces) {
        const client = kind.open(gateway.url, bringing(kind, token));
        const all = heard(client);
        await once(client, "connect");
        expect(await ask(client, "subscribe-process", "p", { since })).toMatchObject({ ok: true, recovered: true });
        await expect.poll(() => linesOf(all)).toEqual(expected);
        if (expected.length > 0) expect(all.at(-1)?.[2]).toMatchObject({ "process:p": `${epoch}:3` });
        client.disconnect();
      }
    }
  });
});

describe("S§4.7 a gap is said", () => {
  test("what retention removed, with its counts", async () => {
    const gateway = await openGateway({ namespaces: { process: { retention: { count: 2 } } } });
    const epoch = await epochOf(gateway);
    await gateway.publish(Array.from({ length: 10 }, (_, n) => line("p", String(n + 1))));
    const { client, all } = keeping(gateway, { "process:p": `${epoch}:3` });
    await once(client, "connect");
    expect(await ask(client, "subscribe-process", "p")).toEqual({ ok: true, processId: "p", recovered: false });
    await expect.poll(() => linesOf(all).at(-1)).toBe("10");
    const [gap] = all.filter(([name]) => name === "gap");
    const first = Number(linesOf(all)[0]);
    expect(gap).toEqual([
      "gap",
      {
        ...{ channel: "process:p", processId: "p", reason: "trimmed", from: 4, to: first - 1 },
        counts: { process_output: expect.any(Number) },
        timestamp: expect.any(String),
      },
      expect.objectContaining({ "process:p": `${epoch}:${first - 1}` }),
    ]);
  });

  test("history that was replaced, and history that ends before where somebody stood", async () => {
    const gateway = await openGateway();
    const epoch = await epochOf(gateway);
    await gateway.publish([
      line("p", "1"),
      line("q", "1"),
      { type: "task_assigned", data: { taskId: "t", agentId: "a" } },
    ]);
    const since = { "process:p": "other:7", "process:q": `${epoch}:5`, global: `${epoch}:99`, "agent:a": `${epoch}:4` };
    const { client, all } = keeping(gateway, since);
    await once(client, "connect");
    expect(await ask(client, "subscribe-process", "p")).toMatchObject({ ok: true, recovered: false });
    expect(await ask(client, "subscribe-process", "q")).toMatchObject({ ok: true });
    const gaps = (): unknown[] => all.filter(([name]) => name === "gap").map(([, gap]) => gap);
    await expect.poll(gaps).toHaveLength(4);
    expect(gaps()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ channel: "process:p", reason: "epoch_changed", from: 8 }),
        expect.objectContaining({ channel: "process:q", reason: "position_beyond_head", from: 2, to: 5 }),
        expect.objectContaining({ channel: "global", reason: "position_beyond_head", from: 2, to: 99 }),
        expect.objectContaining({ channel: "agent:a", reason: "position_beyond_head", from: 2, to: 4 }),
      ]),
    );
    await gateway.publish([
      ...[line("p", "2"), line("q", "2"), { type: "system_alert", data: { message: "m" } }],
      { type: "task_assigned", data: { taskId: "u", agentId: "a" } },
    ]);
    // All of the new history, and of the others what comes.
    await expect.poll(() => linesOf(all).sort()).toEqual(["1", "2", "2"]);
    await expect.poll(() => all.filter(([name]) => name === "system-alert")).toHaveLength(1);
    await expect.poll(() => all.filter(([name]) => name === "task-assigned")).toHaveLength(1);
    expect(all.filter(([name]) => name === "error")).toEqual([]);
  });

  test("A11 positions that were never given out are refused", async () => {
    const gateway = await openGateway();
    for (const since of ["x", [], { "process:p": "e:-1" }, { "process:p": 7 }, { "process:*": "earliest" }]) {
      const client = webSocket.open(gateway.url, { auth: { token, since }, reconnection: false });
      const error = await once<Error & { data?: unknown }>(client, "connect_error");
      expect([since, error.data]).toEqual([since, expect.objectContaining({ name: "invalid_message" })]);
    }
  });
});
