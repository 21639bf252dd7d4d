/** Counts what vitest's JSON reporter says into one plain line. */

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

interface Report {
  testResults: readonly { status: string; assertionResults: readonly { status: string }[] }[];
}

const isReport = (value: unknown): value is Report =>
  typeof value === "object" && value !== null && "testResults" in value && Array.isArray(value.testResults);

/**
 * @param json The report's text; undefined when vitest died before writing it.
 * @param exitCode vitest's. A run that failed counts as at least one failure, whatever the report says.
 */
export function countTests(json: string | undefined, exitCode: number): Count {
  const report: unknown = json === undefined ? undefined : JSON.parse(json);
  const count: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const file of isReport(report) ? report.testResults : []) {
    const before = count.failed;
    for (const { status } of file.assertionResults) {
      if (status === "passed") count.passed++;
      else if (status === "failed") count.failed++;
      else count.skipped++;
    }
    // A file that did not load, or whose hooks failed, has no failed test to show for it.
    if (file.status === "failed" && count.failed === before) count.failed++;
  }
  if (exitCode !== 0 && count.failed === 0) count.failed = 1;
  return count;
}

export function countLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
