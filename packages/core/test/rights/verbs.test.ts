import { isChannel, isPattern } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { readCapabilities } from "../../src/rights/verbs.ts";

const isChannels = (text: unknown): text is string => isChannel(text) || isPattern(text);

describe("capabilities out of a token", () => {
  test("are read when they are exactly what they must be", () => {
    const given = [
      { channels: "agent:*", verbs: ["subscribe", "history", "subscribe"] },
      { channels: "global", verbs: [] },
    ];
    expect(readCapabilities(given, isChannels)).toEqual([
      { channels: "agent:*", verbs: ["subscribe", "history"] },
      { channels: "global", verbs: [] },
    ]);
    expect(readCapabilities([], isChannels)).toEqual([]);
  });

  test("may name commands", () => {
    const given = [{ channels: "agent:*", verbs: ["command"], commands: ["pause", "resume", "pause"] }];
    expect(readCapabilities(given, isChannels)).toEqual([
      { channels: "agent:*", verbs: ["command"], commands: ["pause", "resume"] },
    ]);
    for (const commands of ["pause", [7], [""], ["x".repeat(65)], null, Array.from({ length: 65 }, (_, i) => `${i}`)]) {
      expect(readCapabilities([{ channels: "agent:*", verbs: ["command"], commands }], isChannels)).toBeUndefined();
    }
  });

  test.each([
    [undefined],
    [null],
    ["agent:*"],
    [{}],
    [[null]],
    [["agent:*"]],
    [[[]]],
    [[{ channels: "agent:*" }]],
    [[{ verbs: ["publish"] }]],
    [[{ channels: "agent:*", verbs: "publish" }]],
    [[{ channels: "agent:*", verbs: ["publish", "write"] }]],
    [[{ channels: "agent:*", verbs: [1] }]],
    [[{ channels: ["agent:*"], verbs: ["publish"] }]],
    [[{ channels: "agent:**", verbs: ["publish"] }]],
    [[{ channels: "user:{id}", verbs: ["publish"] }]],
    [[{ channels: "agent:*", verbs: ["publish"], except: "agent:a" }]],
    [JSON.parse('[{"channels":"agent:*","verbs":["publish"],"__proto__":1}]')],
    [Array.from({ length: 257 }, () => ({ channels: "global", verbs: ["publish"] }))],
  ])("are refused as a whole otherwise: %j", (given) => {
    expect(readCapabilities(given, isChannels)).toBeUndefined();
  });
});
