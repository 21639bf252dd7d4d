import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type DriverRow, describeDriver, driverPath } from "../steering/driver.ts";

interface DriveFlags extends ConnectionFlags {
  take?: true;
  release?: true;
  give?: string;
  json?: true;
}

export function addDrive(program: Command, io: Io): void {
  const command = program
    .command("drive")
    .summary("drive an agent or a browser, give it to somebody, or release it")
    .description(
      "Makes you the one who drives: input of others is refused from then on. It fails when somebody else drives, unless " +
        "--take says otherwise. Who drives, gives no input and is in no page that shows the channel has left after 30 s.",
    )
    .argument("<channel>", "such as agent:coder-001 or browser:b1")
    .option("--take", "even if somebody else drives")
    .option("--release", "nobody drives from then on")
    .option("--give <principal>", "somebody else drives from then on, such as user:ada")
    .option("--json", "print who drives as JSON")
    .addHelpText(
      "after",
      `
Examples:
  signalbox drive agent:coder-001
  signalbox drive agent:coder-001 --take
  signalbox drive agent:coder-001 --give user:ada
  signalbox drive agent:coder-001 --release`,
    );
  withConnection(command).action((channel: string, flags: DriveFlags) => drive(channel, flags, io));
}

async function drive(channel: string, flags: DriveFlags, io: Io): Promise<void> {
  if (flags.release && flags.give !== undefined) {
    throw new Failure("--release and --give do not go together", undefined, exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const path = driverPath(channel);
    const take = flags.take ? { take: true } : {};
    const body = { ...(flags.give === undefined ? {} : { driver: flags.give }), ...take };
    const row = flags.release
      ? await client.request<DriverRow>(flags.take ? `${path}?take=true` : path, { method: "DELETE" })
      : await client.request<DriverRow>(path, { method: "PUT", body });
    io.out.line(flags.json ? JSON.stringify(row) : `${channel}: ${describeDriver(row, io.out.paint)}`);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}
