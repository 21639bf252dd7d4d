/** A publication of a process's channel as a row of its log. */
import type { Publication } from "@signalbox/protocol";
import { describe } from "../feed/describe.ts";
import { fieldsOf } from "../feed/fields.ts";

export interface LogRow {
  readonly offset: number;
  /** `output`: a line. `event`: the process's life, in words. `gap`: rows that are not there. */
  readonly kind: "output" | "event" | "gap";
  readonly stream: "stdout" | "stderr" | "pty" | undefined;
  /** A line with its escape sequences, or words. */
  readonly text: string;
  /** Number of the line within the process. */
  readonly line: number | undefined;
  /** A further piece of the line before. */
  readonly continued: boolean;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
  /** A gap of what can be had on request: its offsets. */
  readonly unsent?: { readonly from: number; readonly to: number };
}

/** Samples take offsets too; they are drawn in the header and have no row. */
export const hidden = "hidden";

export function rowOf(publication: Publication, before?: LogRow): LogRow | typeof hidden {
  if (publication.type === "process_metric") return hidden;
  const place = { offset: publication.offset, timestampMs: publication.timestamp };
  if (publication.type !== "process_output") {
    const text = describe(publication);
    return { ...place, kind: "event", stream: undefined, text, line: undefined, continued: false };
  }
  const data = fieldsOf(publication.data);
  const stream = data.text("stream");
  const line = data.number("line");
  // A piece that begins with a return draws its line anew; the return itself has done its work by being its own row.
  const text = (data.text("output") ?? "").replace(/^\r+|[\r\n]+$/g, "");
  return {
    ...place,
    kind: "output",
    stream: stream === "stderr" || stream === "pty" ? stream : "stdout",
    text,
    line,
    continued: line !== undefined && before?.line === line,
  };
}
