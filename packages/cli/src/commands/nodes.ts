import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { counted, duration } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface NodesFlags extends ConnectionFlags {
  json?: true;
}

interface NodeRow {
  name: string;
  version: string;
  state: string;
  url?: string;
  startedMs: number;
  silentMs: number;
  sessions: number;
  subscriptions: number;
  channels: number;
}

interface Answer {
  node: string;
  shared: boolean;
  nodes: NodeRow[];
}

/** Heartbeats come every few seconds: a silence below this is none. */
const quietMs = 5_000;

export function addNodes(program: Command, io: Io): void {
  const command = program
    .command("nodes")
    .summary("list the gateways that share a store")
    .description(
      "Lists the nodes that share a store: version, state, where it is reached, what it carries, since when it runs, and how " +
        "long it has been silent. Takes the right admin, or the role monitor.",
    )
    .option("--json", "print each node as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox nodes
  signalbox nodes --json | jq -r 'select(.state != "ready").name'`,
    );
  withConnection(command).action((flags: NodesFlags) => nodes(flags, io));
}

async function nodes(flags: NodesFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const answer = await client.request<Answer>("/v1/nodes");
    if (flags.json) for (const row of answer.nodes) io.out.line(JSON.stringify(row));
    else print(answer, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

function print({ node, shared, nodes }: Answer, io: Io): void {
  const { paint } = io.out;
  const now = Date.now();
  const head = ["NODE", "VERSION", "STATE", "URL", "SESSIONS", "SUBSCRIPTIONS", "CHANNELS", "UP", "SILENT"];
  const lines = nodes.map(({ name, version, state, url, startedMs, silentMs, ...carries }) => [
    paint.cyan(sanitised(name)) + (name === node && shared ? paint.dim(" (answers)") : ""),
    sanitised(version),
    state === "ready" ? paint.green(state) : paint.yellow(sanitised(state)),
    sanitised(url ?? ""),
    String(carries.sessions),
    String(carries.subscriptions),
    String(carries.channels),
    duration(now - startedMs),
    silentMs < quietMs ? "" : duration(silentMs),
  ]);
  io.out.write(table([head.map((title) => paint.dim(title)), ...lines]));
  const alone = "one node with a store of its own; nodes share one when `redis` is configured";
  io.err.line(paint.dim(shared ? counted(nodes.length, "node") : alone));
}
