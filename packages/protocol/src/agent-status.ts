/** What agents say they do, in the words of today (§12.5). */

const older: ReadonlyMap<string, string> = new Map([
  ["busy", "running"],
  ["error", "failed"],
  ["offline", "lost"],
]);

/** The state that a status means: itself, or what stands for it since older documents. */
export const agentStatusOf = (said: string): string => older.get(said) ?? said;
