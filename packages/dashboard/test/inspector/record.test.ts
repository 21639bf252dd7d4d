import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { masked, recordOf, type WireRecord, wantedBy } from "../../src/inspector/record.ts";
import { keptAtMost, Ring } from "../../src/inspector/ring.ts";
import { readInspectorSearch } from "../../src/inspector/search.ts";

const about = { id: 1, way: "event", atMs: 5 } as const;
const record = (message: object): WireRecord => recordOf(message, JSON.stringify(message), about);
const log = record({
  ...{ id: "e1", type: "agent_log", channel: "agent:a", epoch: "k", offset: 3, timestamp: 7 },
  ...{ data: { level: "error", message: "no such file", issuedBy: "user:ada" }, metadata: { tags: { team: "red" } } },
});

describe("masked", () => {
  test("no token is left, however it is written, and all else stays", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), fc.jsonValue(), (token, other) => {
        const text = JSON.stringify({ id: "a", data: { token }, metadata: { token }, other: { nothing: other } });
        expect(JSON.parse(masked(text))).toMatchObject({
          data: { token: "[masked]" },
          metadata: { token: "[masked]" },
        });
      }),
    );
    expect(masked('{"headers":{"Authorization" : "Bearer x\\"y"}}')).toBe('{"headers":{"Authorization" : "[masked]"}}');
    expect(masked('{"tokens":3,"broken":"a"}')).toBe('{"tokens":3,"broken":"a"}');
  });
});

test.each([
  [{}, true],
  [{ q: "NO such error" }, true],
  [{ q: "other" }, false],
  [{ types: "agent_log,agent_error" }, true],
  [{ types: "agent_error" }, false],
  [{ by: "user:ada" }, true],
  [{ by: "user:ad" }, false],
  [{ by: "us.r:ada" }, false],
  [{ tag: "team=red" }, true],
  [{ tag: "level=error" }, true],
  [{ tag: "level" }, true],
  [{ tag: "team=blue" }, false],
  [{ min: 10_000 }, false],
])("%j wants it: %s", (search, wanted) => {
  expect(wantedBy(search)(log)).toBe(wanted);
});

test("a record says when, which and what it answers", () => {
  expect(log).toMatchObject({ atMs: 7, position: "k:3", messageId: "e1", channel: "agent:a" });
  const answer = { type: "ack", data: { channel: "agent:b" }, metadata: { correlationId: "q" } };
  expect(recordOf(answer, "", { ...about, way: "in" })).toMatchObject({ atMs: 5, answers: "q", channel: "agent:b" });
  expect(recordOf(null, "null", about).type).toBe("(no type)");
});

test("the newest are kept, the others counted", () => {
  const ring = new Ring(({ type }) => type === "a");
  const told = new Promise<void>((resolve) => ring.subscribe(resolve));
  for (let n = 0; n < keptAtMost * 3; n++) ring.push({ ...log, id: n, type: n % 2 === 0 ? "a" : "b" });
  return told.then(() => {
    const { records, seen, fitting } = ring.snapshot();
    expect([records.length, seen, fitting]).toEqual([keptAtMost, keptAtMost * 3, keptAtMost * 1.5]);
    expect([records[0]?.id, records.at(-1)?.id]).toEqual([keptAtMost, keptAtMost * 3 - 2]);
    ring.clear();
    expect(ring.snapshot()).toMatchObject({ records: [], seen: 0 });
  });
});

test("an address that says something else is left out", () => {
  const search = { tab: "own", q: 7, min: "12", since: "", by: undefined, other: "x" };
  expect(readInspectorSearch(search)).toEqual({ tab: "own", q: "7", min: 12 });
  expect(readInspectorSearch({ tab: "x", min: "-1" })).toEqual({});
});
