/** What of the tests is shown: kept in the address. */

export type TestFilter = "failing" | "flaky" | "passing" | "skipped";

export interface TestSearch {
  /** Whose tests. */
  channel?: string;
  /** Every word must occur in the test's name, suite or file. */
  q?: string;
  only?: TestFilter;
  /** `duration`, `-duration`, `name` …; failing first without it. */
  sort?: string;
  /** The test that is looked at. */
  test?: string;
}

export const testFilters: readonly TestFilter[] = ["failing", "flaky", "passing", "skipped"];

const text = (value: unknown): string | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? `${value}` : undefined;

export function readTestSearch(search: Record<string, unknown>): TestSearch {
  const [channel, q, sort, test] = [text(search.channel), text(search.q), text(search.sort), text(search.test)];
  const only = testFilters.find((one) => one === search.only);
  return {
    ...(channel && /^(agent|session|process):./.test(channel) ? { channel } : {}),
    ...(q ? { q } : {}),
    ...(only ? { only } : {}),
    ...(sort ? { sort } : {}),
    ...(test ? { test } : {}),
  };
}
