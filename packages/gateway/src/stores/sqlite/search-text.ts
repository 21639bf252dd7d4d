/** What of an event can be searched for, and how a person's words become a query. */

/** Characters indexed of one event. */
const indexedCharacters = 4_096;
/** Looked at of one string: escape sequences may fill most of it. */
const readCharacters = 4 * indexedCharacters;

/** Terminal escape sequences: CSI, OSC (up to BEL or ST), character sets, and two-character ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]+[0-~]|[@-Z\\-_])/g;

const stripEscapes = (text: string): string => text.replace(escapes, "");

/** The strings in an event's data; of a `process_output` its output alone. */
export function searchableText(type: string, body: string): string {
  const event: unknown = JSON.parse(body);
  const data = isObject(event) ? event.data : undefined;
  const parts: string[] = [];
  let length = 0;
  const waiting: unknown[] = [type === "process_output" && isObject(data) ? data.output : data];
  while (waiting.length > 0 && length < indexedCharacters) {
    const value = waiting.pop();
    if (typeof value === "string") {
      const text = stripEscapes(value.slice(0, readCharacters));
      parts.push(text);
      length += text.length + 1;
    } else if (isObject(value)) {
      // Backwards, so that they come off in their own order; one by one, as there may be more than a call takes arguments.
      const inner: unknown[] = Object.values(value);
      for (let at = inner.length - 1; at >= 0; at--) waiting.push(inner[at]);
    }
  }
  return parts.join("\n").slice(0, indexedCharacters);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Terms of a query looked at; further ones are left out. */
const termsAtMost = 20;

/**
 * All words must occur; `"a phrase"` as it stands; a trailing `*` finds what begins so. Whatever the text, the result is valid FTS5
 * syntax: every term is quoted, and one without a letter or digit is left out. `undefined` when nothing is left.
 */
export function ftsTerms(text: string): string | undefined {
  const terms: string[] = [];
  for (const [, phrase, phraseStar, word = ""] of text.slice(0, 1_000).matchAll(/"([^"]*)"?(\*?)|([^\s"]+)/g)) {
    const term = (phrase ?? word).replace(/\*+$/, "").replaceAll("\0", " ");
    // One letter alone begins too much: such a `*` is ignored.
    const prefix = (phrase === undefined ? word.endsWith("*") : phraseStar === "*") && [...term].length > 1;
    if (!/[\p{L}\p{N}]/u.test(term)) continue;
    terms.push(prefix ? `"${term}" *` : `"${term}"`);
    if (terms.length === termsAtMost) break;
  }
  return terms.length === 0 ? undefined : terms.join(" ");
}
