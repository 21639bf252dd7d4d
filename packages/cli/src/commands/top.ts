import type { Client, PatternView, Readable } from "@signalbox/client";
import { states } from "@signalbox/client/states";
import { isChannel, isPattern } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";
import { rowsOf } from "../top/rows.ts";
import { Summary } from "../top/summary.ts";

interface TopFlags extends ConnectionFlags {
  once?: true;
  json?: true;
}

/** Where a terminal does not say how high it is. */
const defaultRows = 24;
/** To the top left, and nothing below. */
const home = "\u001b[H\u001b[J";
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function addTop(program: Command, io: Io): void {
  const command = program
    .command("top")
    .summary("watch the states of a fleet")
    .description("Shows the folded state of every channel, the newest first, and keeps it current.")
    .argument("[pattern]", "only those that match, such as agent:*", "*")
    .option("--once", "print the states there are and end; so it is where the output is no terminal")
    .option("--json", "print each new state as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox top
  signalbox top 'agent:*' --once
  signalbox top 'agent:*' --json | jq -r 'select(.state.status == "error").channel'`,
    );
  withConnection(command).action((pattern: string, flags: TopFlags) => top(pattern, flags, io));
}

async function top(pattern: string, flags: TopFlags, io: Io): Promise<void> {
  if (!isChannel(pattern) && !isPattern(pattern)) {
    const next = "Write it as agent:* (in quotes, for the shell), or leave it out for all.";
    throw new Failure(`${JSON.stringify(pattern)} is neither a channel nor a pattern`, next, exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const once = flags.once === true || (!flags.json && !io.out.isTerminal);
  const store = states<unknown>(client, pattern);
  const show = flags.json ? jsonLines(io) : screen(io, pattern, once);
  try {
    await shown(client, store, once, show);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

type Show = (view: PatternView<unknown>) => void;

/** Until the first states are shown (`once`), a signal, or the end of the link. */
function shown(client: Client, store: Readable<PatternView<unknown>>, once: boolean, show: Show): Promise<void> {
  return new Promise((resolve, reject) => {
    const stops: Array<() => void> = [];
    const finish = (error?: unknown): void => {
      for (const stop of stops.splice(0)) stop();
      if (error === undefined) resolve();
      else reject(error);
    };
    const look = (): void => {
      const view = store.snapshot();
      if (view.error !== undefined) finish(Object.assign(new Error(view.error.message), view.error));
      else if (view.status === "live" || (!once && view.channels.size > 0)) {
        show(view);
        if (once) finish();
      }
    };
    const linked = (): void => {
      const { state, reason } = client.link.snapshot();
      const ended = state === "stopped" || (once && state === "waiting");
      const name =
        state === "waiting" ? "unreachable" : reason?.name === "unauthorized" ? "unauthenticated" : reason?.name;
      if (ended) finish(Object.assign(new Error(reason?.help ?? "the link ended"), { name: name ?? "internal" }));
    };
    const onSignal = (): void => finish();
    for (const signal of signals) process.once(signal, onSignal);
    stops.push(() => {
      for (const signal of signals) process.off(signal, onSignal);
    });
    stops.push(client.link.subscribe(linked), store.subscribe(look));
  });
}

/** A table that stays in its place on a terminal. */
function screen(io: Io, pattern: string, once: boolean): Show {
  const { paint, stream } = io.out;
  const summary = new Summary();
  return ({ channels, status }) => {
    const height = "rows" in stream && typeof stream.rows === "number" ? stream.rows : defaultRows;
    const room = once ? Number.POSITIVE_INFINITY : Math.max(1, height - 3);
    const head = ["CHANNEL", "STATE", "PROGRESS", "LAST WORD", "LAST EVENT"].map((title) => paint.dim(title));
    const nowMs = Date.now();
    const body = table([head, ...rowsOf(channels, nowMs, paint, room)]);
    summary.take(channels);
    const many = summary.line(nowMs);
    const foot =
      status === "live" ? many : `${many}, as they were when the link was lost; trying again until it is back`;
    if (channels.size === 0) io.err.line(`no states of ${sanitised(pattern)} yet`);
    else if (once) io.out.write(body);
    else io.out.write(`${home}${body}${paint.dim(foot)}\n`);
  };
}

/** Each state once, again when it changed. */
function jsonLines(io: Io): Show {
  const had = new Map<string, unknown>();
  return ({ channels }) => {
    for (const [channel, state] of channels) {
      if (had.get(channel) === state) continue;
      had.set(channel, state);
      io.out.line(JSON.stringify({ channel, state }));
    }
  };
}
