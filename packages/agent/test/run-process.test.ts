import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flushSpools } from "../src/flush.ts";
import { longestPiece } from "../src/lines.ts";
import { type RunOptions, type RunStatus, runProcess } from "../src/run-process.ts";
import { listSpools } from "../src/spool-root.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";

let root: string;
let server: ScriptedGateway;

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-run-")));
  server = await ScriptedGateway.start();
});

afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const options = (script: string, more: Partial<RunOptions> = {}): RunOptions => ({
  command: process.execPath,
  args: ["-e", script],
  processId: "p1",
  gateway: server.gateway,
  url: server.url,
  spool: { root: join(root, "spool") },
  random: () => 0,
  ...more,
});

const types = (): string[] => server.kept.map((event) => event.type);
const ofType = (type: string): Array<Record<string, unknown>> =>
  server.kept.filter((event) => event.type === type).map((event) => event.data);

/** Collects what it is given; `slow` makes every write ask to wait. */
function sink(slow = false): { sink: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: slow ? 1 : 65_536,
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
  });
  return { sink: stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

describe("runProcess", () => {
  test("X1 publishes start, each line and the end of a real command", async () => {
    const out = sink();
    const err = sink();
    const result = await runProcess(
      options('console.log("one\\u001b[31m red\\u001b[0m"); console.error("oops"); process.exitCode = 3', {
        name: "a test",
        cwd: root,
        agentId: "coder-001",
        sessionId: "s1",
        tags: { team: "blue" },
        stdout: out.sink,
        stderr: err.sink,
      }),
    );
    expect(result).toMatchObject({
      processId: "p1",
      exitCode: 3,
      signal: null,
      lines: 2,
      left: 0,
      startError: undefined,
    });
    expect(types()[0]).toBe("process_started");
    expect(types().at(-1)).toBe("process_stopped");
    expect(ofType("process_started")[0]).toMatchObject({
      processId: "p1",
      command: process.execPath,
      name: "a test",
      cwd: root,
      host: hostname(),
      agentId: "coder-001",
      sessionId: "s1",
    });
    expect(ofType("process_output")).toContainEqual({
      processId: "p1",
      stream: "stdout",
      output: "one\u001b[31m red\u001b[0m",
      line: expect.any(Number),
    });
    expect(ofType("process_output").map((data) => data.line)).toEqual([1, 2]);
    expect(ofType("process_stopped")[0]).toMatchObject({ exitCode: 3, signal: null, lines: 2 });
    expect(server.kept.every((event) => event.channel === "process:p1" && event.metadata.tags?.team === "blue")).toBe(
      true,
    );
    expect(out.text()).toBe("one\u001b[31m red\u001b[0m\n");
    expect(err.text()).toBe("oops\n");
    expect(readdirSync(join(root, "spool"))).toEqual([]);
  });

  test("keeps 10,000 lines once each and in order while the gateway fails again and again", async () => {
    server.faults = ["before", "after", "half", "page", "half"];
    const result = await runProcess(options('for (let i = 1; i <= 10000; i++) console.log("line " + i)'));
    expect(result).toMatchObject({ exitCode: 0, lines: 10_000, left: 0 });
    expect(server.outputs()).toEqual(Array.from({ length: 10_000 }, (_, i) => `line ${i + 1}`));
  }, 60_000);

  test("a slow reader of the copied output holds the command back and loses nothing", async () => {
    const out = sink(true);
    await runProcess(options('for (let i = 0; i < 3000; i++) console.log("x".repeat(100) + i)', { stdout: out.sink }));
    expect(server.outputs()).toHaveLength(3_000);
    expect(out.text().trimEnd().split("\n")).toEqual(server.outputs());
  });

  test("a full spool holds the command back until the gateway is there again", async () => {
    let away = true;
    const statuses: RunStatus[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const run = runProcess(
      options('for (let i = 0; i < 20000; i++) console.log("y".repeat(200) + i)', {
        spool: { root: join(root, "spool"), maxBytes: 200_000 },
        gateway: {
          fetch: (path, init) => (away ? Promise.reject(new Error("away")) : server.gateway.fetch(path, init)),
        },
        onStatus: (status) => {
          statuses.push(status);
          if (status.held) release();
        },
      }),
    );
    await held;
    expect(listSpools(join(root, "spool"))[0]?.bytes).toBeLessThan(1_000_000);
    away = false;
    const result = await run;
    expect(result).toMatchObject({ exitCode: 0, lines: 20_000, left: 0 });
    expect(server.outputs().map((line) => Number(line.slice(200)))).toEqual(
      Array.from({ length: 20_000 }, (_, i) => i),
    );
  }, 60_000);

  test("a line of a megabyte comes in parts; a character cut between two writes stays whole", async () => {
    await runProcess(
      options(`
        process.stdout.write("x".repeat(1_000_000) + "\\n");
        const euro = Buffer.from("€uro\\n");
        process.stdout.write(euro.subarray(0, 1), () => setTimeout(() => process.stdout.write(euro.subarray(1)), 20));
      `),
    );
    const outputs = ofType("process_output");
    const long = outputs.filter((data) => data.line === 1);
    expect(long.map((data) => data.output).join("")).toBe("x".repeat(1_000_000));
    expect(long.map((data) => data.partial)).toEqual([
      ...Array(Math.ceil(1_000_000 / longestPiece) - 1).fill(true),
      undefined,
    ]);
    expect(outputs.at(-1)).toMatchObject({ output: "€uro", line: 2 });
  });

  test("a prompt without a newline is published when the command goes quiet", async () => {
    const run = runProcess(
      options(
        'process.stdout.write("Sure? "); process.on("SIGTERM", () => { console.log("yes"); process.exit() }); setInterval(() => {}, 1e6)',
        { stop: stop.signal },
      ),
    );
    await server.until(() => server.outputs().length > 0);
    expect(ofType("process_output")).toEqual([
      { processId: "p1", stream: "stdout", output: "Sure? ", line: 1, partial: true },
    ]);
    stop.abort();
    await run;
    expect(ofType("process_output")[1]).toMatchObject({ output: "yes", line: 1 });
  });

  test("a command that does not exist is an error event with the system's code", async () => {
    const result = await runProcess(options("", { command: "no-such-program-anywhere", args: [] }));
    expect(result.startError?.code).toBe("ENOENT");
    expect(types()).toEqual(["process_error"]);
    expect(ofType("process_error")[0]).toMatchObject({ processId: "p1", code: "ENOENT" });
  });

  test("the signal that ended a command is named", async () => {
    const result = await runProcess(options('process.kill(process.pid, "SIGKILL")'));
    expect(result).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(ofType("process_stopped")[0]).toMatchObject({ exitCode: null, signal: "SIGKILL" });
  });

  test("a descendant that keeps the pipes open does not keep the run open", async () => {
    const result = await runProcess(
      options("", { command: "sh", args: ["-c", "sleep 600 & echo $!; exit 4"], env: { PATH: process.env.PATH } }),
    );
    const sleeper = Number(server.outputs()[0]);
    process.kill(sleeper, "SIGKILL");
    expect(result).toMatchObject({ exitCode: 4, lines: 1 });
  });

  test("with nobody reading our own output the command ends as in any pipe", async () => {
    const closed = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const result = await runProcess(options("", { command: "yes", args: [], stdout: closed }));
    expect(result.signal ?? result.exitCode).toSatisfy((end) => end === "SIGPIPE" || end === 1);
  });

  test("samples CPU and memory of the command and its children", async () => {
    const run = runProcess(
      options(
        'require("node:child_process").spawn(process.execPath, ["-e", "for(;;);"]); process.on("SIGTERM", () => process.exit(0))',
        { stop: stop.signal },
      ),
    );
    await server.until(() => ofType("process_metric").length > 0);
    stop.abort();
    await run;
    const [metric] = ofType("process_metric");
    expect(metric?.processes).toBe(2);
    expect(metric?.memoryBytes).toBeGreaterThan(10_000_000);
    expect(metric?.cpuPercent).toBeGreaterThan(1);
  });

  test("in a pseudo-terminal the command sees one, and there is one stream", async () => {
    const result = await runProcess(
      options('console.log("tty " + process.stdout.isTTY); console.error("err"); process.exitCode = 5', { pty: true }),
    );
    expect(result).toMatchObject({ exitCode: 5, signal: null, lines: 2 });
    expect(ofType("process_output").map(({ stream, output }) => [stream, output])).toEqual([
      ["pty", "tty true"],
      ["pty", "err"],
    ]);
    expect(ofType("process_started")[0]).toMatchObject({ pty: true, columns: expect.any(Number) });
  });

  test("in a pseudo-terminal too, a command that does not exist is an error", async () => {
    const result = await runProcess(options("", { command: "no-such-program-anywhere", pty: true }));
    expect(result.startError?.code).toBe("ENOENT");
  });
});

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});

