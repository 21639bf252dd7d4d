import fc from "fast-check";
import { expect, test } from "vitest";
import { clientFrame, FrameScanner, opcodes, serverFrame } from "../load/frames.ts";

const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 65_535, 65_536, 70_000));

test("frames are found whole and in order, wherever the reads cut them", () => {
  fc.assert(
    fc.property(
      fc.array(sizes, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
      (lengths, reads) => {
        const payloads = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        const stream = Buffer.concat(payloads.map((payload) => serverFrame(opcodes.text, payload)));
        const found: Buffer[] = [];
        const scanner = new FrameScanner((opcode, bytes, start, end) => {
          expect(opcode).toBe(opcodes.text);
          found.push(Buffer.from(bytes.subarray(start, end)));
        });
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          const to = Math.min(stream.length, at + (reads[i % reads.length] ?? 1));
          scanner.read(stream, at, to);
          at = to;
        }
        expect(found).toEqual(payloads);
      },
    ),
  );
});

test("a client's frame is masked with zero and says its length", () => {
  const frame = clientFrame(opcodes.text, Buffer.alloc(256, "x"));
  expect(frame.subarray(0, 8).toString("hex")).toBe("81fe010000000000");
  expect(frame.length).toBe(8 + 256);
});
