import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Act, type AuditEntry, chained, firstBroken, hashOf } from "../../src/audit/entry.ts";

const act = fc.record(
  {
    who: fc.string(),
    what: fc.string(),
    result: fc.constantFrom("ok", "forbidden"),
    target: fc.string(),
    details: fc.dictionary(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ["who", "what", "result"] },
) as fc.Arbitrary<Act>;

function chainOf(acts: readonly Act[]): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const [index, one] of acts.entries()) {
    entries.push(chained({ ...one, at: index, node: "n" }, entries.at(-1)?.hash ?? ""));
  }
  return entries;
}

const acts = fc.array(act, { minLength: 2, maxLength: 12 });

describe("§18.4 the chain", () => {
  test("holds over any acts, and over what JSON made of them, from its beginning and from anywhere", () => {
    fc.assert(
      fc.property(acts, fc.nat(), (given, from) => {
        const entries = JSON.parse(JSON.stringify(chainOf(given))) as AuditEntry[];
        expect(firstBroken(entries, "")).toBe(-1);
        expect(firstBroken(entries.slice(from % entries.length))).toBe(-1);
      }),
    );
  });

  test("shows whatever was changed, taken out from between, or put in another order", () => {
    fc.assert(
      fc.property(acts, fc.nat(), fc.constantFrom("change", "remove", "swap"), (given, at, how) => {
        const entries = chainOf(given);
        const index = at % (entries.length - 1);
        const [one, next] = [entries[index], entries[index + 1]];
        if (one === undefined || next === undefined) return;
        if (how === "change") entries[index] = { ...one, who: `${one.who}x` };
        else if (how === "remove") entries.splice(index, 1);
        else entries.splice(index, 2, next, one);
        expect(firstBroken(entries, "")).toBe(index);
      }),
    );
  });

  test("who makes a changed entry's hash anew breaks the next one", () => {
    const entries = chainOf(["a", "b", "c"].map((who) => ({ who, what: "x", result: "ok" })));
    const [, second] = entries;
    if (second === undefined) throw new Error("there are three");
    const forged = { ...second, who: "z" };
    entries[1] = { ...forged, hash: hashOf(forged) };
    expect(firstBroken(entries, "")).toBe(2);
  });

  test("a hash is what any language makes of the entry: canonical JSON, SHA-256", () => {
    const entry = chained({ who: "user:ada", what: "command_queued", result: "ok", at: 1, node: "n" }, "");
    expect(entry.hash).toBe("9596e55f81818f655d127c66259095b49b3bbe4f840731445313d3b4efa53403");
  });
});
