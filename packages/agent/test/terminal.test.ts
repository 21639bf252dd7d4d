import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { spawnPty } from "../src/pty.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";

let root: string;
let server: ScriptedGateway;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "signalbox-terminal-"));
  server = await ScriptedGateway.start();
});

afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

test.each(["pipes", "pty"])("at a terminal, with %s: keys and Ctrl-C reach the command, each once", async (how) => {
  const agent = join(import.meta.dirname, "agent-in-terminal.ts");
  const terminal = await spawnPty(
    {
      command: process.execPath,
      args: ["--conditions=source", agent, server.url, root, how],
      cwd: root,
      env: process.env,
      stdin: "ignore",
      ownGroup: false,
    },
    { columns: 101, rows: 33 },
  );
  let screen = "";
  let look = (): void => undefined;
  terminal.outputs[0]?.read(
    (chunk) => {
      screen += Buffer.from(chunk).toString("utf8");
      look();
    },
    () => look(),
  );
  const shows = (text: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (screen.includes(text)) resolve();
      };
      look();
    });
  await shows("ready");
  terminal.write("hello\r");
  // In pipes the command does not see the terminal's width; in a pseudo-terminal of its own it has the same.
  await shows(`heard hello, ${how === "pty" ? 101 : "undefined"}`);
  terminal.write("\u0003");
  await shows("exit 9");
  expect(screen).toContain("interrupts: 1\r");
  await terminal.exit;
  // In its own pseudo-terminal the command's line begins with the echo of the key.
  expect(server.outputs()).toContain(how === "pty" ? "^Cinterrupts: 1" : "interrupts: 1");
});
