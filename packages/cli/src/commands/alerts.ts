import type { Client } from "@signalbox/client";
import { type AlertRow, type AlertsState, alertStateOf, alertsShape } from "@signalbox/core/reducers";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { Failure, toFailure } from "../failure.ts";
import type { Colours, Io } from "../io.ts";
import { publishOne } from "../publish-one.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

interface AlertsFlags extends ConnectionFlags {
  all?: true;
  ack?: string;
  json?: true;
}

const channel = "alerts";

export function addAlerts(program: Command, io: Io): void {
  const command = program
    .command("alerts")
    .summary("list what went wrong, and say that it was seen")
    .description(
      "Lists alerts that nobody has seen: what, where, how often, and when last. An acknowledged one is open again when it " +
        "happens again.",
    )
    .option("--all", "also those that are acknowledged, muted or over")
    .option("--ack <id>", "say that you have seen the alert with this id, or `all` that are open")
    .option("--json", "print each as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox alerts
  signalbox alerts --ack 'process_failed process:build-42 exit 1'
  signalbox alerts --ack all
  signalbox alerts --json | jq -r 'select(.severity == "critical").source'`,
    );
  withConnection(command).action((flags: AlertsFlags) => alerts(flags, io));
}

async function alerts(flags: AlertsFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const rows = await read(client);
    const now = Date.now();
    const open = rows.filter((row) => alertStateOf(row, now) === "open");
    if (flags.ack !== undefined) await acknowledge(client, flags.ack === "all" ? open : [named(rows, flags.ack)], io);
    else print(flags.all ? rows : open, flags, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

/** The one that happened last comes last, where people look. */
async function read(client: Client): Promise<AlertRow[]> {
  try {
    const { snapshot } = await client.request<{ snapshot?: { reducer: string; version: number; state: AlertsState } }>(
      `/v1/channels/${channel}`,
    );
    if (snapshot === undefined) return [];
    if (snapshot.reducer !== alertsShape.name || snapshot.version !== alertsShape.version) {
      throw new Failure("the gateway folds alerts in another way", "Use a command line of its version.");
    }
    return snapshot.state.alerts.items.toSorted((a, b) => a.updatedAt - b.updatedAt);
  } catch (error) {
    // Nothing went wrong so far.
    if (error instanceof Error && error.name === "not_found") return [];
    throw error;
  }
}

function named(rows: readonly AlertRow[], id: string): AlertRow {
  const row = rows.find(({ alertId }) => alertId === id);
  if (row === undefined)
    throw new Failure(`there is no alert ${JSON.stringify(id)}`, "See them: signalbox alerts --all");
  return row;
}

async function acknowledge(client: Client, rows: readonly AlertRow[], io: Io): Promise<void> {
  for (const { alertId, count } of rows) {
    await publishOne(client, { type: "alert_acknowledged", channel, data: { alertId, count } });
  }
  io.err.line(`acknowledged ${counted(rows.length, "alert")}`);
}

function print(rows: readonly AlertRow[], { json, all }: AlertsFlags, io: Io): void {
  const now = Date.now();
  for (const row of rows) {
    io.out.line(json ? JSON.stringify({ ...row, state: alertStateOf(row, now) }) : described(row, now, io.out.paint));
  }
  if (rows.length === 0 && !json) io.err.line(all ? "nothing went wrong" : "no open alerts; --all shows the others");
}

function described(row: AlertRow, now: number, paint: Colours): string {
  const state = alertStateOf(row, now);
  const { acknowledged, muted } = row;
  const who = state === "acknowledged" ? acknowledged?.by : state === "muted" ? muted?.by : undefined;
  const how = who === undefined ? state : `${state} by ${sanitised(who)}`;
  const severity =
    row.severity === "critical"
      ? paint.red(row.severity)
      : row.severity === "warning"
        ? paint.yellow(row.severity)
        : sanitised(row.severity);
  const times = `${counted(row.count, "time")}, last ${ago(now - row.updatedAt)}`;
  return `${severity}  ${sanitised(row.alertId)}  ${paint.dim(`${times}  ${how}`)}`;
}
