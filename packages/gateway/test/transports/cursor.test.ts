import fc from "fast-check";
import { expect, test } from "vitest";
import { Cursor, parseCursor } from "../../src/transports/sse/cursor.ts";

const epoch = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const channel = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}:[A-Za-z0-9._~:/@+=,-]{1,200}$/);
const position = fc.record({ epoch, offset: fc.nat(Number.MAX_SAFE_INTEGER) });

test("§6.5 a cursor says every channel's last position, and is read back as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(channel, position), { minLength: 1 }), (steps) => {
      const cursor = new Cursor();
      for (const [name, at] of steps) cursor.set(name, at);
      const text = cursor.toString();
      expect(text).not.toMatch(/[\r\n\0\s]/);
      expect(parseCursor(text)?.positions()).toEqual(new Map(steps));
    }),
  );
});

test.each([
  "",
  "e",
  "e*",
  "e*agent:a",
  "e*agent:a*",
  "e*agent:a*x",
  "e*agent:a*-1",
  "e*agent:a*1;",
  "e*agent:a*9007199254740993",
  "e f*agent:a*1",
  "e*__proto__*1",
])("%j is no cursor", (text) => {
  expect(parseCursor(text)).toBeUndefined();
});
