import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cli } from "./cli.ts";

let cli: Cli;
let gateway: Awaited<ReturnType<Cli["serve"]>>;

beforeAll(async () => {
  cli = new Cli();
  gateway = await cli.serve();
});

afterAll(() => cli.remove());

describe("serve", () => {
  test("§8 prints one line of JSON when ready, and nothing else on stdout", async () => {
    expect(gateway).toMatchObject({ host: "127.0.0.1", url: `http://127.0.0.1:${gateway.port}` });
    expect(gateway.token.length).toBeGreaterThan(20);
  });

  test("leaves its address and token for other commands, readable by the owner only", () => {
    for (const path of [join(cli.cwd, ".signalbox", "gateway.json"), join(cli.home, ".signalbox", "gateway.json")]) {
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
        url: gateway.url,
        token: gateway.token,
        pid: gateway.running.child.pid,
      });
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
  });

  test("with a port that is taken: takes the next one and says so, unless the port was asked for", async () => {
    const other = join(cli.home, "other");
    const asked = await cli.run(["serve", "--port", String(gateway.port), "--data-dir", other]);
    expect(asked).toMatchObject({ code: 1, stdout: "" });
    expect(asked.stderr).toContain(`port ${gateway.port} is taken`);
    expect(asked.stderr).toContain("--port N");
  });

  test("a data directory in use is said, with by whom", async () => {
    const { code, stderr } = await cli.run(["serve", "--port", "0"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`in use by another gateway (pid ${gateway.running.child.pid})`);
  });

  test("a wrong configuration is wrong usage, and named", async () => {
    const { code, stderr } = await cli.run(["serve"], { env: { SIGNALBOX_PORT: "many" } });
    expect(code).toBe(2);
    expect(stderr).toContain("port");
  });

  test("a certificate without its key, or that is none, is wrong usage, and named", async () => {
    const alone = await cli.run(["serve", "--tls-cert", "a.pem"]);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining("need each other") });
    const free = ["serve", "--port", "0", "--data-dir", join(cli.home, "third")];
    const missing = await cli.run([...free, "--tls-cert", "none.pem", "--tls-key", "none.key"]);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("none.pem") });
  });

  test("stops on SIGTERM with exit code 0 and takes its file away", async () => {
    const dataDir = join(cli.home, "second");
    const second = await cli.serve("--data-dir", dataDir);
    expect(existsSync(join(dataDir, "gateway.json"))).toBe(true);
    // The one at home belongs to the first, which runs.
    expect(JSON.parse(readFileSync(join(cli.home, ".signalbox", "gateway.json"), "utf8")).url).toBe(gateway.url);
    second.running.child.kill("SIGTERM");
    expect((await second.running.done).code).toBe(0);
    expect(existsSync(join(dataDir, "gateway.json"))).toBe(false);
  });

  test("prints a link that opens the dashboard", async () => {
    const people = cli.start(["serve", "--port", "0", "--data-dir", join(cli.home, "people")]);
    expect(await people.out(/Ctrl-C/)).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+\n/);
    people.child.kill("SIGINT");
    expect((await people.done).code).toBe(0);
  });
});

