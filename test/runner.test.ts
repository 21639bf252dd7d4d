/**
 * DESIGN §9 with real parts: a gateway, a runner and the processes under it are processes of their own; people give commands
 * from the command line.
 */
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bearer, post } from "./support/http.ts";
import { tokenOf } from "./support/issuer.ts";
import { isGone, processState, standsStill } from "./support/process-state.ts";
import { until } from "./support/until.ts";
import { type Data, echo, node, Workplace } from "./support/workplace.ts";

let work: Workplace;
beforeEach(async () => {
  work = await Workplace.open();
});
afterEach(() => work.close());

const showArgs = {
  command: process.execPath,
  args: ["-e", "console.log(JSON.stringify(process.argv.slice(1)))", "--"],
};

test("X4 two processes are started, paused, resumed, given input and cancelled from the command line", async () => {
  await work.runner({ echo: node(echo, { stdin: true, title: "Echo" }) });
  const [one, two] = await Promise.all([
    work.start("echo", "--session", "s1"),
    work.start("echo", "--id", "second", "--agent", "a1"),
  ]);
  expect(one.channel).toMatch(/^process:runner-ci\/echo-[0-9a-f]{8}$/);
  expect(two.channel).toBe("process:runner-ci/second");
  expect((await work.events(one.channel, "process_started"))[0]?.data).toMatchObject({
    ...{ name: "Echo", sessionId: "s1", agentId: "runner-ci", pid: one.pid },
  });
  expect((await work.events(two.channel, "process_started"))[0]?.data).toMatchObject({ agentId: "a1" });
  await Promise.all([work.printed(one.channel, "ready"), work.printed(two.channel, "ready")]);

  expect(await work.done("command", one.channel, "pause", "--wait")).toMatchObject({ code: 0 });
  await standsStill(one.pid);
  expect(processState(two.pid)).not.toBe("T");
  expect((await work.done("top", "process:*", "--once")).out).toMatch(/echo-\S+ +paused/);
  expect((await work.events(one.channel, "process_paused"))[0]?.data.by).toMatch(/^[a-z]+:admin$/);
  // What is typed meanwhile waits in its pipe.
  expect(await work.done("input", one.channel, "hello $(id); rm -rf /")).toMatchObject({ code: 0 });
  expect(await work.outputs(one.channel)).toEqual(["ready"]);
  expect(await work.done("command", one.channel, "resume", "--wait")).toMatchObject({ code: 0 });
  await work.printed(one.channel, 'heard "hello $(id); rm -rf /\\n"');
  expect(await work.done("input", one.channel, "--eof")).toMatchObject({ code: 0 });
  await work.printed(one.channel, "no more");
  expect((await work.done("input", one.channel, "more")).err).toContain("input");

  const cancelled = await work.done("command", one.channel, "cancel", "--wait", "--json");
  expect(JSON.parse(cancelled.out)).toMatchObject({ state: "done", result: { exitCode: 0, signal: null } });
  expect(await work.stopped(one.channel)).toMatchObject({
    exitCode: 0,
    reason: expect.stringMatching(/^cancelled by .*:admin$/),
    cancelledBy: expect.stringMatching(/^\w+:admin$/),
  });
  expect(await work.outputs(one.channel)).toContain("asked to end");
  await isGone(one.pid);
  expect(processState(two.pid)).toBeDefined();
  expect((await work.done("command", two.channel, "dance", "--wait")).err).toContain("unknown command");
  await until("its lease is released", async () => (await work.events(one.channel, "lease_released")).length === 1);
});

test("a process in a terminal gets input and the size of its window, and is told from others by its stream", async () => {
  const script = `
    process.stdout.on("resize", () => console.log("size " + process.stdout.columns + "x" + process.stdout.rows));
    process.stdin.on("data", (data) => { console.log("heard " + data.toString().trim()); });
    console.log("terminal " + process.stdin.isTTY);`;
  await work.runner({ tty: node(script, { pty: true, stdin: true }) });
  const { channel } = await work.start("tty");
  await work.printed(channel, "terminal true");
  expect(
    await work.done("command", channel, "resize", "--arg", "columns=133", "--arg", "rows=7", "--wait"),
  ).toMatchObject({
    code: 0,
  });
  await work.printed(channel, "size 133x7");
  expect(await work.done("input", channel, "hello")).toMatchObject({ code: 0 });
  await work.printed(channel, "heard hello");
  expect(await work.done("command", channel, "cancel", "--arg", "graceMs=200", "--wait")).toMatchObject({ code: 0 });
  expect(await work.stopped(channel)).toMatchObject({ exitCode: null });
});

