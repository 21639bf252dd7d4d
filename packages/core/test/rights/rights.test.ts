import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRights, noRights } from "../../src/rights/rights.ts";
import { type Capability, type Verb, verbs } from "../../src/rights/verbs.ts";

/** The rules of README.md, as slowly and plainly as they can be written. */
function reference(
  capabilities: readonly Capability[],
  agentId: string | undefined,
  verb: Verb,
  channel: string,
): boolean {
  if (!plainChannel(channel)) return false;
  if (agentId !== undefined) {
    if (verb === "admin") return false;
    const ofAgents = channel === "agent" || channel.startsWith("agent:");
    const own = channel === `agent:${agentId}` || channel.startsWith(`agent:${agentId}/`);
    if (verb === "publish" && ofAgents && !own) return false;
  }
  for (const capability of capabilities) {
    const named = capability.verbs.includes(verb) || (agentId === undefined && capability.verbs.includes("admin"));
    if (named && matches(capability.channels, channel)) return true;
  }
  return false;
}

function matches(pattern: string, channel: string): boolean {
  if (!pattern.endsWith("*")) return plainChannel(pattern) && pattern === channel;
  const start = pattern.slice(0, -1);
  if (start !== "" && !(start.includes(":") && plainName(start.split(":")[0] ?? "") && plainRest(afterColon(start)))) {
    return false;
  }
  for (let at = 0; at < start.length; at++) if (start[at] !== channel[at]) return false;
  return true;
}

const afterColon = (text: string): string => text.slice(text.indexOf(":") + 1);
const inside = (characters: string, text: string): boolean => [...text].every((each) => characters.includes(each));
const letters = "abcdefghijklmnopqrstuvwxyz";
const plainName = (text: string): boolean =>
  text.length >= 1 && text.length <= 32 && inside(letters, text[0] ?? "") && inside(`${letters}0123456789-`, text);
const plainRest = (text: string): boolean =>
  text.length <= 200 && inside(`${letters}${letters.toUpperCase()}0123456789._~:/@+=,-`, text);
function plainChannel(text: string): boolean {
  const colon = text.indexOf(":");
  return colon < 0
    ? plainName(text)
    : plainName(text.slice(0, colon)) && text.length > colon + 1 && plainRest(afterColon(text));
}

