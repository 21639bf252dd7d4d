/** Budgets and the stop of a fleet from the command line. */
import { PassThrough, Writable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outOf, systemIo } from "../src/io.ts";
import { createProgram } from "../src/program.ts";
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

const lease = (channel: string) =>
  fetch(`${gateway.url}/v1/leases/${encodeURIComponent(channel)}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
    body: JSON.stringify({ producer: "p", ttlMs: 600_000 }),
  });

/** Its producer's word: while somebody holds the lease, nobody else's counts. */
const answer = (channel: string, seq: number, type: string, data: object) =>
  fetch(`${gateway.url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
    body: JSON.stringify({ type, channel, data, metadata: { producer: { id: "p", epoch: 1, seq } } }),
  });

const told = async (scope: string) => JSON.parse((await cli.run(["budget", scope, "--json"])).stdout);

test("§14.1 a budget is set, shown, changed in part, begun anew and ended", async () => {
  const set = await cli.run([
    "budget",
    "agent:a",
    "--cost",
    "5",
    "--tokens",
    "1e6",
    "--warn",
    "50%",
    "--cancel",
    "never",
  ]);
  expect([set.code, set.stdout]).toMatchObject([
    0,
    expect.stringMatching(/agent:a .*open.*\$0 of \$5 \(0 %\).*1,000,000/),
  ]);
  await publish("agent:a", "agent_usage", { agentId: "a", costUsd: 1.25, inputTokens: 10 });
  await cli.run(["budget", "agent:a", "--tokens", "none", "--pause", "0.9"]);
  expect(await told("agent:a")).toMatchObject({
    ...{ limits: { costUsd: 5 }, warnAt: 0.5, pauseAt: 0.9, cancelAt: null, used: { costUsd: 1.25, tokens: 10 } },
    ...{ shares: { costUsd: 0.25 }, round: 2 },
  });
  expect((await told("agent:a")).limits).not.toHaveProperty("tokens");
  await cli.run(["budget", "agent:a", "--reset"]);
  expect(await told("agent:a")).toMatchObject({ limits: { costUsd: 5 }, used: { costUsd: 0 }, state: "open" });
  const ended = await cli.run(["budget", "agent:a", "--end"]);
  expect([ended.code, ended.stdout]).toMatchObject([0, expect.stringMatching(/agent:a .*ended.*no limits/)]);
});

test("§14.5 budgets are listed; one that is used up says who acknowledged it", async () => {
  expect((await cli.run(["budgets", "session:*"])).stderr).toContain("no budgets");
  await lease("agent:b");
  await cli.run(["budget", "agent:b", "--tokens", "10"]);
  await publish("agent:b", "agent_usage", { agentId: "b", outputTokens: 11 });
  let shown = "";
  while (!shown.includes("1 queued")) shown = (await cli.run(["budget", "agent:b"])).stdout;
  expect(shown).toMatch(/warned .*\n {4}paused .*, 1 agent told: 1 queued\n {8}agent:b {2}queued/);
  const list = await cli.run(["budgets", "agent:*", "--json"]);
  expect(
    list.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).state),
  ).toEqual(["ended", "paused"]);
  expect((await cli.run(["budgets"])).stdout).toMatch(/agent:b .*paused.*11 tokens of 10 tokens \(110 %\)/);
});

test("stop tells all of a pattern, shows who acknowledged, and its exit code says whether all did", async () => {
  for (const channel of ["agent:x/1", "agent:x/2", "agent:x/3", "process:x1"]) await lease(channel);
  const stopping = cli.start(["stop", "agent:x/*", "--yes", "--timeout", "600", "--json"]);
  let open = "";
  while (open.trim().split("\n").length < 3) open = (await cli.run(["commands", "agent:x/*", "--json"])).stdout;
  const commands = open
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(commands.map(({ name }) => name)).toEqual(["cancel", "cancel", "cancel"]);
  for (const [index, { commandId, target }] of commands.entries()) {
    await answer(target, 1, "command_started", { commandId });
    if (index === 2)
      await answer(target, 2, "command_failed", { commandId, error: "in the middle of a \u001b[2Jcommit" });
    else await answer(target, 2, "command_done", { commandId });
  }
  const failed = await stopping.done;
  expect([failed.code, JSON.parse(failed.stdout)]).toMatchObject([
    1,
    {
      name: "cancel",
      told: 3,
      acknowledged: 3,
      done: 2,
      failed: 1,
      open: 0,
      notAnswering: 0,
      others: [{ state: "failed" }],
    },
  ]);

  const one = cli.start(["stop", "process:x1", "--pause", "--yes"]);
  await one.err(/1 channel told to pause: 0 acknowledged, 0 done, 1 not answering/);
  const [command] = JSON.parse(`[${(await cli.run(["commands", "process:x1", "--json"])).stdout.trim()}]`);
  await answer("process:x1", 1, "command_started", { commandId: command.commandId });
  await answer("process:x1", 2, "command_done", { commandId: command.commandId });
  const done = await one.done;
  expect([done.code, done.stdout]).toEqual([0, "1 channel told to pause: 1 acknowledged, 1 done\n"]);

  const silent = await cli.run(["stop", "process:*", "--yes", "--timeout", "1"]);
  expect([silent.code, silent.stdout]).toEqual([
    1,
    "process:x1  not answering\n1 channel told to cancel: 0 acknowledged, 0 done, 1 not answering\n",
  ]);
  expect((await cli.run(["stop", "browser:*", "--yes"])).stdout).toContain("nobody is at work");
});

test("stop asks first where there is a terminal, and says how many it would tell", async () => {
  for (const channel of ["agent:y/1", "agent:y/2"]) await lease(channel);
  let said = "";
  const typed = new PassThrough();
  const terminal = new Writable({
    write(chunk, _encoding, done) {
      said += chunk;
      done();
    },
  });
  const io = {
    ...systemIo(),
    env: { SIGNALBOX_URL: gateway.url, SIGNALBOX_TOKEN: gateway.token },
    stdin: Object.assign(typed, { isTTY: true }),
    err: outOf(terminal, true, {}),
  };
  const asked = createProgram(io).parseAsync(["node", "signalbox", "stop", "agent:y/*"]);
  typed.write("n\n");
  await expect(asked).rejects.toThrow("nobody was told anything");
  expect(said).toContain("cancel 2 agents and processes of agent:y/*? [y/N]");
  expect((await cli.run(["commands", "agent:y/*", "--json"])).stdout).toBe("");
});

test("what is wrong is said before anybody is told anything", async () => {
  const wrong = [
    ["stop", "agent:x/*"],
    ["stop", "no such", "--yes"],
    ["stop", "--timeout", "soon"],
    ["budget"],
    ["budget", "agent:new", "--reset"],
    ["budget", "agent:new", "--cost", "0"],
    ["budget", "agent:new", "--cost", "many"],
    ["budget", "agent:new", "--tokens", "5", "--warn", "10"],
    ["budget", "no scope", "--tokens", "5"],
  ];
  for (const args of wrong) expect([args, (await cli.run(args)).code]).toEqual([args, 2]);
  expect((await cli.run(["budget", "agent:new"])).stderr).toContain("there is no budget of agent:new");
  const refused = await cli.run(["budget", "process:p", "--tokens", "5"]);
  expect([refused.code, refused.stderr]).toMatchObject([1, expect.stringContaining("agent:ID")]);
  expect((await cli.run(["budgets", "--token", `${gateway.token}x`])).code).toBe(4);
});
