/** Bytes of a stream become lines, whatever the sizes of the chunks they come in. */
import { StringDecoder } from "node:string_decoder";

/**
 * A line, or a part of one. The parts of a line, joined, are its text; a part that begins with `\r` replaces
 * the parts before it, as on a terminal.
 */
export interface Piece {
  text: string;
  /** The line has not ended here; the stream's next piece goes on with it. */
  partial: boolean;
  /** The first piece of its line. */
  begins: boolean;
}

/** A line longer than this is cut; in UTF-16 units, so that the JSON of one piece stays well under a frame. */
export const longestPiece = 65_536;

/** Splits at `\n`. Text that a `\r` redraws (progress bars) is kept only in its last form. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  /** What came after the last newline and was not given out yet. */
  #open = "";
  /** Part of the open line was given out already. */
  #begun = false;

  /** Is there text that `idle` would give out? */
  get unfinished(): boolean {
    return withoutReturns(this.#open) !== "";
  }

  write(chunk: Uint8Array): Piece[] {
    const text = this.#open + this.#decoder.write(chunk);
    const pieces: Piece[] = [];
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.#finish(text.slice(from, end), pieces);
      from = end + 1;
    }
    this.#open = this.#cut(from === 0 ? text : text.slice(from), pieces);
    return pieces;
  }

  /** The unfinished line so far, when the stream has been quiet for a while (a prompt, a progress bar). */
  idle(): Piece | undefined {
    const text = withoutReturns(this.#open);
    if (text === "") return undefined;
    // Whether this return belongs to `\r\n` or to a redraw, the next byte tells.
    this.#open = this.#open.endsWith("\r") ? "\r" : "";
    return this.#piece(text, true);
  }

  /** The stream ended: what is left is a line too. */
  end(): Piece[] {
    const pieces: Piece[] = [];
    const text = this.#open + this.#decoder.end();
    if (withoutReturns(text) !== "") this.#finish(text, pieces);
    this.#open = "";
    this.#begun = false;
    return pieces;
  }

  #finish(line: string, pieces: Piece[]): void {
    const plain = line.length <= longestPiece && !line.includes("\r");
    pieces.push(this.#piece(plain ? line : withoutReturns(this.#cut(line, pieces)), false));
    this.#begun = false;
  }

  /** Gives out what is too long, drops what was redrawn; returns what stays open. */
  #cut(line: string, pieces: Piece[]): string {
    if (line.length <= longestPiece && !line.includes("\r")) return line;
    let open = line;
    for (;;) {
      if (!this.#begun) open = open.replace(/^\r+/, "");
      const redraw = redrawAt(open);
      const drawn = withoutReturns(redraw < 0 ? open : open.slice(0, redraw));
      if (drawn.length > longestPiece) {
        const at = cutAt(open, longestPiece);
        pieces.push(this.#piece(open.slice(0, at), true));
        open = open.slice(at);
      } else if (redraw >= 0) {
        open = this.#begun ? open.slice(redraw) : open.slice(redraw + 1);
      } else {
        return open;
      }
    }
  }

  #piece(text: string, partial: boolean): Piece {
    const begins = !this.#begun;
    this.#begun = true;
    return { text, partial, begins };
  }
}

/** Where a return is followed by other text, after the first character: there the line is drawn anew. -1: nowhere. */
function redrawAt(text: string): number {
  for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1)) {
    const next = text[at + 1];
    if (next !== undefined && next !== "\r" && at > 0) return at;
  }
  return -1;
}

/** Never between the two halves of a character. */
function cutAt(text: string, at: number): number {
  const last = text.charCodeAt(at - 1);
  return last >= 0xd800 && last <= 0xdbff ? at - 1 : at;
}

function withoutReturns(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 13) end--;
  return end === text.length ? text : text.slice(0, end);
}
