import fc from "fast-check";
import { expect, test } from "vitest";
import {
  packDocument,
  packFields,
  unpackFields,
  unpackKept,
  unpackNotice,
} from "../../../src/brokers/redis/messages.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

test("fields come back as they were, whatever is in them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "3:abc,", ":", ",", "\0", "ü"))),
      (fields) => {
        expect(unpackFields(bytes(packFields(fields)))).toEqual(fields);
      },
    ),
  );
});

test("what is no message, or was cut, is nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
      unpackFields(Buffer.from(any));
      unpackKept(Buffer.from(any));
      unpackNotice(Buffer.from(any));
    }),
  );
  const whole = packFields(["epoch", "7", "5 test_event", "{}"]);
  for (let length = 1; length < whole.length; length++) {
    const cut = unpackKept(bytes(whole.slice(0, length)));
    expect(cut === undefined || cut.events.length === 0).toBe(true);
  }
  for (const text of ["a", ":a,", "1:ab", "99999999999:a,", "-1:,", "1:a,x"])
    expect(unpackFields(bytes(text))).toBeUndefined();
});

test("events of a message have the offsets that follow the first", () => {
  const message = packFields(["e1", "7", "5 test_event", '{"id":"ü"}', "6 other type", "{}"]);
  expect(unpackKept(bytes(message))).toEqual({
    epoch: "e1",
    events: [
      { offset: 7, type: "test_event", timestampMs: 5, body: '{"id":"ü"}' },
      { offset: 8, type: "other type", timestampMs: 6, body: "{}" },
    ],
  });
});

test("a notice of a later version is nothing", () => {
  expect(unpackNotice(bytes(packFields(["something", "n1", "x"])))).toBeUndefined();
  expect(unpackNotice(bytes(packDocument("n1", "revocations")))).toEqual({
    is: "document",
    node: "n1",
    name: "revocations",
  });
  expect(unpackNotice(bytes(packFields(["born", "n1", "roomy:%7Ba", "e1", "1"])))).toMatchObject({
    channel: "roomy:{a",
  });
});
