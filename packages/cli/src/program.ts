/** All commands, put together. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addAlerts } from "./commands/alerts.ts";
import { addApprovals } from "./commands/approvals.ts";
import { addAudit } from "./commands/audit.ts";
import { addBudget } from "./commands/budget.ts";
import { addBudgets } from "./commands/budgets.ts";
import { addChannels } from "./commands/channels.ts";
import { addCommand } from "./commands/command.ts";
import { addCommands } from "./commands/commands.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConnections } from "./commands/connections.ts";
import { addApprove, addDeny } from "./commands/decide.ts";
import { addDemo } from "./commands/demo.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDrive } from "./commands/drive.ts";
import { addInput } from "./commands/input.ts";
import { addKeys } from "./commands/keys.ts";
import { addNodes } from "./commands/nodes.ts";
import { addPublish } from "./commands/publish.ts";
import { addRevoke } from "./commands/revoke.ts";
import { addRun } from "./commands/run.ts";
import { addRunner } from "./commands/runner.ts";
import { addSearch } from "./commands/search.ts";
import { addServe } from "./commands/serve.ts";
import { addSpool } from "./commands/spool.ts";
import { addStart } from "./commands/start.ts";
import { addStop } from "./commands/stop.ts";
import { addTail } from "./commands/tail.ts";
import { addTop } from "./commands/top.ts";
import { addWebhooks } from "./commands/webhooks.ts";
import { addWho } from "./commands/who.ts";
import { exitCodesHelp } from "./failure.ts";
import type { Io } from "./io.ts";

export function createProgram(io: Io): Command {
  const program = new Command("signalbox")
    .description("Watch and steer software agents, live: every command, log and test of a fleet, on any screen.")
    .version(versionOf(), "--version", "print the version")
    // What stands after a command's own arguments belongs to it: `run` passes it on.
    .enablePositionalOptions()
    .showHelpAfterError("(--help shows how it is used)")
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      getOutHasColors: () => io.out.paint.isColorSupported,
      getErrHasColors: () => io.err.paint.isColorSupported,
    })
    .addHelpText(
      "after",
      `
First steps:
  signalbox serve                    start the gateway, open the link it prints
  signalbox run -- npm test          in another terminal: run anything, watch it live
  signalbox demo                     or see a small fleet at work

Which gateway: --url and --token, else SIGNALBOX_URL and SIGNALBOX_TOKEN, else the one that runs on this machine.

${exitCodesHelp}`,
    );
  for (const add of commands) add(program, io);
  // Settings are inherited only by commands that are made after them, with all of theirs.
  for (const command of allOf(program)) command.exitOverride().copyInheritedSettings(program);
  return program;
}

const commands = [
  addServe,
  addRun,
  addRunner,
  addStart,
  addTail,
  addPublish,
  addChannels,
  addTop,
  addConnections,
  addNodes,
  addAudit,
  addSearch,
  addCommand,
  addCommands,
  addInput,
  addAlerts,
  addApprovals,
  addApprove,
  addDeny,
  addStop,
  addBudget,
  addBudgets,
  addWho,
  addDrive,
  addWebhooks,
  addDemo,
  addDoctor,
  addSpool,
  addKeys,
  addRevoke,
  addCompletion,
];

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "0.0.0";
}
