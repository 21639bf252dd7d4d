/** Chance that a seed repeats (mulberry32): each part of a run has its own, so that none depends on the others' pace. */
export type Chance = () => number;

export function chance(seed: number, part: string): Chance {
  let state = seed >>> 0;
  for (const letter of part) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function oneOf<One>(random: Chance, all: readonly One[]): One {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error("nothing to choose from");
  return one;
}

/** A whole number, `least` to `most`. */
export const between = (random: Chance, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
