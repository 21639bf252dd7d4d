import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type CheckpointRow, describeCheckpoint } from "../steering/checkpoints.ts";
import { pagesOf } from "../steering/pages.ts";

interface ApprovalsFlags extends ConnectionFlags {
  state: string;
  json?: true;
}

export function addApprovals(program: Command, io: Io): void {
  const command = program
    .command("approvals")
    .summary("list what waits for a decision")
    .description("Lists checkpoints: those that wait for somebody to decide, unless --state says otherwise.")
    .argument("[channel]", "only those of this channel, or of this pattern")
    .option("--state <state>", "open, decided, expired, withdrawn or all", "open")
    .option("--json", "print each as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox approvals
  signalbox approvals 'execution:*' --state all
  signalbox approvals --json | jq -r .checkpointId`,
    );
  withConnection(command).action((channel: string | undefined, flags: ApprovalsFlags) => list(channel, flags, io));
}

async function list(channel: string | undefined, { state, json, ...flags }: ApprovalsFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const query = { ...(channel === undefined ? {} : { channel }), ...(state === "all" ? {} : { state }) };
    let count = 0;
    for await (const page of pagesOf<CheckpointRow>(client, "checkpoints", query)) {
      for (const row of page) {
        count++;
        io.out.line(json ? JSON.stringify(row) : describeCheckpoint(row, Date.now(), io.out.paint));
      }
    }
    if (count === 0 && !json) io.err.line(state === "open" ? "nothing waits for a decision" : "no checkpoints");
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}
