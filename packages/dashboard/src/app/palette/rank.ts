/** Which entries fit what was typed, best first. */

export interface Rankable {
  label: string;
  /** What else it is found by. */
  words?: string;
}

/** Letters in order, anywhere; at the start of words and side by side they count for more. */
export function rank<Entry extends Rankable>(entries: readonly Entry[], query: string): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...entries];
  const scored: Array<{ entry: Entry; score: number; at: number }> = [];
  entries.forEach((entry, at) => {
    const label = entry.label.toLowerCase();
    const more = entry.words?.toLowerCase();
    let score = 0;
    for (const word of words) {
      const inLabel = scoreOf(label, word);
      // What is only found by its other words comes after what is called so.
      const best = Math.max(inLabel, more === undefined ? 0 : scoreOf(more, word) / 2);
      if (best === 0) return;
      score += best;
    }
    // Of two that fit alike, the shorter one is meant.
    scored.push({ entry, score: score - label.length / 1_000, at });
  });
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).map(({ entry }) => entry);
}

/** 0: it does not fit. */
function scoreOf(text: string, word: string): number {
  if (text === word) return 100;
  if (text.startsWith(word)) return 80;
  const at = text.indexOf(word);
  if (at > 0) return isBoundary(text, at) ? 70 : 40;
  return spread(text, word);
}

/** All letters in order, with others between them: at most 30. */
function spread(text: string, word: string): number {
  let from = 0;
  let starts = 0;
  let runs = 0;
  let before = -2;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at < 0) return 0;
    if (isBoundary(text, at)) starts++;
    else if (at === before + 1) runs++;
    before = at;
    from = at + letter.length;
  }
  const good = (starts + runs) / [...word].length;
  // Letters strewn about are no match that anybody meant.
  return good < 0.5 ? 0 : 5 + 25 * good;
}

const isBoundary = (text: string, at: number): boolean => at === 0 || !/[a-z0-9]/.test(text[at - 1] ?? "");
