/** Which tests are shown, and in which order. */
import { isFlaky, outcomeOf, type TestRecord } from "./test-record.ts";
import type { TestFilter, TestSearch } from "./test-search.ts";

const is: Readonly<Record<TestFilter, (test: TestRecord) => boolean>> = {
  failing: (test) => outcomeOf(test) === "failed",
  flaky: isFlaky,
  passing: (test) => outcomeOf(test) === "passed",
  skipped: (test) => outcomeOf(test) === "skipped",
};

export const countsBy = (tests: readonly TestRecord[]): Readonly<Record<TestFilter, number>> => ({
  failing: tests.filter(is.failing).length,
  flaky: tests.filter(is.flaky).length,
  passing: tests.filter(is.passing).length,
  skipped: tests.filter(is.skipped).length,
});

const names = new Intl.Collator("en", { numeric: true });

/** Those that fail, then flaky ones, then the others by name. */
const rank = (test: TestRecord): number => (outcomeOf(test) === "failed" ? 0 : isFlaky(test) ? 1 : 2);

const orders: Readonly<Record<string, (a: TestRecord, b: TestRecord) => number>> = Object.assign(Object.create(null), {
  name: (a, b) => names.compare(a.name, b.name),
  duration: (a, b) => (a.marks.at(-1)?.durationMs ?? -1) - (b.marks.at(-1)?.durationMs ?? -1),
  last: (a, b) => (a.marks.at(-1)?.at ?? 0) - (b.marks.at(-1)?.at ?? 0),
} satisfies Record<string, (a: TestRecord, b: TestRecord) => number>);

export function testsShown(tests: readonly TestRecord[], { q, only, sort }: TestSearch): readonly TestRecord[] {
  const words = (q ?? "").toLowerCase().split(/\s+/);
  const found = tests.filter((test) => {
    if (only && !is[only](test)) return false;
    const haystack = [test.name, test.suite, test.file].join("\n").toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
  const down = sort?.startsWith("-") ?? false;
  const order = orders[down ? (sort ?? "").slice(1) : (sort ?? "")];
  if (order === undefined) return found.sort((a, b) => rank(a) - rank(b) || names.compare(a.name, b.name));
  return found.sort((a, b) => (down ? order(b, a) : order(a, b)) || names.compare(a.name, b.name));
}
