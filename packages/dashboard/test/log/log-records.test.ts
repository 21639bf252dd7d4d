import { expect, test } from "vitest";
import { asFile, csvLines, jsonLines, LogRecords } from "../../src/log/log-records.ts";

const event = (type: string, data: object, id?: string): string =>
  `event: ${type}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
const log = (line: number, output: string, stream = "stdout"): string =>
  event("log", { processId: "p", line, stream, output, timestamp: 1_000 }, `e:${line}`);

test("records are the same, however the stream was cut", () => {
  const text = `${event("connected", { processId: "p" })}id: e:0\n\n: awake\n\n${log(1, "a: b")}${log(2, "ü\n", "stderr")}${event("stopped", {})}`;
  const whole = new LogRecords().take(text);
  expect(whole).toEqual([
    { line: 1, timestamp: 1_000, stream: "stdout", output: "a: b", at: "e:1" },
    { line: 2, timestamp: 1_000, stream: "stderr", output: "ü\n", at: "e:2" },
  ]);
  const bit = new LogRecords();
  expect([...text].flatMap((character) => bit.take(character))).toEqual(whole);
});

test("a gap is a record of its own, and a refusal is an error", () => {
  const records = new LogRecords();
  expect(records.take(event("gap", { from: 1, to: 9, reason: "trimmed" }))).toMatchObject([
    { line: undefined, stream: "gap", output: "events 1 to 9 are gone (trimmed)" },
  ]);
  expect(() => records.take(event("error", { message: "no longer" }))).toThrow("no longer");
});

async function fileOf(form: typeof csvLines, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const pieces = new ReadableStream<Uint8Array>({
    start: (controller) => {
      // Cut inside of characters, too.
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
      controller.close();
    },
  });
  return new Response(pieces.pipeThrough(asFile(form)) as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

test("as CSV and as JSON lines, in pieces of any size", async () => {
  const text = log(1, '漢字, "quoted"') + log(2, "=1+1");
  const time = new Date(1_000).toISOString();
  expect(await fileOf(csvLines, text)).toBe(
    `line,time,stream,output\r\n1,${time},stdout,"漢字, ""quoted"""\r\n2,${time},stdout,'=1+1\r\n`,
  );
  expect(await fileOf(jsonLines, text)).toBe(
    `{"line":1,"time":"${time}","stream":"stdout","output":"漢字, \\"quoted\\""}\n{"line":2,"time":"${time}","stream":"stdout","output":"=1+1"}\n`,
  );
  expect(await fileOf(csvLines, "")).toBe("line,time,stream,output\r\n");
});
