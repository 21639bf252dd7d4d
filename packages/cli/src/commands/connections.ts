import type { Client } from "@signalbox/client";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface ConnectionsFlags extends ConnectionFlags {
  json?: true;
}

interface ConnectionRow {
  id: string;
  transport: string;
  principal: { kind: string; id: string };
  address?: string;
  openedMs: number;
  subscriptions: number;
  queuedBytes: number;
  windowBytes: number;
  behind: number;
  dropped: { coalesce: number; latest: number };
}

const pageSize = 1_000;

export function addConnections(program: Command, io: Io): void {
  const command = program
    .command("connections")
    .summary("list who is connected, and who reads slowly")
    .description(
      "Lists the connections to the gateway, the oldest first: how much is on its way to each, how much that may be, " +
        "and how many events it was not sent because it reads slowly. Takes the right admin on all channels.",
    )
    .option("--json", "print each connection as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox connections
  signalbox connections --json | jq -r 'select(.behind > 0).principal.id'`,
    );
  withConnection(command).action((flags: ConnectionsFlags) => connections(flags, io));
}

async function connections(flags: ConnectionsFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const rows: ConnectionRow[] = [];
    for await (const page of pages(client)) {
      rows.push(...page);
      if (flags.json) for (const row of page) io.out.line(JSON.stringify(row));
    }
    if (!flags.json) print(rows, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

async function* pages(client: Client): AsyncGenerator<ConnectionRow[]> {
  for (let after: string | undefined; ; ) {
    const query = new URLSearchParams({ limit: String(pageSize), ...(after === undefined ? {} : { after }) });
    const page = await client.request<{ connections: ConnectionRow[]; next?: string }>(`/v1/connections?${query}`);
    yield page.connections;
    if (page.next === undefined) return;
    after = page.next;
  }
}

function print(rows: ConnectionRow[], io: Io): void {
  const { paint } = io.out;
  if (rows.length === 0) {
    io.err.line("nobody is connected");
    return;
  }
  const now = Date.now();
  const head = ["WHO", "ADDRESS", "TRANSPORT", "OPENED", "SUBSCRIPTIONS", "QUEUED", "WINDOW", "BEHIND", "NOT SENT"];
  const lines = rows.map(({ principal, address, transport, openedMs, subscriptions, behind, ...row }) => [
    paint.cyan(sanitised(`${principal.kind} ${principal.id}`)),
    sanitised(address ?? ""),
    sanitised(transport),
    ago(now - openedMs),
    String(subscriptions),
    bytes(row.queuedBytes),
    bytes(row.windowBytes),
    String(behind),
    (row.dropped.coalesce + row.dropped.latest).toLocaleString("en-US"),
  ]);
  io.out.write(table([head.map((title) => paint.dim(title)), ...lines]));
  io.err.line(paint.dim(counted(rows.length, "connection")));
}

const bytes = (count: number): string => (count < 1_024 ? `${count} B` : `${Math.round(count / 1_024)} KiB`);
