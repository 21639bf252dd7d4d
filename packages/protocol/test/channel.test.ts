import { channelName, isChannel, isPattern, matchesPattern, namespaceOf } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vectors } from "./vectors.ts";

const { valid, invalid, patterns, matches, names } = vectors("channels");

describe("§2.1 channels", () => {
  test.each(valid)("$channel is one, in the namespace $namespace", ({ channel, namespace }) => {
    expect(isChannel(channel)).toBe(true);
    expect(isPattern(channel)).toBe(false);
    expect(namespaceOf(channel)).toBe(namespace);
  });

  test.each(invalid)("$name: not a channel", ({ channel }) => expect(isChannel(channel)).toBe(false));

  test.each([undefined, null, 1, {}, ["agent:a"]])("%j is neither channel nor pattern", (value) => {
    expect([isChannel(value), isPattern(value)]).toEqual([false, false]);
  });

  test.each(names)("$text becomes the name $name", ({ text, name }) => {
    expect(channelName(text)).toBe(name);
    expect(isChannel(`agent:${name}`)).toBe(true);
  });

  test("any text becomes a name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => isChannel(`agent:${channelName(text)}`)),
    );
  });
});

describe("§2.2 patterns", () => {
  test.each(patterns.valid)("%s is one", (pattern) => expect(isPattern(pattern)).toBe(true));

  test.each(patterns.invalid)("%j is none", (pattern) => expect(isPattern(pattern)).toBe(false));

  test.each(matches)("$pattern and $channel: $matches", ({ pattern, channel, matches: expected }) => {
    expect(matchesPattern(pattern, channel)).toBe(expected);
  });
});
