import { Writable } from "node:stream";
import type { Publication } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { outOf } from "../src/io.ts";
import { Printer, type PrinterOptions } from "../src/tail/printer.ts";
import { obeyed, withoutColours } from "./terminal-text.ts";

function printed(options: Partial<PrinterOptions & { terminal: boolean }>, act: (printer: Printer) => void): string {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const out = outOf(stream, options.terminal === true, {});
  act(new Printer(out, { json: options.json === true, prefix: options.prefix === true }));
  return text;
}

let offset = 0;
const event = (type: string, data: unknown, channel = "process:p1"): Publication => ({
  id: "e",
  type,
  channel,
  epoch: "x",
  offset: ++offset,
  timestamp: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  data,
});
const output = (text: string, more: object = {}, channel?: string): Publication =>
  event("process_output", { processId: "p1", output: text, ...more }, channel);

describe("tail prints", () => {
  test("output as text, other events as a line each", () => {
    const text = printed({}, (printer) =>
      printer.events([output("hello"), event("process_stopped", { processId: "p1", exitCode: 0, signal: null })]),
    );
    expect(text).toBe("hello\n03:04:05 process:p1 process_stopped processId=p1 exitCode=0 signal=null\n");
  });

  test("parts of a line as one line", () => {
    const text = printed({}, (printer) => {
      printer.events([output("Sure? ", { partial: true })]);
      printer.events([output("yes"), output("next")]);
    });
    expect(text).toBe("Sure? yes\nnext\n");
  });

  test("a redrawn line over the old one on a terminal, below it in a file", () => {
    const act = (printer: Printer): void => printer.events([output("10%", { partial: true }), output("\r100%")]);
    expect(printed({ terminal: true }, act)).toBe("10%\r\u001b[K100%\n");
    expect(printed({}, act)).toBe("10%\n100%\n");
  });

  test("a line that another stream interrupts, ended first", () => {
    const text = printed({ prefix: true }, (printer) =>
      printer.events([output("one ", { partial: true }), output("other", {}, "process:p2"), output("two")]),
    );
    expect(text).toBe("process:p1 | one \nprocess:p2 | other\nprocess:p1 | two\n");
  });

  test("a gap where it is, with what is missing", () => {
    const gap = {
      reason: "trimmed",
      epoch: "x",
      from: 5,
      to: 124,
      counts: { process_output: 118, process_metric: 2 },
    } as const;
    expect(printed({}, (printer) => printer.gap("process:p1", gap))).toBe(
      "── gap in process:p1: events 5–124 are not coming, retention removed them (118 process_output, 2 process_metric) ──\n",
    );
    expect(JSON.parse(printed({ json: true }, (printer) => printer.gap("process:p1", gap)))).toEqual({
      type: "gap",
      channel: "process:p1",
      data: gap,
    });
  });

  test("messages as they are with --json", () => {
    const message = output("\u001b]52;c;x\u0007");
    expect(JSON.parse(printed({ json: true }, (printer) => printer.events([message])))).toEqual(message);
  });

  test("A29 nothing from an event's data that a terminal would obey", () => {
    const evil = "\u001b]0;title\u0007\nforged line";
    const text = printed({ terminal: true, prefix: true }, (printer) =>
      printer.events([event("custom", { [evil]: evil, deep: { list: [evil] } }), output(evil, { stream: evil })]),
    );
    expect(obeyed(withoutColours(text))).toEqual([]);
    expect(text.trimEnd().split("\n")).toHaveLength(2);
  });
});
