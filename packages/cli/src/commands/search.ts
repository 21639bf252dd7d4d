import type { Publication } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io, Out } from "../io.ts";
import { parseCount } from "../parse.ts";
import { describeEvent } from "../text/describe.ts";
import { Sanitiser } from "../text/sanitise.ts";

interface SearchFlags extends ConnectionFlags {
  channel?: string;
  types?: string;
  limit: number;
  json?: true;
}

interface SearchPage {
  hits: Publication[];
  next?: string;
}

const pageSize = 200;

export function addSearch(program: Command, io: Io): void {
  const command = program
    .command("search")
    .summary("search all events that are kept")
    .description('Finds events that have all the words, newest first. "quoted phrases" and a trailing * work.')
    .argument("<words...>", "what to look for")
    .option("--channel <channel>", "only in this channel or pattern")
    .option("--types <types>", "only events of these types, with commas between")
    .option("--limit <n>", "how many to print", parseCount, 50)
    .option("--json", "print each event as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox search connection refused
  signalbox search '"out of memory"' --channel 'process:*'
  signalbox search timeout --types process_output,agent_error --limit 500 --json`,
    );
  withConnection(command).action((words: string[], flags: SearchFlags) => search(words, flags, io));
}

async function search(words: string[], flags: SearchFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    let left = flags.limit;
    let next: string | undefined;
    do {
      const query = new URLSearchParams({
        q: words.join(" "),
        limit: String(Math.min(left, pageSize)),
        ...(flags.channel === undefined ? {} : { channel: flags.channel }),
        ...(flags.types === undefined ? {} : { types: flags.types }),
        ...(next === undefined ? {} : { before: next }),
      });
      const page = await client.request<SearchPage>(`/v1/search?${query}`);
      for (const hit of page.hits.slice(0, left))
        io.out.line(flags.json ? JSON.stringify(hit) : describeHit(hit, io.out));
      left -= page.hits.length;
      next = page.next;
    } while (next !== undefined && left > 0);
    if (left === flags.limit) io.err.line("nothing found");
    else if (next !== undefined) io.err.line(`showing the newest ${flags.limit}; --limit shows more`);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

/** A line of output with its place, so that `tail --since EPOCH:OFFSET` can go there; other events as everywhere. */
function describeHit(hit: Publication, { paint }: Out): string {
  const { data } = hit;
  if (typeof data !== "object" || data === null || !("output" in data)) return describeEvent(hit, paint);
  const text = new Sanitiser({ colours: paint.isColorSupported }).piece(String(data.output));
  return `${paint.cyan(hit.channel)} ${paint.dim(`${hit.epoch}:${hit.offset} |`)} ${text}`;
}
