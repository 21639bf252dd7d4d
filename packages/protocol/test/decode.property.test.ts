import { decodeFrame, defaultLimits } from "@signalbox/protocol";
import { catalogue, checkControl, checkEvent, deriveChannel, tagsOf } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import { expect, test } from "vitest";
import { envelopeSchema } from "../src/envelope.ts";
import { checker } from "../src/validate.ts";

const runs = 2_000;

/** Values as JSON has them, `__proto__` keys included. */
const json = fc.jsonValue({ maxDepth: 5 });

/** Mostly a valid value, sometimes any other. */
const mostly = <T>(valid: fc.Arbitrary<T>, other: fc.Arbitrary<unknown> = json) =>
  fc.oneof({ weight: 12, arbitrary: valid }, { weight: 1, arbitrary: other });

/** Messages that are often valid and often nearly so. */
const messages = fc.record(
  {
    type: mostly(fc.constantFrom("agent_status", "x", "ping"), fc.constantFrom("X", "", "x\n", 1, null)),
    id: mostly(fc.stringMatching(/^[!-~]{1,8}$/), fc.string()),
    timestamp: mostly(fc.nat(), fc.oneof(fc.double(), json)),
    channel: mostly(fc.string()),
    data: json,
    metadata: mostly(
      fc.record(
        {
          version: mostly(fc.string()),
          idempotencyKey: mostly(fc.string({ minLength: 250, maxLength: 260, unit: "binary-ascii" })),
          producer: mostly(
            fc.record({
              id: fc.stringMatching(/^[!-~]{1,8}$/),
              epoch: mostly(fc.nat()),
              seq: mostly(fc.integer({ min: 1 })),
            }),
          ),
          expected: mostly(fc.record({ epoch: fc.stringMatching(/^[\w-]{1,4}$/), offset: mostly(fc.nat()) })),
          tags: mostly(fc.dictionary(fc.string(), mostly(fc.string()))),
          unknown: json,
        },
        { requiredKeys: [] },
      ),
    ),
    mood: json,
  },
  { requiredKeys: ["type"] },
);

test("S11 decodeFrame takes any text and never throws", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    json.map((value) => JSON.stringify(value)),
    fc.json(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(decodeFrame(text, defaultLimits).ok).toBeTypeOf("boolean");
    }),
    { numRuns: runs },
  );
});

test("S15 what decodes comes out as it went in, unknown fields included", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 3 }), (batch) => {
      const text = JSON.stringify(batch);
      const decoded = decodeFrame(text, defaultLimits);
      if (!decoded.ok) return;
      accepted++;
      expect(JSON.stringify(decoded.drafts)).toBe(text);
    }),
    { numRuns: runs },
  );
  expect(accepted).toBeGreaterThan(runs / 10);
});

test("the envelope's JSON Schema and decodeFrame agree", () => {
  const check = checker(envelopeSchema, "");
  const seen = { true: 0, false: 0 };
  fc.assert(
    fc.property(messages, (message) => {
      const text = JSON.stringify(message);
      const { ok } = check(JSON.parse(text));
      seen[`${ok}`]++;
      expect(decodeFrame(text, defaultLimits).ok).toBe(ok);
    }),
    { numRuns: runs },
  );
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(runs / 10);
});

/** Puts a value somewhere into a copy of another. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return by;
  const entries = Object.entries(value);
  const at = step % (entries.length + 1);
  const changed = entries.map(([key, inner], i) => [key, i === at ? replaced(inner, rest, by) : inner]);
  if (at === entries.length) changed.push(["__proto__", by]);
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}

test("S11 checks of any data never throw and always name a place in it", () => {
  const types = [...catalogue.keys()];
  const nasty = fc.oneof(json, fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }));
  const cases = fc
    .tuple(fc.constantFrom(...types), fc.array(fc.nat(20), { maxLength: 4 }), nasty)
    .map(([type, path, by]) => ({ type, data: replaced(catalogue.get(type)?.example, path, by) }));
  fc.assert(
    fc.property(cases, ({ type, data }) => {
      const checked = checkEvent(type, data);
      if (!checked.ok) expect(checked.path).toMatch(/^\/data/);
      deriveChannel(type, data);
      tagsOf(type, data, undefined);
    }),
    { numRuns: 3 * runs },
  );
});

test("S11 checks of control messages never throw", () => {
  const fields = fc.dictionary(
    fc.constantFrom("channel", "since", "positions", "filter", "resource", "id", "events", "token", "client"),
    fc.oneof(json, fc.anything({ withNullPrototype: true })),
  );
  const types = fc.constantFrom("connect", "disconnect", "ping", "pong", "auth_request", "subscribe", "unsubscribe");
  fc.assert(
    fc.property(types, fc.oneof(fields, json), (type, data) => {
      const checked = checkControl(type, data);
      if (!checked.ok) expect(checked.path).toMatch(/^\/data/);
    }),
    { numRuns: runs },
  );
});
