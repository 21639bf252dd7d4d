/** A command as one would type it. */

const needsNoQuotes = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** POSIX shells take what stands between single quotes as it is. */
const quoted = (word: string): string => (needsNoQuotes.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A text is a line already; a list of words is not. */
export function shellLine(command: string | readonly unknown[], args: readonly unknown[] = []): string {
  const words = args.map((word) => quoted(wordOf(word)));
  if (typeof command === "string") return [command, ...words].join(" ");
  return [...command.map((word) => quoted(wordOf(word))), ...words].join(" ");
}

const wordOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