describe("run", () => {
  test("B9 copies output as it is, passes input and the exit code on, and says where to watch", async () => {
    const done = await cli.run(
      ["run", "--id", "copy", "--", "sh", "-c", "cat; printf 'no newline'; echo oops >&2; exit 3"],
      {
        input: "from stdin\n",
      },
    );
    expect(done).toMatchObject({ code: 3, stdout: "from stdin\nno newline" });
    expect(done.stderr).toContain(`${gateway.url}/processes/copy\n`);
    expect(done.stderr).toContain("oops\n");
    const tail = await cli.run(["tail", "process:copy", "--no-follow", "--types", "process_output"]);
    expect(tail.stdout.split("\n").sort()).toEqual(["", "from stdin", "no newline", "oops"]);
  });

  test("ends as a shell would say it: 127, 126, 128 + signal", async () => {
    expect((await cli.run(["run", "--", "no-such-command"])).code).toBe(127);
    expect((await cli.run(["run", "--", "/etc/passwd"])).code).toBe(126);
    expect((await cli.run(["run", "--", "sh", "-c", "kill -TERM $$"])).code).toBe(143);
  });

  test("passes flags after -- on untouched, and keeps quiet if asked", async () => {
    const done = await cli.run(["run", "--quiet", "--", "echo", "--json", "--help", "-x"]);
    expect(done).toEqual({ code: 0, stdout: "--json --help -x\n", stderr: "" });
  });

  test("passes SIGTERM on to the command and its children, and publishes how it ended", async () => {
    const run = cli.start(["run", "--id", "stopped", "--", "sh", "-c", "echo ready; sleep 600 & wait"]);
    await run.out(/ready/);
    run.child.kill("SIGTERM");
    expect((await run.done).code).toBe(143);
    const tail = await cli.run(["tail", "process:stopped", "--no-follow", "--json", "--types", "process_stopped"]);
    expect(JSON.parse(tail.stdout).data).toMatchObject({ exitCode: null, signal: "SIGTERM" });
  });

  test("a second SIGINT kills a command that ignores the first", async () => {
    const run = cli.start(["run", "--", "sh", "-c", "trap 'echo got it' INT; echo ready; while :; do sleep 0.1; done"]);
    await run.out(/ready/);
    run.child.kill("SIGINT");
    await run.out(/got it/);
    run.child.kill("SIGINT");
    expect((await run.done).code).toBe(137);
  });

  test("says it as JSON on stderr with --json", async () => {
    const done = await cli.run(["run", "--json", "--id", "j1", "--tag", "team=blue", "--", "true"]);
    const [begun, ended] = done.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(begun).toEqual({ processId: "j1", channel: "process:j1", url: `${gateway.url}/processes/j1` });
    expect(ended).toMatchObject({ processId: "j1", exitCode: 0, signal: null, lines: 0, left: 0 });
  });

  test("without any gateway says what to do, and does not start the command", async () => {
    const elsewhere = new Cli();
    const done = await elsewhere.run(["run", "--", "echo", "started"]);
    await elsewhere.remove();
    expect(done).toMatchObject({ code: 3, stdout: "" });
    expect(done.stderr).toContain("signalbox serve");
  });
});

