/** How long a node waits before it does what another one may do first, or knows better (§9.4). A node alone waits for nobody. */

/** After its time, what another node was to do is done by whoever is first: from the least wait on, over so long. */
const leastMs = 1_000;
const spreadMs = 2_000;
/** What was heard at a node is told within a second; this is for its way, and for a node that is busy. */
const wayMs = 1_000;
/** And this for a node that is slow. */
const slowMs = 3_000;

export class Patience {
  readonly #node: string | undefined;

  /** `node`: its name; `undefined`: there are no others. */
  constructor(node: string | undefined) {
    this.#node = node;
  }

  /** After the time of something that is another node's to do: by node and thing, so that not all try at once. */
  turnMs(key: string): number {
    return this.#node === undefined ? 0 : leastMs + (hashOf(`${this.#node} ${key}`) % spreadMs);
  }

  /**
   * After somebody was silent for too long. `isHere`: this node heard them last; whether another did since then it is told at
   * least every `everyMs`.
   */
  silenceMs(key: string, isHere: boolean, everyMs: number): number {
    if (this.#node === undefined) return 0;
    return isHere ? 1_000 + wayMs : everyMs + slowMs + this.turnMs(key);
  }
}

/** FNV-1a: spreads names evenly, and is quick. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
