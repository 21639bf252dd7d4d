/** A process's log as the gateway streams it (text/event-stream) as records, and these as lines of a file. */
import { type CsvColumn, csv } from "../export/csv.ts";
import { fieldsOf } from "../feed/fields.ts";

/** A line, or a piece of one: pieces of the same line have the same number. A gap has no number. */
export interface LogRecord {
  line: number | undefined;
  stream: string;
  /** Milliseconds since 1970. */
  timestamp: number | undefined;
  output: string;
  /** EPOCH:OFFSET of the event. */
  at: string | undefined;
}

/** Takes the stream in pieces as they come; gives the records that are whole. */
export class LogRecords {
  #rest = "";

  take(text: string): LogRecord[] {
    const events = (this.#rest + text).split("\n\n");
    this.#rest = events.pop() ?? "";
    return events.flatMap((event) => recordOf(event) ?? []);
  }
}

function recordOf(event: string): LogRecord | undefined {
  const fields = new Map(
    event.split("\n").map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    }),
  );
  const [type, text, at] = [fields.get("event"), fields.get("data"), fields.get("id")];
  if (text === undefined || type === "connected" || type === "stopped") return undefined;
  const data = fieldsOf(JSON.parse(text));
  if (type === "log") {
    const { line, timestamp } = { line: data.number("line"), timestamp: data.number("timestamp") };
    return { line, timestamp, stream: data.text("stream") ?? "stdout", output: data.text("output") ?? "", at };
  }
  if (type === "gap") {
    const range = `events ${data.number("from") ?? "?"} to ${data.number("to") ?? "?"} are gone (${data.text("reason") ?? "unknown"})`;
    return { line: undefined, timestamp: undefined, stream: "gap", output: range, at };
  }
  throw new Error(`the gateway said: ${data.text("message") ?? type ?? "nothing"}`);
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

const columns: ReadonlyArray<CsvColumn<LogRecord>> = [
  { name: "line", value: ({ line }) => line },
  { name: "time", value: ({ timestamp }) => iso(timestamp) },
  { name: "stream", value: ({ stream }) => stream },
  { name: "output", value: ({ output }) => output },
];

const header = csv(columns, []);

/** How records become a file. */
export interface LogForm {
  /** Before the first record. */
  begin: string;
  lines(records: readonly LogRecord[]): string;
}

export const jsonLines: LogForm = {
  begin: "",
  lines: (records) =>
    records
      .map(
        ({ line, timestamp, stream, output }) => `${JSON.stringify({ line, time: iso(timestamp), stream, output })}\n`,
      )
      .join(""),
};

export const csvLines: LogForm = {
  begin: header,
  lines: (records) => csv(columns, records).slice(header.length),
};

/** The gateway's stream as the bytes of a file, as fast as they are taken and no faster. */
export function asFile(form: LogForm): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const records = new LogRecords();
  return new TransformStream({
    start: (controller) => {
      if (form.begin !== "") controller.enqueue(encoder.encode(form.begin));
    },
    transform: (chunk, controller) => {
      const lines = form.lines(records.take(decoder.decode(chunk, { stream: true })));
      if (lines !== "") controller.enqueue(encoder.encode(lines));
    },
  });
}