describe("publish, channels, search", () => {
  test("publish prints the position; the same key twice keeps one event", async () => {
    const args = ["publish", "agent:pub", "agent_status", '{"agentId":"pub","status":"busy"}', "--key", "k1", "--json"];
    const first = JSON.parse((await cli.run(args)).stdout);
    expect(first).toMatchObject({ channel: "agent:pub", offset: 1, duplicate: false });
    expect(JSON.parse((await cli.run(args)).stdout)).toMatchObject({ offset: 1, duplicate: true });
    const { stdout } = await cli.run(["publish", "agent:pub", "agent_status", "-"], {
      input: '{"agentId":"pub","status":"idle"}',
    });
    expect(stdout).toBe(`agent:pub ${first.epoch}:2\n`);
  });

  test("publish names the rule that an event breaks", async () => {
    const { code, stderr } = await cli.run(["publish", "agent:pub", "agent_status", '{"agentId":"pub"}']);
    expect(code).toBe(1);
    expect(stderr).toContain("/data/status");
  });

  test("publish calls wrong JSON and wrong channels wrong usage", async () => {
    expect((await cli.run(["publish", "agent:pub", "x", "{oops"])).code).toBe(2);
    expect((await cli.run(["publish", "no spaces", "x"])).code).toBe(2);
  });

  test("top shows states once, as JSON, and as they change", async () => {
    const say = (progress: number) =>
      cli.run([
        "publish",
        "agent:top-1",
        "agent_status",
        JSON.stringify({ agentId: "top-1", status: "busy", currentTask: { id: "t", progress } }),
      ]);
    await say(41);
    const { stdout, code } = await cli.run(["top", "agent:top-*"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CHANNEL +STATE +PROGRESS .*\nagent:top-1 +busy +41 % /);
    const running = cli.start(["top", "agent:top-*", "--json"]);
    await running.out(/"progress":41/);
    await say(42);
    await running.out(/"progress":42/);
    running.child.kill("SIGINT");
    expect((await running.done).code).toBe(0);
    expect((await cli.run(["top", "nowhere:*", "--once"])).code).toBe(1);
    expect((await cli.run(["top", "no pattern"])).code).toBe(2);
  });

  test("channels lists what there is, as a table or JSON", async () => {
    await cli.run(["publish", "user:u1", "system_notification", '{"message":"hello"}']);
    const { stdout } = await cli.run(["channels", "user:*", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ channel: "user:u1", offset: 1 });
    expect((await cli.run(["channels", "user:*"])).stdout).toMatch(/^CHANNEL +EVENTS .*\nuser:u1 +1 /);
  });

  test("§18.5 audit shows who did what, checks the chain, and follows", async () => {
    const following = cli.start(["audit", "--follow", "--json", "--last", "9"]);
    await following.out(/gateway_started/);
    await cli.run(["command", "agent:audited", "pause"]);
    await following.out(/"target":"agent:audited"/);
    const { stdout } = await cli.run(["audit", "--target", "agent:audited"]);
    expect(stdout).toMatch(/user:admin +command_queued +agent:audited +ok +127\.0\.0\.1 .*name=pause/);
    const json = await cli.run(["audit", "--target", "agent:audited", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ who: "user:admin", what: "command_queued" });
    const verified = await cli.run(["audit", "--verify"]);
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/entries: the chain holds, up to [0-9a-f]{64}/),
    });
    following.child.kill("SIGINT");
    expect((await following.done).code).toBe(0);
  });

  test("connections lists who is connected and how they fare, as a table or JSON", async () => {
    const tail = cli.start(["tail", "user:*"]);
    const rows = async () => (await cli.run(["connections", "--json"])).stdout.split("\n").filter(Boolean);
    await expect.poll(async () => (await rows()).length, { timeout: 20_000 }).toBe(1);
    const [row = ""] = await rows();
    expect(JSON.parse(row)).toMatchObject({ transport: "websocket", principal: { id: "admin" }, behind: 0 });
    const { stdout } = await cli.run(["connections"]);
    expect(stdout).toMatch(/^WHO +ADDRESS .* NOT SENT\nuser admin +127\.0\.0\.1 +websocket .* 64 KiB +0 +0\n$/);
    tail.child.kill();
    await tail.done;
  });

  test("nodes lists the gateway, and says that it is alone", async () => {
    const { stdout, stderr } = await cli.run(["nodes"]);
    expect(stdout).toMatch(/^NODE +VERSION .* SILENT\n\S+ +\S+ +ready +http:\/\/127\.0\.0\.1:\d+ /);
    expect(stderr).toContain("a store of its own");
    expect(JSON.parse((await cli.run(["nodes", "--json"])).stdout)).toMatchObject({ state: "ready" });
  });

  test("search finds words in what was published", async () => {
    await cli.run(["run", "--id", "needle", "--", "echo", "an unmistakable haystackneedle"]);
    const { stdout } = await cli.run(["search", "haystackneedle", "--types", "process_output", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      channel: "process:needle",
      data: { output: "an unmistakable haystackneedle" },
    });
    expect((await cli.run(["search", "haystackneedle"])).stdout).toContain("| an unmistakable haystackneedle");
    expect(await cli.run(["search", "nothinghasthis"])).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("tail", () => {
  test.each(["websocket", "sse", "poll"])("B1 follows a process to its end over %s", async (transport) => {
    const id = `follow-${transport}`;
    await cli.run(["run", "--id", id, "--", "sh", "-c", "seq 1 500"]);
    const args = ["tail", `process:${id}`, "--since", "earliest", "--types", "process_output,process_stopped"];
    const done = await cli.run([...args, "--until-stopped", "--transport", transport]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout.split("\n").slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, i) => String(i + 1)));
  });

  test("shows live what is published, of all channels of a pattern", async () => {
    const tail = cli.start(["tail", "workflow:*", "--json"]);
    await cli.run(["publish", "workflow:w1", "custom_step", '{"n":1}']);
    await tail.out(/"n":1/);
    // It follows now. A channel created later comes from its first event.
    await cli.run(["publish", "workflow:w2", "custom_step", '{"n":2}']);
    const messages = (await tail.out(/"n":2/))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(messages).toMatchObject([
      { channel: "workflow:w1", offset: 1, data: { n: 1 } },
      { channel: "workflow:w2", offset: 1, data: { n: 2 } },
    ]);
    tail.child.kill("SIGINT");
    expect(await tail.done).toMatchObject({ code: 0, stderr: "" });
  });

  test("--resume goes on where the last run with that name stopped", async () => {
    const tail = async () => (await cli.run(["tail", "global", "--no-follow", "--resume", "r1", "--last", "1"])).stdout;
    for (const n of [1, 2]) await cli.run(["publish", "global", "custom_note", `{"n":${n}}`]);
    expect(await tail()).toMatch(/^\S+ global custom_note n=2\n$/);
    expect(await tail()).toBe("");
    for (const n of [3, 4]) await cli.run(["publish", "global", "custom_note", `{"n":${n}}`]);
    expect((await tail()).match(/n=\d/g)).toEqual(["n=3", "n=4"]);
    expect(
      JSON.parse(readFileSync(join(cli.home, ".local/state/signalbox/tail/r1.json"), "utf8")).channels.global.offset,
    ).toBe(4);
  });

  test("refuses what is neither a channel nor a pattern, and names an unknown namespace", async () => {
    expect((await cli.run(["tail", "NO"])).code).toBe(2);
    const { code, stderr } = await cli.run(["tail", "nowhere:x"]);
    expect(code).toBe(1);
    expect(stderr).toContain("nowhere");
  });

  test("ends quietly when its reader has enough", async () => {
    const tail = cli.start(["tail", "process:follow-sse", "--since", "earliest"]);
    await tail.out(/\n/);
    tail.child.stdout.destroy();
    await cli.run(["run", "--id", "follow-sse", "--", "echo", "more"]);
    expect(await tail.done).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("exit codes", () => {
  test("2: wrong usage", async () => {
    const wrong = [["nonsense"], ["tail"], ["serve", "--port", "x"], ["tail", "global", "--transport", "pigeon"]];
    const done = await Promise.all(wrong.map((args) => cli.run(args)));
    expect(done.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  });

  test("3: the gateway cannot be reached", async () => {
    // Nobody listens on the discard port.
    const nowhere = ["--url", "http://127.0.0.1:9", "--token", "t"];
    for (const args of [["channels"], ["search", "x"], ["publish", "global", "x"], ["tail", "global", "--no-follow"]]) {
      const done = await cli.run([...args, ...nowhere]);
      expect(done.code).toBe(3);
      expect(done.stderr).toContain("http://127.0.0.1:9");
    }
  });

  test("4: not allowed", async () => {
    for (const args of [["channels"], ["publish", "global", "x"], ["tail", "global"]]) {
      expect((await cli.run([...args, "--token", "wrong"])).code).toBe(4);
    }
  });
});

describe("doctor", () => {
  test("passes beside a running gateway, with a check of each kind", async () => {
    const { code, stdout } = await cli.run(["doctor", "--json"]);
    const report = JSON.parse(stdout);
    expect(report.ok).toBe(true);
    expect(code).toBe(0);
    expect(report.checks.map((check: { name: string }) => check.name)).toEqual([
      ...[
        "node",
        "sqlite",
        "gateway",
        "token",
        "transports",
        "clock",
        "data directory",
        "spool",
        "pseudo-terminal",
        "browser",
      ],
      "configuration",
    ]);
    for (const check of report.checks) if (check.status !== "ok") expect(check.mend).toBeTruthy();
  });

  test("fails with a wrong token and a gateway that is not there, and says how to mend it", async () => {
    const wrong = await cli.run(["doctor", "--token", "wrong"]);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/FAIL +token: .*\n +→ /);
    const absent = await cli.run(["doctor", "--url", "http://127.0.0.1:9"]);
    expect(absent.code).toBe(1);
    expect(absent.stdout).toMatch(/FAIL +gateway: .*\n +→ .*signalbox serve/);
  });
});

test("demo: three agents really work, and end cleanly with Ctrl-C", async () => {
  const demo = cli.start(["demo"]);
  await demo.out(/ green, /);
  demo.child.kill("SIGINT");
  expect(await demo.done).toMatchObject({ code: 0, stderr: "" });
  const { stdout } = await cli.run([
    "tail",
    "agent:demo-*",
    "session:demo-*",
    "process:demo-*",
    "--no-follow",
    "--json",
    "--since",
    "earliest",
  ]);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const of = (type: string) => events.filter((event) => event.type === type);
  expect(of("test_result").some((event) => event.data.failing > 0)).toBe(true);
  expect(of("test_result").some((event) => event.data.failing === 0 && event.data.passing > 0)).toBe(true);
  expect(new Set(of("agent_status").map((event) => event.data.agentId)).size).toBe(3);
  expect(of("session_started")).toHaveLength(1);
  expect(of("session_stopped")).toHaveLength(1);
  const started = of("process_started").length;
  expect(started).toBeGreaterThanOrEqual(4);
  expect(of("process_stopped")).toHaveLength(started);
});
