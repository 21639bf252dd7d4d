import type { Client } from "@signalbox/client";
import type { AuditEntry } from "@signalbox/gateway";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { parseCount } from "../parse.ts";
import { counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface AuditFlags extends ConnectionFlags {
  who?: string;
  what?: string;
  target?: string;
  result?: string;
  last: number;
  follow?: true;
  verify?: true;
  json?: true;
}

type Row = AuditEntry & { position: string };

interface Page {
  entries: Row[];
  next: string;
  more: boolean;
  gap?: string;
}

const pageSize = 1_000;
/** The gateway answers sooner when there is something. */
const waitS = 50;

export function addAudit(program: Command, io: Io): void {
  const command = program
    .command("audit")
    .summary("who did what to whom: commands, decisions, keys, refused sign-ins")
    .description(
      "Shows what people, agents and the gateway did that somebody may ask about later, the newest last. Takes the right admin " +
        "on all channels.",
    )
    .option("--who <who>", "only this one, KIND:ID; a * at the end: all that begin so")
    .option("--what <acts>", "only these acts, separated by commas, such as command_queued,key_made")
    .option("--target <target>", "only what was done to this channel, key:ID or KIND:ID; may end in *")
    .option("--result <result>", "ok, refused, or the name of an error")
    .option("--last <n>", "how many, the newest", parseCount, 50)
    .option("--follow", "go on with what comes, until stopped")
    .option("--verify", "check the whole chain instead: was anything changed, or taken out from between?")
    .option("--json", "print each entry as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox audit --what checkpoint_decided
  signalbox audit --target 'agent:*' --result refused --follow
  signalbox audit --verify`,
    );
  withConnection(command).action((flags: AuditFlags) => audit(flags, io));
}

async function audit(flags: AuditFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, onSignal);
  try {
    if (flags.verify) await verify(client, io);
    else await show(client, flags, io, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw toFailure(error, connection.url);
  } finally {
    client.close();
    for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, onSignal);
  }
}

async function show(client: Client, flags: AuditFlags, io: Io, signal: AbortSignal): Promise<void> {
  const { who, what, target, result, last, follow } = flags;
  const filter = Object.entries({ who, what, target, result }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const read = (place: Record<string, string>): Promise<Page> => {
    const query = new URLSearchParams([...filter, ...Object.entries(place)]);
    return client.request<Page>(`/v1/audit?${query}`, { signal });
  };
  const rows: Row[] = [];
  /** Behind the newest that is looked at. */
  let since = last === 0 ? (await read({ since: "now" })).next : undefined;
  for (let before: string | undefined; rows.length < last; ) {
    const limit = String(Math.min(pageSize, last - rows.length));
    const page = await read({ limit, ...(before === undefined ? {} : { before }) });
    // Nothing kept yet: the beginning of the epoch.
    since ??= page.entries[0]?.position ?? (await read({ since: "now", limit: "1" })).next;
    rows.push(...page.entries);
    if (!page.more) break;
    before = page.next;
  }
  rows.reverse();
  if (flags.json) for (const row of rows) io.out.line(JSON.stringify(row));
  else if (rows.length > 0) io.out.write(table([head(io), ...rows.map((row) => cells(row, io))]));
  if (!follow) {
    if (!flags.json) io.err.line(io.out.paint.dim(counted(rows.length, "entry", "entries")));
    return;
  }
  for (let place = since ?? "now"; ; ) {
    const page = await read({ since: place, wait: String(waitS) });
    place = page.next;
    if (page.gap !== undefined) io.err.line("some entries are gone: retention removed them");
    for (const row of page.entries) {
      io.out.line(flags.json ? JSON.stringify(row) : cells(row, io).join("  "));
    }
  }
}

async function verify(client: Client, io: Io): Promise<void> {
  const { firstBroken } = await import("@signalbox/gateway");
  let before: string | undefined;
  let seen = 0;
  for (let since = "earliest"; ; ) {
    const query = new URLSearchParams({ since, limit: String(pageSize) });
    const page = await client.request<Page>(`/v1/audit?${query}`);
    if (page.gap !== undefined) before = undefined;
    const entries = page.entries.map(({ position: _, ...entry }): AuditEntry => entry);
    const broken = firstBroken(entries, before);
    if (broken !== -1) {
      const { position } = page.entries[broken] ?? { position: "?" };
      throw new Failure(
        `the chain is broken at ${position}: this entry, or the one before it, is not what was written`,
        "Compare it with the history of its channel, and with a hash that you kept elsewhere.",
      );
    }
    seen += entries.length;
    before = entries.at(-1)?.hash ?? before;
    if (!page.more) break;
    since = page.next;
  }
  io.out.line(
    `${counted(seen, "entry", "entries")}: the chain holds${before === undefined ? "" : `, up to ${before}`}`,
  );
}

const head = (io: Io): string[] =>
  ["WHEN", "WHO", "DID", "TO", "RESULT", "FROM", "MORE"].map((title) => io.out.paint.dim(title));

function cells({ at, who, what, target, about, result, address, details }: Row, io: Io): string[] {
  const { paint } = io.out;
  const more = Object.entries({ ...(about === undefined ? {} : { id: about }), ...details }).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [
    new Date(at).toISOString().slice(0, 19).replace("T", " "),
    paint.cyan(sanitised(who)),
    sanitised(what),
    sanitised(target ?? ""),
    result === "ok" ? result : paint.red(sanitised(result)),
    sanitised(address ?? ""),
    sanitised(more.join(" ").slice(0, 200)),
  ];
}
