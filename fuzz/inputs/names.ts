/** Names of channels and patterns: right, nearly right, and far from it. */
import fc from "fast-check";
import { mutated, oddTexts, ofLength } from "./text.ts";

export const namespaces = ["agent", "session", "process", "execution", "browser", "workflow", "repo", "user", "global"];
const rests = ["a", "ab", "a/b", "a:b", "coder-001", "coder-001/x", "A", "owner/name@1.2.3+x~y,z=1", "."];

const namespace = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...namespaces) },
  fc.constantFrom("ag", "nowhere", "x-1", "9a", "-a", "Agent", "a_b"),
  ofLength("n", 1, 31, 32, 33),
);

const rest = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...rests) },
  fc.constantFrom(...oddTexts),
  ofLength("r", 1, 199, 200, 201),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);

/** Proper names in known namespaces only. */
export const goodChannel = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(fc.constantFrom(...namespaces), fc.constantFrom(...rests)).map((two) => two.join(":")),
  },
  // Often the same ones, so that publishers and subscribers meet.
  { weight: 6, arbitrary: fc.constantFrom("global", "agent:a") },
);

const anyChannel = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(namespace, rest).map((two) => two.join(":")) },
  namespace,
  fc.constantFrom(...oddTexts),
);

export const channel = mutated(anyChannel);

export const pattern = mutated(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(namespace, rest).map(([first, second]) => `${first}:${second}*`) },
    { weight: 2, arbitrary: namespace.map((name) => `${name}:*`) },
    fc.constantFrom("*", "**", "*:*", "agent*", ":*"),
    anyChannel,
  ),
);
