import fc from "fast-check";
import { expect, test } from "vitest";
import { packDocument, packFields, unpackKept } from "../../../src/brokers/redis/messages.ts";
import { packWord, unpackWord, type Word } from "../../../src/brokers/redis/notices.ts";

const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "3:abc,", "\0", "\n", "ü"));
const words: fc.Arbitrary<Word> = fc.oneof(
  fc.record({ is: fc.constant("passed" as const), node: text, body: text }),
  fc.record({ is: fc.constant("told" as const), node: text, topic: text, body: text }),
  fc.record({ is: fc.constantFrom("bye" as const, "lost" as const), node: text }),
);

test("what a node says is heard as it was said, and what it passes is no event", () => {
  fc.assert(
    fc.property(words, (word) => {
      const message = Buffer.from(packWord(word));
      expect(unpackWord(message)).toEqual(word);
      if (word.is === "passed") expect(unpackKept(message)).toBeUndefined();
    }),
  );
});

test("what others publish is no word of a node", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (any) => void unpackWord(Buffer.from(any))));
  for (const message of ["", "told", packFields(["told"]), packFields(["later", "n", "x"]), packDocument("n", "d")]) {
    expect(unpackWord(Buffer.from(message))).toBeUndefined();
  }
});
