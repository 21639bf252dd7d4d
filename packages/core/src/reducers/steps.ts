/** Steps of an execution or a workflow, in the order in which they were first heard of. */
export interface Step {
  stepId: string;
  name: string | undefined;
  /** Which one it is, from 1. */
  index: number | undefined;
  /** As it was said. */
  status: string;
  /** What came of it: the beginning of a text; anything else whole or not at all. */
  result: unknown;
  /** Characters of a result that is not shown whole. */
  resultSize: number | undefined;
  error: string | undefined;
  /** Milliseconds since 1970: first heard of as running, and when it ended. */
  startedAt: number | undefined;
  endedAt: number | undefined;
  durationMs: number | undefined;
  updatedAt: number;
}

export const stepsKept = 80;
export const resultLength = 200;
