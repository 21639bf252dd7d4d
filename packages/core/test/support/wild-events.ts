/** Events as the catalogue shows them, and then bent: members gone, of another kind, huge, or named to do harm. */
import { catalogue } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import type { FoldedEvent } from "../../src/reducers/index.ts";

type Data = Readonly<Record<string, unknown>>;

interface Example {
  type: string;
  data: Data;
}

/** Further shapes of some of them. */
const others: readonly Example[] = [
  { type: "driver_changed", data: { channel: "agent:a", driver: "user:ada", how: "took" } },
  { type: "driver_changed", data: { channel: "agent:a", driver: null, previous: "user:ada", how: "released" } },
  { type: "session_note", data: { sessionId: "s", noteId: "n1", text: "look here", at: "log:7", by: "user:ada" } },
  { type: "session_note", data: { sessionId: "s", noteId: "n1", text: null, by: "user:bob" } },
  { type: "session_selection", data: { sessionId: "s", by: "user:ada", selection: { line: 812 }, at: "log" } },
  { type: "budget_set", data: { scope: "session:s", limits: { costUsd: 5, tokens: 1_000 } } },
  { type: "budget_warned", data: { scope: "session:s", used: { costUsd: 4.2 }, limits: { costUsd: 5 } } },
  { type: "agent_status", data: { agentId: "a/helper", status: "running", parentId: "a" } },
  { type: "memory_update", data: { sessionId: "s", key: "k", version: 1, value: { a: 1, b: [1, 2] } } },
  { type: "memory_update", data: { sessionId: "s", key: "k", version: 2, value: { a: 2, c: "x" }, author: "bob" } },
  { type: "memory_update", data: { sessionId: "s", key: "k", deleted: true } },
];

/** One of each, and the types that nobody should look up by. */
export const examples: readonly Example[] = [
  ...[...catalogue.values()].map(({ type, example }) => ({ type, data: Object(example) as Data })),
  ...others,
  ...["constructor", "__proto__", "toString", "unheard_of"].map((type) => ({ type, data: { status: "x" } })),
];

/** No event is larger than a frame, 1 MiB; these come near it, all members together. */
const huge = "ab\n\u{1f600}".repeat(20_000);
const long = "ab\n\u{1f600}".repeat(200);
const proto: unknown = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "id": "__proto__"}');

const value: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("a", "b", "c", "done", "failed", "running", "waiting_approval", "__proto__"),
  },
  { weight: 3, arbitrary: fc.string({ maxLength: 8 }).map((text) => `id-${text}`) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 400 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      ...[null, true, false, {}, [], 0, -0, 1e308, -1e308, Number.MAX_SAFE_INTEGER],
      ...[huge, proto, [proto, null, 7, huge], Array.from({ length: 300 }, (_, i) => `${i}${long}`)],
      Array.from({ length: 300 }, (_, i) => ({ id: `s${i}`, name: long, stepId: i, test: long })),
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i % 2 === 0 ? i : long])),
      "\ud800",
      "one\ntwo\nthree",
      "one\n2\nthree",
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Replaces, adds or takes away members. */
const bends = fc.array(fc.tuple(fc.nat(30), fc.option(value, { nil: undefined, freq: 5 })), { maxLength: 3 });

const bent = (data: Data, changes: ReadonlyArray<readonly [number, unknown]>): Data => {
  const names = Object.keys(data);
  const entries = new Map(Object.entries(data));
  for (const [at, replacement] of changes) {
    const name = names[at % Math.max(1, names.length)] ?? "__proto__";
    if (replacement === undefined) entries.delete(name);
    else entries.set(name, replacement);
  }
  return Object.fromEntries(entries);
};

/** Of these types; now and then the data is no object at all. */
export const wildEvents = (some: readonly Example[]): fc.Arbitrary<Pick<FoldedEvent, "type" | "data">> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .tuple(fc.constantFrom(...some), bends)
        .map(([{ type, data }, changes]) => ({ type, data: bent(data, changes) })),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...some), value).map(([{ type }, data]) => ({ type, data })) },
  );

/** The same event with a name of its own in every member, each as long as may be and with as many items. */
export const swollen = ({ type, data }: Example, round: number): Example => ({
  type,
  data: swell(data, round) as Data,
});

function swell(given: unknown, round: number): unknown {
  if (typeof given === "string") return `${round}${long}`;
  if (typeof given === "number") return round + 1;
  if (Array.isArray(given)) return Array.from({ length: 120 }, (_, at) => swell(given[0], round * 120 + at));
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, member]) => [name, swell(member, round)]));
}