test("who starts and follows sees what it writes and exits as it does; a time limit is said as such", async () => {
  await work.runner({
    fail: node('console.log("one"); console.error("two"); process.exitCode = 7'),
    endless: node("setInterval(() => {}, 1e6)", { timeLimitMs: 300 }),
  });
  const failed = await work.done("start", "fail", "--follow");
  expect(failed.code).toBe(7);
  expect(failed.out.split("\n").sort()).toEqual(["", "one", "two"]);
  const limited = await work.done("start", "endless", "--follow");
  expect(limited.code).toBe(143);
  expect(limited.err).toContain("time limit of 300 ms");
});

test("over its concurrency a runner is busy, and a recipe too", async () => {
  const recipes = {
    wait: node("setInterval(() => {}, 1e6)", { concurrency: 1 }),
    other: node("setInterval(() => {}, 1e6)"),
  };
  const { notices } = await work.runner(recipes, { concurrency: 2 });
  const first = await work.start("wait");
  const second = await work.done("start", "wait");
  expect([second.code, second.err]).toEqual([1, expect.stringContaining("1 of 1 of wait run already")]);
  await work.start("other");
  const third = await work.done("start", "other");
  expect([third.code, third.err]).toEqual([1, expect.stringContaining("2 of 2 run already")]);
  expect(notices("refused")).toMatchObject([{ code: "busy" }, { code: "busy" }]);
  const status = async () => (await work.events("agent:runner-ci", "agent_status")).at(-1)?.data;
  await until("both are counted", async () => (await status())?.message === "2 of 2 running");
  expect(await status()).toMatchObject({ status: "running", agentType: "runner" });
  await work.done("command", first.channel, "cancel", "--wait");
  await work.start("wait");
});

test("arguments that try to get out arrive as one literal argument, or are refused", async () => {
  const canary = join(work.folder, "canary");
  const one = { properties: { text: { type: "string" }, n: { type: "integer", maximum: 3 } } };
  await work.runner({ show: { ...showArgs, args: [...showArgs.args, "{text}", "--n={n}"], argsSchema: one } });
  const tries = [
    `; touch ${canary}`,
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `a\nb`,
    `x && touch ${canary}`,
    "*",
    "' \" '",
  ];
  for (const text of tries) {
    const { code, out } = await work.done("start", "show", `text=${text}`, "n=2", "--follow");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([text, "--n=2"]);
  }
  expect(await work.done("start", "show", "text=--eval")).toMatchObject({
    code: 1,
    err: expect.stringContaining("option"),
  });
  // The gateway refuses what the recipe's schema does not allow, before the runner hears of it.
  expect(await work.done("start", "show", "n=4")).toMatchObject({ code: 1, err: expect.stringContaining("maximum 3") });
  expect(await work.done("start", "show", "other=1")).toMatchObject({ code: 1 });
  expect(await work.done("start", "none")).toMatchObject({
    code: 1,
    err: expect.stringContaining("agent:runner-ci: show"),
  });
  const given = await post<{ commandId: string }>(work.gateway, "/v1/commands", {
    ...{ target: "agent:runner-ci", name: "start", args: { recipe: "show", processId: "../../agent" } },
  });
  const ended = await (
    await fetch(`${work.gateway.url}/v1/commands/${given.commandId}?wait=50`, { headers: bearer(work.gateway.token) })
  ).json();
  expect(ended).toMatchObject({ state: "failed", code: "invalid_args" });
  expect(() => realpathSync(canary)).toThrow();
});

test("of the runner's environment a process sees what its recipe allows, and nothing else", async () => {
  const script = "console.log(JSON.stringify(process.env))";
  const extra = { CANARY_SECRET: "chirp", CI_JOB: "7" };
  const recipes = {
    bare: node(script),
    some: node(script, { envAllow: ["CI_JOB"], env: { OWN: "1" } }),
    tty: node(script, { envAllow: [], pty: true }),
  };
  await work.runner(recipes, {}, [], extra);
  const seen = async (recipe: string): Promise<Data> => JSON.parse((await work.done("start", recipe, "--follow")).out);
  expect(Object.keys(await seen("bare")).sort()).toEqual(
    Object.keys({ PATH: 1, HOME: 1, LANG: process.env.LANG })
      .filter((name) => name !== "LANG" || process.env.LANG !== undefined)
      .sort(),
  );
  expect(await seen("some")).toEqual({ CI_JOB: "7", OWN: "1" });
  expect(JSON.stringify(await seen("tty"))).not.toMatch(/chirp|SIGNALBOX/);
});

