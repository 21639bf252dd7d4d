/** Where a searched text occurs. */

/** Matches any of the words of a search, in any case. Undefined: nothing to look for. */
export function highlighter(search: string): RegExp | undefined {
  const words = [...search.matchAll(/"([^"]*)"|(\S+)/g)]
    .map(([, phrase, word]) => phrase ?? word?.replace(/\*$/, "") ?? "")
    .filter((word) => word !== "" && word !== '"');
  if (words.length === 0) return undefined;
  const escaped = words.sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(${escaped.join("|")})`, "gi");
}

/** Cuts a text at matches: parts at odd places are matches. */
export const cutAtMatches = (text: string, found: RegExp): string[] => text.split(found);
