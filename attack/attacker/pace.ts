/** When attackers act: at rates that leave the machine something to serve others with. */

const tickMs = 10;
/** Who was kept waiting does not catch up on more than this much of a second. */
const catchUp = 0.1;

/** Calls `act` at most so often a second, until the process ends. */
export function paced(perSecond: number, act: (index: number) => void): void {
  let owed = 0;
  let index = 0;
  let lastMs = performance.now();
  setInterval(() => {
    const now = performance.now();
    owed = Math.min(owed + ((now - lastMs) * perSecond) / 1000, Math.max(1, perSecond * catchUp));
    lastMs = now;
    for (; owed >= 1; owed--) act(index++);
  }, tickMs);
}

/** Calls `open` for so many places, and again for a place a while after its line ended. */
export function held<One extends { readonly ended: Promise<void> }>(
  count: number,
  open: (place: number) => One,
  againAfterMs = 200,
): One[] {
  const all: One[] = [];
  const fill = (place: number): void => {
    const one = open(place);
    all[place] = one;
    void one.ended.then(() => setTimeout(fill, againAfterMs, place));
  };
  // A few at a time: who opens all at once is another attack.
  const batch = 50;
  const begin = (from: number): void => {
    for (let place = from; place < Math.min(count, from + batch); place++) fill(place);
    if (from + batch < count) setTimeout(begin, tickMs, from + batch);
  };
  begin(0);
  return all;
}