test("V3 a runner that is killed is lost, its processes too, and what ran is ended; a new one says so and goes on", async () => {
  const recipes = {
    echo: node(echo, { stdin: true }),
    tree: { command: "sh", args: ["-c", "sleep 600 & echo $!; wait"] },
  };
  const first = await work.runner(recipes);
  const one = await work.start("echo");
  const two = await work.start("tree");
  await work.printed(one.channel, "ready");
  await until("the tree grew", async () => (await work.outputs(two.channel)).length > 0);
  const inner = Number((await work.outputs(two.channel))[0]);
  first.process.kill("SIGKILL");
  await first.ended;
  await Promise.all([isGone(one.pid), isGone(two.pid), isGone(inner)]);
  // Given while nobody is there: the next one gets it.
  const waiting = work.command("command", "agent:runner-ci", "start", "--arg", "recipe=echo", "--wait", "--json");
  const status = async () => (await work.events("agent:runner-ci", "agent_status")).map(({ data }) => data.status);
  await until("the runner is lost", async () => (await status()).includes("lost"));
  await until("its processes are", async () => {
    const lost = await Promise.all([one, two].map(({ channel }) => work.events(channel, "lease_lost")));
    return lost.every((each) => each.length === 1);
  });
  expect((await work.done("top", "process:*", "--once")).out.match(/ lost /g)).toHaveLength(2);

  const second = await work.runner(recipes);
  for (const { channel } of [one, two]) {
    expect(await work.stopped(channel)).toMatchObject({ exitCode: null, reason: expect.stringContaining("lost") });
  }
  await until("it said so", () => second.notices("recovered").length === 2);
  expect(await waiting.ended).toBe(0);
  const { result } = JSON.parse(waiting.stdout());
  await work.printed(result.channel, "ready");
  expect((await status()).slice(-1)).toEqual(["running"]);
  expect(await work.events("agent:runner-ci", "lease_held")).toHaveLength(2);
});

test("B7 a gateway that is killed while starts are under way: each is one process", async () => {
  const log = join(work.folder, "log");
  const script = `require("node:fs").appendFileSync(${JSON.stringify(log)}, "started\\n"); setInterval(() => {}, 1e6);`;
  await work.runner({ wait: node(script) }, { concurrency: 100 });
  const given: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 3; i++) {
      const commandId = `k${round}-${i}`;
      given.push(commandId);
      const args = { recipe: "wait", processId: commandId };
      await post(work.gateway, "/v1/commands", { target: "agent:runner-ci", name: "start", args, commandId });
    }
    await work.gateway.kill9();
    await work.gateway.restart();
  }
  await until(
    "all have ended",
    async () => (await work.events("agent:runner-ci", "command_done")).length === given.length,
  );
  expect((await work.events("agent:runner-ci", "command_started")).map(({ data }) => data.commandId).sort()).toEqual(
    given,
  );
  for (const id of given) {
    await until(
      `${id} is said`,
      async () => (await work.events(`process:runner-ci/${id}`, "process_started")).length === 1,
    );
  }
  await until("each has written", () => readFileSync(log, "utf8").split("\n").length > given.length);
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(given.length);
});

test("B7 a runner that is killed while starts are under way: none is two processes", async () => {
  const log = join(work.folder, "log");
  const script = `require("node:fs").appendFileSync(${JSON.stringify(log)}, process.argv[1] + "\\n"); setInterval(() => {}, 1e6);`;
  const recipes = {
    mark: {
      ...{ command: process.execPath, args: ["-e", script, "{id}"] },
      argsSchema: { properties: { id: { type: "string" } } },
    },
  };
  const first = await work.runner(recipes, { concurrency: 100 });
  const given = Array.from({ length: 12 }, (_, i) => `k${i}`);
  const posting = given.map((id) => {
    const args = { recipe: "mark", args: { id }, processId: id };
    return post(work.gateway, "/v1/commands", { target: "agent:runner-ci", name: "start", args, commandId: id });
  });
  await first.until((text) => text.includes('"started"'));
  first.process.kill("SIGKILL");
  await first.ended;
  await Promise.all(posting);
  await work.runner(recipes, { concurrency: 100 });
  const ended = async () => [
    ...(await work.events("agent:runner-ci", "command_done")),
    ...(await work.events("agent:runner-ci", "command_failed")),
  ];
  await until("all have ended", async () => (await ended()).length === given.length);
  expect((await ended()).every(({ data }) => data.code === undefined || data.code === "interrupted")).toBe(true);
  const done = (await work.events("agent:runner-ci", "command_done")).map(({ data }) => data.commandId);
  const marks = (): string[] => readFileSync(log, "utf8").trim().split("\n");
  await until("all that are done have run", () => done.every((id) => marks().includes(String(id))));
  expect(new Set(marks()).size).toBe(marks().length);
});

