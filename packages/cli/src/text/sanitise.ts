/**
 * Text from agents, made safe for a terminal: colours stay, everything else that a terminal obeys goes. Titles,
 * clipboard (OSC 52), links (OSC 8), cursor movement, C1 controls and bidirectional overrides can all make a screen
 * lie, or worse.
 */

/** Turning text round (U+202A–E, U+2066–9), and marks that do so quietly. */
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Anything but what may be shown as it is. */
const special = /[^\t\x20-\x7e\u00a0-\u0600\u0900-\u1fff\u2030-\u205f\u2070-\ud7ff\ue000-\ufefe]/;

type State =
  | "text"
  /** After ESC. */
  | "escape"
  /** Inside ESC [ …, up to a final byte. */
  | "csi"
  /** Inside a string (OSC, DCS, SOS, PM, APC), up to BEL or ST. */
  | "string"
  /** ESC inside a string: `\` ends it. */
  | "string-escape"
  /** ESC and an intermediate byte: one more follows. */
  | "intermediate";

/** A colour sequence longer than this is none. */
const longestColour = 64;
/** Colours that add up until a reset; more than these are forgotten, oldest first. */
const coloursKept = 8;

/** One for each stream of text, since a sequence may be cut between two pieces. */
export class Sanitiser {
  readonly #colours: boolean;
  #state: State = "text";
  #parameters = "";
  #active: string[] = [];

  constructor(options: { colours: boolean }) {
    this.#colours = options.colours;
  }

  /** A piece of a line. The colours that hold at its start are set, and those at its end taken back. */
  piece(text: string): string {
    let out = this.#active.join("");
    if (this.#state === "text" && out === "" && !special.test(text)) return text;
    for (const character of text) out += this.#step(character);
    return this.#active.length > 0 || out.includes("\u001b") ? `${out}\u001b[0m` : out;
  }

  /** The line ended: a sequence that was not finished by now does not swallow the next line. */
  endLine(): void {
    this.#state = "text";
    this.#parameters = "";
  }

  #step(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    // CAN and SUB end any sequence.
    if (code === 0x18 || code === 0x1a) {
      this.endLine();
      return "";
    }
    if (this.#state === "string" || this.#state === "string-escape") {
      if (code === 7 || code === 0x9c || (this.#state === "string-escape" && character === "\\")) this.#state = "text";
      else this.#state = code === 0x1b ? "string-escape" : "string";
      return "";
    }
    if (code === 0x1b) {
      this.#state = "escape";
      return "";
    }
    // C1 controls are the same introducers in one character.
    if (code >= 0x80 && code <= 0x9f) {
      this.#introduce(String.fromCharCode(code - 0x40));
      return "";
    }
    switch (this.#state) {
      case "escape":
        this.#introduce(character);
        return "";
      case "intermediate":
        if (code >= 0x30) this.#state = "text";
        return "";
      case "csi":
        return this.#csi(character, code);
      default:
        return this.#plain(character, code);
    }
  }

  #introduce(character: string): void {
    this.#parameters = "";
    if (character === "[") this.#state = "csi";
    else if ("]PX^_".includes(character)) this.#state = "string";
    else if (character >= " " && character <= "/") this.#state = "intermediate";
    else this.#state = "text";
  }

  #csi(character: string, code: number): string {
    if (code < 0x20) return "";
    if (code < 0x40) {
      this.#parameters += this.#parameters.length <= longestColour ? character : "";
      return "";
    }
    this.#state = "text";
    const isColour = character === "m" && /^[0-9;:]*$/.test(this.#parameters);
    if (!isColour || !this.#colours || this.#parameters.length > longestColour) return "";
    const sequence = `\u001b[${this.#parameters}m`;
    this.#active = /^0*$/.test(this.#parameters) ? [] : [...this.#active, sequence].slice(-coloursKept);
    return sequence;
  }

  #plain(character: string, code: number): string {
    if (character === "\t") return character;
    if (code < 0x20 || code === 0x7f) return "";
    if (code === 0x2028 || code === 0x2029) return " ";
    return character.replace(bidi, "\ufffd");
  }
}

/** A whole text for one line on a terminal, without colours. */
export const sanitised = (text: string): string =>
  new Sanitiser({ colours: false }).piece(text.replace(/[\r\n\t]+/g, " "));
