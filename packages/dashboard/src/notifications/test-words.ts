/** What came of a test. */
export interface Tested {
  status?: number;
  error?: string;
  tookMs: number;
}

export function testWords({ status, error, tookMs }: Tested): [text: string, tone: "plain" | "bad"] {
  if (error !== undefined) return [`Not taken: ${error}`, "bad"];
  return [`Taken in ${tookMs} ms${status === undefined ? "" : ` (status ${status})`}.`, "plain"];
}
