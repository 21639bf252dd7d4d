/** Puts a message together that came in chunks, spec §3.8. */

const kind = 3;
const first = 1;
const last = 2;
const abandoned = 4;
/** Far above what any message may have. */
const mostBytes = 1 << 24;

export class Chunks {
  #text = "";
  #bytes = 0;
  /** Undefined while no message has begun. */
  #decoder: TextDecoder | undefined;

  /** The message, with its last chunk. Throws on what cannot follow. */
  take(frame: Uint8Array): string | undefined {
    const [type, flags = 0] = frame;
    if (flags & first && !this.#decoder) {
      this.#decoder = new TextDecoder();
      this.#text = "";
      this.#bytes = 0;
    } else if (flags & first) this.#decoder = undefined;
    this.#bytes += frame.length;
    if (type !== kind || !this.#decoder || this.#bytes > mostBytes) throw new Error("chunks out of sequence");
    this.#text += this.#decoder.decode(frame.subarray(2), { stream: !(flags & last) });
    if (flags & (last | abandoned)) this.#decoder = undefined;
    return flags & last ? this.#text : undefined;
  }
}
