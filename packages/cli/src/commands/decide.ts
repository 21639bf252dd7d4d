/** `approve` and `deny`: the decision is about what was looked at, so that nothing else can be approved by it. */
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type CheckpointRow, describeCheckpoint } from "../steering/checkpoints.ts";

interface DecideFlags extends ConnectionFlags {
  reason?: string;
  answer?: string;
  hash?: string;
  json?: true;
}

export function addApprove(program: Command, io: Io): void {
  const command = deciding(program, "approve", "let an agent go on", io)
    .description("Approves what an agent asked. The first decision stands: who comes later is told whose it was.")
    .option("--answer <json>", "an edited answer, where the checkpoint asks for one");
  command.addHelpText(
    "after",
    `
Examples:
  signalbox approve c1
  signalbox approve c1 --answer '{"replicas":2}' --reason 'only two'`,
  );
}

export function addDeny(program: Command, io: Io): void {
  deciding(program, "deny", "keep an agent from going on", io)
    .description("Denies what an agent asked. The first decision stands: who comes later is told whose it was.")
    .addHelpText(
      "after",
      `
Examples:
  signalbox deny c1 --reason 'not on a Friday'`,
    );
}

function deciding(program: Command, decision: "approve" | "deny", summary: string, io: Io): Command {
  const command = program
    .command(decision)
    .summary(summary)
    .argument("<id>", "the checkpoint's id, as `signalbox approvals` prints it")
    .option("--reason <text>", "why")
    .option("--hash <hash>", "the payloadHash that was looked at (default: the present one's)")
    .option("--json", "print the checkpoint as JSON");
  return withConnection(command).action((id: string, flags: DecideFlags) => decide(id, decision, flags, io));
}

async function decide(id: string, decision: string, flags: DecideFlags, io: Io): Promise<void> {
  const answer = answerOf(flags);
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const path = `/v1/checkpoints/${encodeURIComponent(id)}`;
    const payloadHash = flags.hash ?? (await client.request<CheckpointRow>(path)).payloadHash;
    const reason = flags.reason === undefined ? {} : { reason: flags.reason };
    const body = { decision, payloadHash, ...reason, ...answer };
    const row = await client.request<CheckpointRow>(`${path}/decision`, { method: "POST", body });
    io.out.line(flags.json ? JSON.stringify(row) : describeCheckpoint(row, Date.now(), io.out.paint));
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

function answerOf({ answer }: DecideFlags): { answer?: unknown } {
  if (answer === undefined) return {};
  try {
    return { answer: JSON.parse(answer) };
  } catch {
    throw new Failure("--answer is not JSON", `Quote it for the shell: '{"replicas":2}'.`, exitCodes.usage);
  }
}
