/** Commands and decisions from the command line. */
import { createClient } from "@signalbox/client";
import { presence } from "@signalbox/client/presence";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cli } from "./cli.ts";

let cli: Cli;
let gateway: Awaited<ReturnType<Cli["serve"]>>;

beforeAll(async () => {
  cli = new Cli();
  gateway = await cli.serve();
});

afterAll(() => cli.remove());

const publish = (channel: string, type: string, data: unknown) =>
  cli.run(["publish", channel, type, JSON.stringify(data)]);

test("§10.6 a command is given, waited for, and its end is the exit code", async () => {
  const waiting = cli.start([
    "command",
    "agent:a",
    "input",
    "--arg",
    "text=hello",
    "--arg",
    "n=2",
    "--id",
    "k1",
    "--wait",
    "--json",
  ]);
  let open = "";
  while (!open.includes("k1")) open = (await cli.run(["commands", "agent:a", "--json"])).stdout;
  expect(JSON.parse(open)).toMatchObject({ commandId: "k1", state: "queued", args: { text: "hello", n: 2 } });
  await publish("agent:a", "command_started", { commandId: "k1" });
  await publish("agent:a", "command_done", { commandId: "k1", result: { ok: true } });
  const { code, stdout } = await waiting.done;
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { state: "done", result: { ok: true } }]);

  const failing = cli.start(["command", "agent:a", "input", "--id", "k2", "--wait"]);
  while (!open.includes("k2")) open = (await cli.run(["commands", "--json"])).stdout;
  await publish("agent:a", "command_failed", { commandId: "k2", error: "not \u001b[2Jnow" });
  const failed = await failing.done;
  expect([failed.code, failed.stdout.includes("\u001b")]).toEqual([1, false]);
  expect(failed.stderr).toContain("not now");
  expect((await cli.run(["commands", "--state", "failed"])).stdout).toContain("k2");
  expect((await cli.run(["commands"])).stderr).toContain("no commands");
});

test("a command to a pattern goes to each of its agents that is at work", async () => {
  await publish("agent:x/3", "agent_status", { agentId: "x/3", status: "idle" });
  for (const agentId of ["x/1", "x/2"]) {
    await fetch(`${gateway.url}/v1/leases/${encodeURIComponent(`agent:${agentId}`)}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
      body: JSON.stringify({ producer: "p" }),
    });
  }
  const { code, stdout } = await cli.run(["command", "agent:x/*", "pause"]);
  expect([code, stdout.split("\n").filter((line) => line.includes("queued"))]).toMatchObject([0, { length: 2 }]);
});

test("§11.2 what waits is listed, decided once, and who comes later is told", async () => {
  for (const id of ["c1", "c2"]) {
    await publish("execution:e1", "checkpoint_required", {
      checkpointId: id,
      checkpointData: { run: id },
      title: "Deploy?",
    });
  }
  const list = await cli.run(["approvals"]);
  expect(list.stdout).toMatch(/c1 .*open[\s\S]*Deploy\?[\s\S]*c2/);
  const approved = await cli.run(["approve", "c1", "--reason", "fine"]);
  expect([approved.code, approved.stdout]).toEqual([0, expect.stringContaining("approve by ")]);
  const late = await cli.run(["deny", "c1"]);
  expect([late.code, late.stderr]).toEqual([1, expect.stringContaining("stands")]);
  const other = await cli.run(["deny", "c2", "--hash", "sha256:00"]);
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("not what waits")]);
  expect(JSON.parse((await cli.run(["deny", "c2", "--json"])).stdout)).toMatchObject({ decision: "deny" });
  expect((await cli.run(["approvals"])).stderr).toContain("nothing waits");
  expect(
    (await cli.run(["approvals", "execution:*", "--state", "all", "--json"])).stdout.trim().split("\n"),
  ).toHaveLength(2);
});

test("§13.6 driving is taken, refused, given and released, and who shows it", async () => {
  expect((await cli.run(["who", "agent:d"])).stdout).toBe("nobody is in agent:d; nobody drives\n");
  const taken = await cli.run(["drive", "agent:d"]);
  expect([taken.code, taken.stdout]).toEqual([0, "agent:d: user:admin drives\n"]);
  expect((await cli.run(["drive", "agent:d", "--give", "user:ada"])).stdout).toContain("user:ada drives");
  const refused = await cli.run(["drive", "agent:d"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("user:ada drives")]);
  const input = await cli.run(["command", "agent:d", "input", "--arg", "text=x"]);
  expect([input.code, input.stderr]).toEqual([1, expect.stringContaining("user:ada drives")]);
  expect(JSON.parse((await cli.run(["drive", "agent:d", "--take", "--json"])).stdout)).toMatchObject({
    driver: "user:admin",
    previous: "user:ada",
  });
  expect((await cli.run(["who", "agent:d"])).stdout).toContain("user:admin drives");
  expect((await cli.run(["drive", "agent:d", "--release"])).stdout).toContain("nobody drives");
  expect((await cli.run(["drive", "agent:d", "--release"])).code).toBe(1);
});

test("§13.1 who lists members, once or whenever something changed", async () => {
  const watching = cli.start(["who", "session:w", "--watch", "--json"]);
  await watching.out(/"members":\[\]/);
  const client = createClient({ url: gateway.url, token: gateway.token });
  const here = presence(client, "session:w", { name: "Ada\u001b[2J", state: { view: "log" } });
  const seen = await watching.out(/"view":"log"/);
  expect(JSON.parse(seen.trim().split("\n").at(-1) ?? "")).toMatchObject({
    ...{ channel: "session:w", total: 1, driver: null },
    members: [{ memberId: here.memberId, principal: { kind: "user", id: "admin" } }],
  });
  const listed = await cli.run(["who", "session:w"]);
  expect(listed.stdout).toMatch(/user:admin +Ada +.* ago +\{"view":"log"\}\n1 member; nobody drives/);
  here.leave();
  await watching.out(/"view":"log"[\s\S]*"members":\[\]/);
  client.close();
  watching.child.kill("SIGTERM");
  expect((await watching.done).code).toBe(0);
});

test("wrong usage is said", async () => {
  const wrong = [
    ["command", "agent:a", "x", "--args", "{"],
    ["command", "agent:a", "x", "--args", "{}", "--arg", "a=1"],
    ["approve", "c1", "--answer", "{"],
    ["approve"],
    ["who"],
    ["who", "session:*"],
    ["drive", "agent:a", "--release", "--give", "user:ada"],
  ];
  for (const args of wrong) expect((await cli.run(args)).code).toBe(2);
  expect((await cli.run(["approve", "none"])).code).toBe(1);
  expect((await cli.run(["approvals", "--token", `${gateway.token}x`])).code).toBe(4);
});