describe("when the gateway is away", () => {
  test("what is left at the end stays in the spool, and a flush sends it", async () => {
    const leave = new AbortController();
    const result = await runProcess(
      options('console.log("a"); console.log("b")', {
        gateway: { fetch: () => Promise.reject(new Error("away")) },
        leave: leave.signal,
        onStatus: (status) => {
          if (status.phase === "sending") leave.abort();
        },
      }),
    );
    expect(result).toMatchObject({ exitCode: 0, lines: 2, left: 4 });
    // This process still lives, so its spool is its own: as a later process would see it, it is not.
    const spool = listSpools(join(root, "spool"))[0];
    expect(spool).toMatchObject({ waiting: 4, inUse: true });
    const aboutPath = join(spool?.directory ?? "", "about.json");
    writeFileSync(aboutPath, JSON.stringify({ ...spool?.about, owner: { pid: 0x3fffffff } }));

    expect(await flushSpools({ gateway: server.gateway, url: "http://elsewhere", root: join(root, "spool") })).toEqual(
      [],
    );
    const flushed = await flushSpools({ gateway: server.gateway, url: server.url, root: join(root, "spool") });
    expect(flushed).toMatchObject([{ sent: 4, left: 0 }]);
    expect(types()).toEqual(["process_started", "process_output", "process_output", "process_stopped"]);
    expect(readdirSync(join(root, "spool"))).toEqual([]);
  });

  test("a killed agent's lines are sent by the next one, and its process is said to be lost", async () => {
    server.faults = Array(1_000).fill({ error: "unavailable" });
    const agent = spawn(
      process.execPath,
      ["--conditions=source", join(import.meta.dirname, "agent-to-kill.ts"), server.url, join(root, "spool")],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let seen = "";
    await new Promise<void>((resolve) => {
      agent.stdout.on("data", (chunk) => {
        seen += chunk;
        if (seen.includes("line 500\n")) resolve();
      });
    });
    agent.kill("SIGKILL");
    await new Promise((resolve) => agent.once("exit", resolve));
    server.faults = [];
    await flushSpools({ gateway: server.gateway, url: server.url, root: join(root, "spool") });
    const outputs = server.outputs();
    expect(outputs.length).toBeGreaterThanOrEqual(500);
    expect(outputs).toEqual(outputs.map((_, i) => `line ${i + 1}`));
    expect(server.kept.at(-1)).toMatchObject({ type: "process_stopped", data: { exitCode: null, signal: null } });
    expect(String(server.kept.at(-1)?.data.reason)).toContain("lost");
    expect(readdirSync(join(root, "spool"))).toEqual([]);
  });
});
