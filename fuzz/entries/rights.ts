/** A10: rights of random policies, roles and agents, against an evaluator that looks at every character. */
import { ok, strictEqual } from "node:assert";
import { defaultRoles, rightsOf, verbs } from "@signalbox/core";
import fc from "fast-check";
import { pureEntry } from "../entry.ts";
import { channel, goodChannel, namespaces, pattern } from "../inputs/names.ts";
import { oddTexts } from "../inputs/text.ts";
import { isChannelByRule, isPatternByRule, matchesByRule } from "../reference/names.ts";
import { mayByRule } from "../reference/rights.ts";

const granted = fc.oneof(
  { weight: 3, arbitrary: goodChannel },
  { weight: 3, arbitrary: goodChannel.map((name) => `${name}*`) },
  { weight: 3, arbitrary: fc.constantFrom("*", ...namespaces.map((name) => `${name}:*`)) },
  channel,
  pattern,
);
const capability = fc.record({ channels: granted, verbs: fc.subarray([...verbs], { maxLength: 4 }) });
const ofRole = fc.record({
  channels: fc.oneof(granted, fc.constantFrom("{shared}", "user:{id}", "agent:{agentId}/*", "{id}:{agentId}", "{id}*")),
  verbs: fc.subarray([...verbs], { maxLength: 3 }),
});
const subject = fc.oneof(
  fc.constantFrom("a", "ab", "a/b", "coder-001", "A", "ada@example.org"),
  fc.constantFrom(...oddTexts),
);
const roleNames = [...Object.keys(defaultRoles), "own", "nobody", "__proto__", "constructor"];

export const rights = pureEntry({
  name: "rights",
  about: "A10: what policies, roles and agents may do, against a plain evaluator",
  parsers: [
    "packages/core/src/rights/rights.ts",
    "packages/core/src/rights/grants.ts",
    "packages/core/src/rights/roles.ts",
  ],
  cases: fc.record({
    capabilities: fc.array(capability, { maxLength: 4 }),
    roles: fc.subarray(roleNames, { maxLength: 3 }),
    own: fc.array(ofRole, { maxLength: 3 }),
    id: subject,
    agentId: fc.option(subject, { nil: undefined }),
    asked: fc.array(fc.oneof(goodChannel, channel), { minLength: 1, maxLength: 4 }),
    spoken: subject,
    patterns: fc.array(
      fc.oneof(
        goodChannel.map((name) => `${name}*`),
        fc.constantFrom("*", "agent:*", "agent:coder-001/*", "user:*"),
        pattern,
      ),
      { maxLength: 2 },
    ),
  }),
  check: ({ capabilities, roles, own, id, agentId, asked, patterns, spoken }) => {
    const table = { ...defaultRoles, own };
    const identity = { kind: "user", id, roles, capabilities, ...(agentId === undefined ? {} : { agentId }) } as const;
    const found = rightsOf(identity, table, namespaces);
    const expected = mayByRule({ capabilities, roles, id, agentId }, table, namespaces);
    strictEqual(found.speaksFor(spoken), agentId === undefined || isOwn(spoken, agentId), `speaks for ${spoken}`);
    for (const verb of verbs) {
      for (const name of asked) {
        const may = expected(verb, name);
        strictEqual(found.may(verb, name), may, `may ${verb} ${name}`);
        if (may) ok(found.mayAny(verb), `mayAny ${verb}`);
        for (const one of [...patterns, name]) {
          if (!isPatternByRule(one) && !isChannelByRule(one)) {
            ok(!found.covers(verb, one) && !found.touches(verb, one), `${one} is neither covered nor touched`);
          } else if (isChannelByRule(name) && matchesByRule(one, name)) {
            if (may) ok(found.touches(verb, one), `touches ${verb} ${one}, as ${name} may`);
            else ok(!found.covers(verb, one), `covers ${verb} ${one}, though ${name} may not`);
          }
        }
      }
    }
  },
});

const isOwn = (spoken: string, agentId: string): boolean =>
  spoken.split("/").slice(0, agentId.split("/").length).join("/") === agentId;