test("§12 of two runners with one name the second waits; one whose name is taken over ends what it has, and stops", async () => {
  const recipes = { echo: node(echo, { stdin: true }) };
  const first = await work.runner(recipes);
  const one = await work.start("echo");
  const second = work.command("runner");
  await second.until((text) => text.includes("another runner named ci is at work; waiting"));
  const taken = await fetch(`${work.gateway.url}/v1/leases/agent:runner-ci`, {
    method: "PUT",
    headers: { ...bearer(work.gateway.token), "content-type": "application/json" },
    body: JSON.stringify({ producer: "usurper", ttlMs: 1_000, takeOver: true }),
  });
  expect(taken.status).toBe(200);
  await first.until((text) => text.includes('"fenced"'));
  await second.until((text) => text.includes("runner ci is ready"));
  expect(await work.done("input", one.channel, "still mine")).toMatchObject({ code: 0 });
  expect(await work.done("command", one.channel, "cancel", "--wait")).toMatchObject({ code: 0 });
  expect(await first.ended).toBe(1);
  expect(first.stderr()).toContain("another runner named ci took over");
  await work.start("echo");
});

test("a runner that is stopped starts nothing more and cancels what runs, or waits for it with --drain", async () => {
  const recipes = { echo: node(echo, { stdin: true }) };
  const first = await work.runner(recipes);
  const one = await work.start("echo");
  await work.printed(one.channel, "ready");
  first.process.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  expect(await work.stopped(one.channel)).toMatchObject({ exitCode: 0, reason: "its runner was stopped" });
  expect((await work.events("agent:runner-ci", "agent_status")).at(-1)?.data.status).toBe("done");
  expect(await work.done("start", "echo")).toMatchObject({
    code: 1,
    err: expect.stringContaining("no runner is at work"),
  });

  const second = await work.runner(recipes, {}, ["--drain"]);
  const two = await work.start("echo");
  await work.printed(two.channel, "ready");
  second.process.kill("SIGTERM");
  await second.until((text) => text.includes('"stopping"'));
  expect(await work.done("start", "echo", "--runner", "ci")).toMatchObject({
    code: 1,
    err: expect.stringContaining("stopping"),
  });
  expect(await work.done("input", two.channel, "still here")).toMatchObject({ code: 0 });
  await work.printed(two.channel, 'heard "still here\\n"');
  second.process.kill("SIGTERM");
  expect(await second.ended).toBe(0);
  expect(await work.stopped(two.channel)).toMatchObject({ reason: "its runner was stopped" });
});

test("only who may command a runner starts something there; a runner's own key is enough for it to work", async () => {
  const key = async (name: string, ...rights: string[]): Promise<string> => {
    const made = await work.done("keys", "create", name, ...rights, "--data-dir", work.gateway.dataDir);
    expect(made.code, made.err).toBe(0);
    return made.out.trim();
  };
  const own = await key("ci", "--role", "agent", "--agent", "runner-ci");
  await work.runner({ echo: node(echo, { stdin: true }) }, {}, [], { SIGNALBOX_TOKEN: own });
  const asked = async (token: string, name: string, target = "agent:runner-ci") => {
    const answer = await fetch(`${work.gateway.url}/v1/commands`, {
      method: "POST",
      headers: { ...bearer(token), "content-type": "application/json" },
      body: JSON.stringify({ target, name, args: name === "start" ? { recipe: "echo" } : {} }),
    });
    return answer.status;
  };
  const viewer = await key("viewer", "--role", "viewer");
  const elsewhere = await key("elsewhere", "--capability", "agent:runner-other=command,history");
  const operator = await key("operator", "--role", "operator");
  const named = (...commands: string[]): string =>
    tokenOf("ada", { capabilities: [{ channels: "agent:*", verbs: ["command", "history"], commands }] });
  for (const token of [viewer, elsewhere, own, named("pause")]) expect(await asked(token, "start")).toBe(403);
  expect(await asked(named("start"), "cancel")).toBe(403);
  for (const token of [operator, named("start")]) expect(await asked(token, "start")).toBe(202);
  const { channel } = await work.start("echo");
  await work.printed(channel, "ready");
  expect(await asked(viewer, "cancel", channel)).toBe(403);
  expect(await work.done("command", channel, "cancel", "--wait")).toMatchObject({ code: 0 });
});

test("a configuration that is wrong is said with its file and place; a token that is not taken ends the runner", async () => {
  writeFileSync(join(work.folder, "signalbox.runner.json"), '{"recipes": {"a": {"command": "x", "shell": true}}}');
  for (const args of [["runner"], ["runner", "--check"]]) {
    const { code, err } = await work.done(...args);
    expect([code, err]).toEqual([2, expect.stringContaining("signalbox.runner.json: unknown key recipes.a.shell")]);
  }
  writeFileSync(join(work.folder, "signalbox.runner.json"), '{"name": "ci", "recipes": {"a": {"command": "x"}}}');
  expect(await work.done("runner", "--check")).toMatchObject({
    code: 0,
    out: expect.stringContaining("runner ci, 1 recipe (a)"),
  });
  expect(await work.done("runner", "--token", `${work.gateway.token}x`)).toMatchObject({ code: 4 });
});
