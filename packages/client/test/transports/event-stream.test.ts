import fc from "fast-check";
import { expect, test } from "vitest";
import { eventStream } from "../../src/transports/event-stream.ts";

const read = (...pieces: string[]): string[] => {
  const all: string[] = [];
  const take = eventStream((data) => all.push(data));
  for (const piece of pieces) take(piece);
  return all;
};

test("an event is its data lines, ended by an empty one", () => {
  expect(read("data: one\n\ndata:two\n\n")).toEqual(["one", "two"]);
  expect(read("data: a\ndata: b\n\n")).toEqual(["a\nb"]);
  expect(read("data:  two spaces\n\n")).toEqual([" two spaces"]);
});

test("comments, other fields and empty events are nothing", () => {
  expect(read(": comment\n\n", "id: 3\nevent: x\nretry: 5\n\n", "\n\n", "data: x\n\n")).toEqual(["x"]);
});

test("an event that is not ended yet is not there", () => {
  expect(read("data: half")).toEqual([]);
  expect(read("data: half\n")).toEqual([]);
});

test("line ends may be CR LF", () => {
  expect(read("data: a\r\n\r\n", "data: b\r", "\n\r\n")).toEqual(["a", "b"]);
});

test("however the text is cut, the same comes out", () => {
  const data = fc.array(fc.json(), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(data, fc.array(fc.nat(40), { maxLength: 20 }), (values, sizes) => {
      let text = values.map((value) => `: life\n\ndata: ${value}\n\n`).join("");
      const pieces: string[] = [];
      for (const size of sizes) {
        pieces.push(text.slice(0, size));
        text = text.slice(size);
      }
      expect(read(...pieces, text)).toEqual(values);
    }),
  );
});
