/** S§5.5: what came in reaches the hub in order, also when the hub cannot take it for a while. */
import { errorData } from "@signalbox/core";
import type { Draft, ErrorName, PublishResult } from "@signalbox/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "../../../src/log.ts";
import { Counts } from "../../../src/surfaces/webgui/counts.ts";
import { Taking } from "../../../src/surfaces/webgui/taking.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const draft = (n: number) => ({ type: "note", channel: "global", data: { n } });
const numberOf = ({ data }: Draft): number => (data as { n: number }).n;

/** `answer`: undefined keeps it. */
function taking(answer: (n: number, call: number) => ErrorName | undefined, limits = {}) {
  const lines: string[] = [];
  const counts = new Counts(createLog({ level: "warn", pretty: false }, { write: (line) => void lines.push(line) }));
  const kept: number[] = [];
  let calls = 0;
  const publish = async (drafts: readonly Draft[]): Promise<PublishResult[]> => {
    const call = ++calls;
    return drafts.map((one): PublishResult => {
      const refused = answer(numberOf(one), call);
      if (refused !== undefined) return { id: "x", error: errorData(refused, "no", { retryAfterMs: 200 }) };
      kept.push(numberOf(one));
      return { id: "x", channel: "global", epoch: "e", offset: kept.length, duplicate: false };
    });
  };
  const one = new Taking({ publish, counts, bytes: 10_000, entries: 1_000, ...limits });
  return { one, counts, kept, lines };
}

test("in order, and settled when all of it is kept", async () => {
  const { one, kept, counts } = taking(() => undefined);
  for (let n = 0; n < 250; n++) one.push(draft(n), 1);
  const settled = one.settled();
  one.push(draft(250), 1);
  expect(await settled).toBe(true);
  expect(kept.slice(0, 250)).toEqual(Array.from({ length: 250 }, (_, n) => n));
  expect(await one.settled()).toBe(true);
  expect(counts.taken).toBe(251);
});

test("what is refused for a while is given again, before what came later", async () => {
  const { one, kept } = taking((n, call) => (call <= 2 && n >= 3 ? "rate_limited" : undefined));
  for (let n = 0; n < 6; n++) one.push(draft(n), 1);
  const settled = one.settled();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await settled).toBe(true);
  expect(kept.slice(0, 3)).toEqual([0, 1, 2]);
  expect(kept).toEqual([0, 1, 2, 3, 4, 5]);
});

test("what is refused for good is counted by the error's name, and holds nothing up", async () => {
  const { one, kept, counts, lines } = taking((n) => (n === 1 ? "forbidden" : undefined));
  for (let n = 0; n < 3; n++) one.push(draft(n), 1);
  expect(await one.settled()).toBe(true);
  expect(kept).toEqual([0, 2]);
  expect([...counts.refused]).toEqual([["forbidden", 1]]);
  expect(lines).toHaveLength(1);
});

test("there is room for so much; when it ends, what waits was not taken", async () => {
  const { one, kept } = taking(() => "unavailable", { bytes: 10, entries: 3 });
  expect([one.push(draft(0), 6), one.push(draft(1), 5), one.push(draft(2), 4)]).toEqual([true, false, true]);
  const settled = one.settled();
  await vi.advanceTimersByTimeAsync(60_000);
  one.end();
  expect(await settled).toBe(false);
  expect(one.push(draft(4), 0)).toBe(false);
  expect(kept).toEqual([]);
});

test("the log has one line for many of a kind", () => {
  const { counts, lines } = taking(() => undefined);
  for (let n = 0; n < 1_000; n++) counts.refuse("form", "must be JSON\u001b[31m", "webgui:global\n");
  vi.advanceTimersByTime(11_000);
  counts.refuse("form", "must be JSON", "webgui:global");
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain("\u001b");
  expect(JSON.parse(lines[1] ?? "").unsaid).toBe(999);
});
