/** Texts with what parsers stumble over in them, and a mutator of texts. */
import fc from "fast-check";

/** Each was somebody's bug: names of the prototype, ends of lines, characters that look like others, numbers too large. */
export const oddTexts: readonly string[] = [
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"],
  ...["", " ", "\0", "\t", "\r\n", "\n", "\r", "\u001b[2J", "\u202e", "\u2028", "\ufeff", "\u00a0"],
  ...["é", "e\u0301", "ａ", "ſ", "K", "İ", "👩‍💻", "\ud800", "\udfff"],
  ...["*", ":", "::", "..", "../", "%2e%2e%2f", "%00", "%", "\\", "/", "//", "{id}", "{agentId}", "{shared}"],
  ...[
    "0",
    "-1",
    "-0",
    "1e999",
    "9007199254740992",
    "9007199254740991",
    "18446744073709551616",
    "NaN",
    "Infinity",
    "0x10",
  ],
  ...["null", "true", "[]", "{}", '"', "'", "`", ",", ";", "=", "&", "?", "#", "@", "+", "~"],
];

interface Change {
  do: "insert" | "replace" | "remove" | "repeat" | "cut" | "case";
  /** Where, as a share of the length in 65,536ths. */
  at: number;
  size: number;
  text: string;
}

const change = (pieces: readonly string[]): fc.Arbitrary<Change> =>
  fc.record({
    do: fc.constantFrom("insert", "replace", "remove", "repeat", "cut", "case"),
    at: fc.nat(65_535),
    size: fc.integer({ min: 1, max: 12 }),
    text: fc.oneof(fc.constantFrom(...oddTexts, ...pieces), fc.string({ unit: "binary", maxLength: 3 })),
  });

/** The texts of `from`, some as they are, some changed in up to three places; `pieces` are what may be put in. */
export const mutated = (from: fc.Arbitrary<string>, pieces: readonly string[] = []): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 1, arbitrary: from },
    {
      weight: 3,
      arbitrary: fc
        .tuple(from, fc.array(change(pieces), { minLength: 1, maxLength: 3 }))
        .map(([text, changes]) => changes.reduce(apply, text)),
    },
  );

function apply(text: string, { do: what, at: share, size, text: piece }: Change): string {
  const at = Math.floor((share / 65_536) * (text.length + 1));
  const before = text.slice(0, at);
  const after = text.slice(at);
  switch (what) {
    case "insert":
      return before + piece + after;
    case "replace":
      return before + piece + after.slice(size);
    case "remove":
      return before + after.slice(size);
    case "repeat":
      return before + after.slice(0, size).repeat(1 + (piece.length % 3)) + after;
    case "cut":
      return before;
    case "case": {
      const part = after.slice(0, size);
      return before + (part === part.toUpperCase() ? part.toLowerCase() : part.toUpperCase()) + after.slice(size);
    }
  }
}

/** A text of exactly one of these lengths. */
export const ofLength = (character: string, ...lengths: number[]): fc.Arbitrary<string> =>
  fc.constantFrom(...lengths).map((length) => character.repeat(length));
