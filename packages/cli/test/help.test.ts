import { execFileSync } from "node:child_process";
import { Writable } from "node:stream";
import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { outOf, systemIo } from "../src/io.ts";
import { createProgram } from "../src/program.ts";

async function output(...args: string[]): Promise<string> {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const out = outOf(stream, false, {});
  try {
    await createProgram({ ...systemIo(), out }).parseAsync(["node", "signalbox", ...args]);
  } catch (error) {
    // Help ends a program; so commander tells it.
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
  return text;
}

const commands = [
  ...[
    "serve",
    "run",
    "runner",
    "start",
    "tail",
    "publish",
    "channels",
    "top",
    "connections",
    "audit",
    "nodes",
    "search",
    "demo",
    "doctor",
    "spool",
    "keys",
  ],
  ...["revoke", "command", "commands", "input", "approvals", "approve", "deny"],
  ...["stop", "budget", "budgets", "who", "drive", "webhooks", "completion"],
];

describe("help", () => {
  test.each(["", ...commands, "spool list", "spool flush", "keys create", "keys list", "keys revoke", "webhooks add"])(
    "signalbox %s --help says what it does",
    async (command) => {
      const help = await output(...command.split(" ").filter((word) => word !== ""), "--help");
      expect(help).toMatch(/^Usage: signalbox/);
      expect(help).toMatchSnapshot();
    },
  );

  test.each(commands)("%s teaches by examples", async (command) => {
    expect(await output(command, "--help")).toContain(`\nExamples:\n  `);
  });

  test("the exit codes are documented", async () => {
    expect(await output("--help")).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 /);
  });
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("for %s knows all commands and their flags", async (shell) => {
    const script = await output("completion", shell);
    for (const word of [...commands, "flush", "until-stopped", "spool-limit"]) expect(script).toContain(word);
  });

  test.each([
    [
      "signalbox ''",
      "serve run runner start tail publish channels top connections nodes audit search command commands input alerts approvals approve deny stop budget budgets who drive webhooks demo doctor spool keys revoke completion --version --help",
    ],
    ["signalbox spool fl", "flush"],
    ["signalbox tail process:p1 --res", "--resume"],
    ["signalbox spool flush --al", "--all"],
    ["signalbox keys ''", "create list revoke --help"],
    ["signalbox keys create ci --cap", "--capability"],
    ["signalbox revoke --su", "--subject"],
  ])("in a real bash: %s", async (typed, expected) => {
    const script = await output("completion", "bash");
    const ask = `COMP_WORDS=(${typed}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _signalbox; echo "\${COMPREPLY[*]}"`;
    expect(execFileSync("bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" })).toBe(`${expected}\n`);
  });
});
