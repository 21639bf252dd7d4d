import { type Client, GatewayError } from "@signalbox/client";
import { isChannel, type PresenceMember } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type DriverRow, describeDriver, driverPath } from "../steering/driver.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface WhoFlags extends ConnectionFlags {
  json?: true;
  watch?: true;
}

interface Here {
  channel: string;
  members: PresenceMember[];
  total: number;
}

/** A state is cut to this: the table stays a table, and --json has it all. */
const longestState = 60;
/** To the top left, and nothing below. */
const home = "\u001b[H\u001b[J";
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const types = ["presence_joined", "presence_updated", "presence_left", "driver_changed"];

export function addWho(program: Command, io: Io): void {
  const command = program
    .command("who")
    .summary("see who is in a channel, and who drives")
    .description("Lists the members of a channel, those here longest first, and who drives it; without becoming one.")
    .argument("<channel>", "such as session:s1 or agent:coder-001")
    .option("--watch", "go on, and list them anew when something changed")
    .option("--json", "print them as JSON, one line for each listing")
    .addHelpText(
      "after",
      `
Examples:
  signalbox who session:s1
  signalbox who agent:coder-001 --watch
  signalbox who session:s1 --json | jq -r '.members[].principal.id'`,
    );
  withConnection(command).action((channel: string, flags: WhoFlags) => who(channel, flags, io));
}

async function who(channel: string, flags: WhoFlags, io: Io): Promise<void> {
  if (!isChannel(channel)) {
    const next = "Write it as session:s1 or agent:coder-001.";
    throw new Failure(`${JSON.stringify(channel)} is no channel`, next, exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const list = async (): Promise<void> => {
    const path = `/v1/channels/${encodeURIComponent(channel)}`;
    const here = await client.request<Here>(`${path}/presence`);
    const driver = await client.request<DriverRow>(driverPath(channel));
    if (flags.json) {
      const { members, total } = here;
      io.out.line(JSON.stringify({ channel, members, total, driver: driver.driver }));
    } else print(here, driver, flags.watch === true && io.out.isTerminal, io);
  };
  try {
    if (flags.watch) await watched(client, channel, list);
    else await list();
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

/** Lists anew after each change, also those that came while it was listed; until a signal. */
function watched(client: Client, channel: string, list: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let listing = false;
    let changed = false;
    const look = async (): Promise<void> => {
      changed = true;
      if (listing) return;
      listing = true;
      try {
        while (changed) {
          changed = false;
          await list();
        }
      } finally {
        listing = false;
      }
    };
    const again = (): void => {
      look().catch((error: unknown) => {
        // A link that was lost while it was listed comes back, and is listed then.
        if (!(error instanceof GatewayError && error.temporary)) finish(error);
      });
    };
    const watch = client.watch(channel, {
      filter: { types },
      onEvent: again,
      onState: ({ status }) => {
        if (status === "live") again();
      },
      onError: (error) => finish(Object.assign(new Error(error.message), error)),
    });
    const linked = client.link.subscribe(() => {
      const { state, reason } = client.link.snapshot();
      if (state !== "stopped") return;
      const name = reason?.name === "unauthorized" ? "unauthenticated" : (reason?.name ?? "internal");
      finish(Object.assign(new Error(reason?.help ?? "the link ended"), { name }));
    });
    const onSignal = (): void => finish();
    function finish(error?: unknown): void {
      watch.stop();
      linked();
      for (const signal of signals) process.off(signal, onSignal);
      if (error === undefined) resolve();
      else reject(error);
    }
    for (const signal of signals) process.once(signal, onSignal);
  });
}

function print({ channel, members, total }: Here, driver: DriverRow, stays: boolean, io: Io): void {
  const { paint } = io.out;
  const now = Date.now();
  const head = ["WHO", "NAME", "HERE SINCE", "STATE"].map((title) => paint.dim(title));
  const rows = members.map(({ principal, name, sinceMs, state }) => [
    paint.cyan(sanitised(`${principal.kind}:${principal.id}`)),
    sanitised(name ?? ""),
    ago(now - sinceMs),
    short(state),
  ]);
  if (stays) io.out.write(home);
  if (rows.length > 0) io.out.write(table([head, ...rows]));
  const more = total > members.length ? ` (${members.length} listed)` : "";
  const many = total === 0 ? `nobody is in ${channel}` : `${counted(total, "member")}${more}`;
  io.out.line(`${many}; ${describeDriver(driver, paint)}`);
}

function short(state: unknown): string {
  if (state === undefined) return "";
  const text = sanitised(JSON.stringify(state));
  return text.length > longestState ? `${text.slice(0, longestState)}…` : text;
}
