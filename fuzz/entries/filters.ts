/** Filters of subscriptions, and redaction: what is shown, and what must not be. */
import { ok, strictEqual } from "node:assert";
import { Redactor, SharedPublication } from "@signalbox/core";
import type { Filter, Message } from "@signalbox/protocol";
import { tagsOf } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import { compileFilter } from "../../packages/core/src/filter.ts";
import { pureEntry } from "../entry.ts";
import { anyJson } from "../inputs/json.ts";
import { secretText, suspectText, suspectValue } from "../inputs/secrets.ts";

const names = ["agentId", "team", "status", "__proto__", "toString"];
const values = ["a", "b", "", "é"];
const tagTable = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), { maxLength: 3 })
  .map((members): Record<string, string> => Object.fromEntries(members));
const types = ["note", "agent_status", "agent_log", "__proto__", ""];

const filter: fc.Arbitrary<Filter> = fc.record(
  {
    types: fc.array(fc.constantFrom(...types), { maxLength: 3 }),
    tags: fc
      .array(fc.tuple(fc.constantFrom(...names), fc.oneof(fc.constantFrom(...values), fc.subarray(values))), {
        maxLength: 2,
      })
      .map((members): Record<string, string | string[]> => Object.fromEntries(members)),
  },
  { requiredKeys: [] },
);

const event = fc.record({ type: fc.constantFrom(...types), tags: tagTable, data: fc.oneof(tagTable, anyJson) });

export const filters = pureEntry({
  name: "filters",
  about: "filters against plain rules; redaction: no known secret stays, nothing grows, a second look only takes more",
  parsers: [
    "packages/core/src/filter.ts",
    "packages/protocol/src/tags.ts",
    "packages/core/src/redact/redactor.ts",
    "packages/core/src/redact/scan.ts",
    "packages/core/src/redact/keys.ts",
    "packages/core/src/redact/shapes.ts",
    "packages/core/src/redact/randomness.ts",
    "packages/core/src/redact/quick-look.ts",
  ],
  cases: fc.record({ filter, event, text: suspectText, value: suspectValue, secret: secretText }),
  check: ({ filter, event, text, value, secret }) => {
    checkFilter(filter, event);
    checkText(text);
    checkValue(value);
    const { before, planted, after } = secret;
    const shown = redactor.text(before + planted + after);
    ok(!shown.includes(planted), `a planted secret stays in ${shown}`);
  },
});

function checkFilter(
  filter: Filter,
  { type, tags, data }: { type: string; tags: Record<string, string>; data: unknown },
) {
  const message: Message = { id: "1", type, timestamp: 0, data, metadata: { tags } };
  const kept = { offset: 1, type, timestampMs: 0, body: JSON.stringify(message) };
  const publication = new SharedPublication("agent:a", "e", kept, message);
  const test = compileFilter(filter, (one) => one.tags((of) => tagsOf(of.type, of.data, of.metadata)));
  const all = new Map<string, unknown>(Object.entries(tagsOf(type, data, { tags })));
  const wanted =
    (filter.types === undefined || filter.types.includes(type)) &&
    Object.entries(filter.tags ?? {}).every(([name, value]) =>
      (typeof value === "string" ? [value] : value).some((one) => all.has(name) && all.get(name) === one),
    );
  for (const [name, value] of Object.entries(tags)) strictEqual(all.get(name), value, "metadata.tags win");
  strictEqual(test === undefined || test(publication), wanted, "the filter lets it pass");
}

/** For one process; names it has seen must not change what it says. */
const redactor = new Redactor();

/** `a:b@` may become `a:[redacted:url_password]@`: the longest replacement for the shortest secret. */
const bound = (length: number): number => 8 * length + 64;

function checkText(text: string): void {
  const once = redactor.text(text);
  ok(once.length <= bound(text.length), `${text.length} characters became ${once.length}`);
  compareTaken(once, redactor.text(once));
}

function checkValue(value: unknown): void {
  const before = JSON.stringify(value);
  const once = redactor.value(value);
  strictEqual(JSON.stringify(value), before, "what is given stays as it is");
  const text = JSON.stringify(once);
  ok(text.length <= bound(before.length), `${before.length} characters became ${text.length}`);
  compareTaken(once, redactor.value(once));
}

/**
 * A mark is shorter or longer than what it stands for, so its neighbours may look different the next time: the second
 * look either leaves a text as it is, or puts a mark in it.
 */
function compareTaken(once: unknown, twice: unknown): void {
  if (typeof once === "string" || typeof once === "number") {
    ok(twice === once || String(twice).includes("[redacted:"), `${once} became ${twice}`);
  } else if (typeof once === "object" && once !== null) {
    ok(typeof twice === "object" && twice !== null, "objects stay objects");
    const [before, after] = [Object.values(once), Object.values(twice)];
    strictEqual(after.length, before.length, "no member is lost");
    for (const [at, member] of before.entries()) compareTaken(member, after[at]);
  } else {
    strictEqual(twice, once, "what is no text stays");
  }
}
