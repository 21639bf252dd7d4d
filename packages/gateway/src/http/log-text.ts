/** A process's kept lines as text, as fast as the reader takes them and no faster. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { stripVTControlCharacters } from "node:util";
import type { Principal, SharedPublication } from "@signalbox/core";
import type { Position, Since } from "@signalbox/protocol";
import type { FastifyReply } from "fastify";
import type { Node } from "../node.ts";
import { type HistoryPage, readHistory } from "./history.ts";

interface LogText {
  principal: Principal;
  channel: string;
  /** Of the file that browsers save. */
  name: string;
  since: Since;
  /** Keep colours and other terminal sequences. */
  ansi: boolean;
  /** Only lines that were written there. */
  stream: "stderr" | undefined;
}

const types: ReadonlySet<string> = new Set(["process_output"]);

export async function sendLogText(
  node: Node,
  reply: FastifyReply,
  { principal, channel, name, since, ansi, stream }: LogText,
): Promise<FastifyReply> {
  const { limits } = node;
  const { engine } = node.tenants.of(principal);
  const limit = limits.pageEvents;
  const view = node.hiding.viewOf(principal);
  // The first page may refuse: only then can the status still say so.
  let page = await readHistory(engine, limits, { view, channel, since, limit, types });
  const { epoch, top } = page;
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "content-disposition": `attachment; filename="${name.replace(/[^A-Za-z0-9._-]/g, "_")}.log"`,
  });
  try {
    let partial = await write(response, page, ansi, stream);
    while (page.epoch === epoch && page.next.offset < top && !response.destroyed) {
      if (node.access.isRevoked(principal)) throw new Error("the reader's token was revoked");
      const next: Position = page.next;
      page = await readHistory(engine, limits, { view, channel, since: next, limit, types });
      partial = (await write(response, page, ansi, stream)) ?? partial;
    }
    if (partial) response.write("\n");
    response.end();
  } catch (error) {
    node.log.warn({ err: error, channel }, "a log could not be read to its end");
    // Cut off, so that nobody takes the part for the whole.
    response.destroy();
  }
  return reply;
}

/** True: the last line goes on; undefined: nothing was written. */
async function write(
  response: ServerResponse,
  { events, gap }: HistoryPage,
  ansi: boolean,
  stream: LogText["stream"],
): Promise<boolean | undefined> {
  let text = gap === undefined ? "" : `[signalbox: ${gapWords(gap)}]\n`;
  let partial: boolean | undefined;
  for (const event of events) {
    const line = outputOf(event);
    if (stream !== undefined && line.stream !== stream) continue;
    partial = line.partial;
    text += (ansi ? line.output : stripVTControlCharacters(line.output)) + (partial ? "" : "\n");
  }
  if (text !== "" && !response.write(text) && !response.destroyed) {
    await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  return partial;
}

function outputOf(event: SharedPublication): { output: string; partial: boolean; stream: unknown } {
  const { data } = event.message();
  const { output, partial, stream } = (data ?? {}) as { output?: unknown; partial?: unknown; stream?: unknown };
  return { output: typeof output === "string" ? output : "", partial: partial === true, stream };
}

const gapWords = ({ reason, from, to }: NonNullable<HistoryPage["gap"]>): string =>
  to === undefined ? `earlier lines are gone (${reason})` : `events ${from} to ${to} are gone (${reason})`;