const namespaces = ["agent", "process", "global", "user", "ag"];
const names = [
  "a",
  "ab",
  "a/b",
  "a:b",
  "agent:a",
  "agent:ab",
  "xagent:a",
  "A",
  "a%3Ab",
  "coder-001",
  "é",
  "e\u0301",
  "ａ",
  "a\0",
  "a ",
  " a",
  "*",
  "a*",
  "a*b",
  "",
  ".",
];
const channel = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...namespaces), fc.constantFrom(...names)).map((two) => two.join(":")),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...namespaces,
      "Agent:a",
      "AGENT:a",
      "*",
      "",
      "agent:a\n",
      "agent:*",
      "agent:a*",
      "agent%3Aa",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
);
const channels = fc.oneof(
  { weight: 4, arbitrary: channel },
  { weight: 4, arbitrary: channel.map((name) => `${name}*`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("*", "agent:*", "process:*", "user:*", "agent:a/*", "agent:a/b/*", "agent:ab*"),
  },
);
const capability = fc.record({ channels, verbs: fc.subarray([...verbs], { maxLength: 4 }) });
const bound = fc.option(fc.constantFrom("a", "ab", "a/b", "A", "coder-001", "*"), { nil: undefined });
const policy = fc.array(capability, { maxLength: 5 });
const compile = (granted: readonly Capability[], agentId: string | undefined) =>
  compileRights(granted, agentId === undefined ? {} : { agentId });

describe("A10 rights", () => {
  test("are those of the reference evaluator, for every policy, verb and name", () => {
    let allowed = 0;
    fc.assert(
      fc.property(policy, bound, fc.array(channel, { minLength: 1, maxLength: 8 }), (granted, agentId, asked) => {
        const rights = compile(granted, agentId);
        for (const name of asked) {
          for (const verb of verbs) {
            const expected = reference(granted, agentId, verb, name);
            if (expected) allowed++;
            expect(rights.may(verb, name), `${verb} ${JSON.stringify(name)}`).toBe(expected);
          }
        }
      }),
      { numRuns: 5_000 },
    );
    // The policies would be no test if they never granted anything.
    expect(allowed).toBeGreaterThan(1_000);
  });

  test("mayAny, touches and covers agree with may", () => {
    fc.assert(
      fc.property(policy, bound, channels, fc.array(channel, { maxLength: 8 }), (granted, agentId, pattern, asked) => {
        const rights = compile(granted, agentId);
        for (const verb of verbs) {
          for (const name of asked) {
            const may = rights.may(verb, name);
            if (may) expect(rights.mayAny(verb)).toBe(true);
            if (!plainChannel(name) || !matches(pattern, name)) continue;
            if (may) expect(rights.touches(verb, pattern)).toBe(true);
            else expect(rights.covers(verb, pattern)).toBe(false);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("withinCommand names what mayCommand allows, also where a capability names commands", () => {
    const named = fc.record({
      channels,
      verbs: fc.subarray([...verbs], { maxLength: 3 }),
      commands: fc.subarray(["start", "stop"]),
    });
    const some = fc.array(fc.oneof(capability, named), { maxLength: 5 });
    fc.assert(
      fc.property(some, channels, channel, fc.constantFrom("start", "stop"), (granted, pattern, asked, name) => {
        if (!plainChannel(asked) || !matches(pattern, asked)) return;
        const rights = compileRights(granted);
        const within = rights.withinCommand(name, pattern).some((part) => matches(part, asked));
        expect(within).toBe(rights.mayCommand(asked, name));
      }),
      { numRuns: 3_000 },
    );
  });

  test("without a capability nothing may be done", () => {
    for (const verb of verbs) {
      expect(noRights.may(verb, "agent:a")).toBe(false);
      expect(noRights.mayAny(verb)).toBe(false);
      expect(noRights.touches(verb, "*")).toBe(false);
      expect(noRights.covers(verb, "*")).toBe(false);
    }
  });

  test.each([
    ["agent:a", "agent:a%3Ab"],
    ["agent:a:b", "agent:a%3Ab"],
    ["agent:a", "agent:a\0"],
    ["agent:a", "agent:a "],
    ["agent:a", "agent:a\n"],
    ["agent:a", "Agent:a"],
    ["agent:a", "agent:A"],
    ["agent:é", "agent:e\u0301"],
    ["agent:*", "agent:*"],
    ["agent:*", "agents:a"],
    ["agent:*", "agent"],
    ["agent:*", "xagent:a"],
    ["agent:a", "agent:ab"],
    ["agent:a*b", "agent:axb"],
    ["*:a", "agent:a"],
    ["agent*", "agent:a"],
    [".*", "agent:a"],
    ["agent:.", "agent:a"],
  ])("%j does not grant %j", (channels, name) => {
    expect(compileRights([{ channels, verbs: [...verbs] }]).may("subscribe", name)).toBe(false);
  });

  test("admin implies every verb, on its channels only", () => {
    const rights = compileRights([{ channels: "repo:*", verbs: ["admin"] }]);
    for (const verb of verbs) {
      expect(rights.may(verb, "repo:a/b")).toBe(true);
      expect(rights.may(verb, "agent:a")).toBe(false);
    }
  });
});

describe("rights bound to an agent", () => {
  const everything: Capability[] = [{ channels: "*", verbs: [...verbs] }];
  const rights = compileRights(everything, { agentId: "coder" });

  test.each(["agent:coder", "agent:coder/tests", "process:p1", "session:s1"])("publish to %s", (name) => {
    expect(rights.may("publish", name)).toBe(true);
  });

  test.each(["agent:other", "agent:coder2", "agent:coder:x", "agent"])("never publish to %s", (name) => {
    expect(rights.may("publish", name)).toBe(false);
    expect(rights.may("subscribe", name)).toBe(true);
  });

  test("never administer", () => {
    expect(rights.mayAny("admin")).toBe(false);
    expect(compileRights([{ channels: "*", verbs: ["admin"] }], { agentId: "coder" }).mayAny("publish")).toBe(false);
  });

  test("say things only in their own agent's name and below", () => {
    expect(["coder", "coder/tests", "coder2", "other", ""].map((id) => rights.speaksFor(id))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(compileRights(everything).speaksFor("anyone")).toBe(true);
  });

  test("know that a grant on other agents only is none", () => {
    expect(
      compileRights([{ channels: "agent:other", verbs: ["publish"] }], { agentId: "coder" }).mayAny("publish"),
    ).toBe(false);
    expect(compileRights([{ channels: "agent:*", verbs: ["publish"] }], { agentId: "coder" }).mayAny("publish")).toBe(
      true,
    );
  });
});
