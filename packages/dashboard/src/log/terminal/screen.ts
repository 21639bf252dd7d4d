/**
 * What a terminal would show of a process's output: xterm's own emulator without its drawing, which puts style elements
 * and style attributes into the page that the content policy refuses. Nothing in the output acts: titles, clipboard
 * writes (OSC 52) and links (OSC 8) have no effect here, and what programs ask the terminal is not answered.
 */
import { type IBufferCell, type IBufferLine, Terminal } from "@xterm/headless";
import type { Colour, Span, Style } from "../../text/ansi.ts";
import { calm } from "../../text/visible.ts";

export interface Size {
  columns: number;
  rows: number;
}

/** Lines above the screen that can be scrolled to; the log has all. */
export const scrollback = 500;
/** No window is larger; a size that was said wrongly must not take the page's memory. */
const most: Size = { columns: 400, rows: 200 };

const bounded = ({ columns, rows }: Size): { cols: number; rows: number } => ({
  cols: Math.max(2, Math.min(most.columns, columns)),
  rows: Math.max(1, Math.min(most.rows, rows)),
});

export interface ScreenLine {
  /** Tells lines apart that look different. */
  key: string;
  spans: readonly Span[];
}

export class Screen {
  readonly #terminal: Terminal;

  constructor(size: Size) {
    // The newlines of lines came without the returns before them.
    this.#terminal = new Terminal({ ...bounded(size), scrollback, convertEol: true, allowProposedApi: true });
  }

  resize(size: Size): void {
    const { cols, rows } = bounded(size);
    this.#terminal.resize(cols, rows);
  }

  /** Resolves once it is on the screen. */
  write(text: string): Promise<void> {
    return new Promise((done) => this.#terminal.write(text, done));
  }

  /** Every line there is, those above the screen first; and which the cursor is on. */
  lines(): { lines: readonly ScreenLine[]; cursor: { line: number; column: number } } {
    const { active } = this.#terminal.buffer;
    const last = active.baseY + this.#terminal.rows;
    const cell = active.getNullCell();
    const lines: ScreenLine[] = [];
    for (let at = 0; at < last; at++) {
      const line = active.getLine(at);
      if (line !== undefined) lines.push(lineOf(line, cell));
    }
    return { lines, cursor: { line: active.baseY + active.cursorY, column: active.cursorX } };
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

function lineOf(line: IBufferLine, reused: IBufferCell): ScreenLine {
  const spans: Span[] = [];
  let key = "";
  let last = "";
  const text = line.translateToString(true);
  for (let at = 0; at < line.length; at++) {
    const cell = line.getCell(at, reused);
    // The right half of a wide character.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const look = JSON.stringify(style);
    const characters = calm(cell.getChars() || " ");
    const open = spans.at(-1);
    if (open !== undefined && look === last) open.text += characters;
    else spans.push({ text: characters, style });
    if (look !== last) key += `${at}${look}`;
    last = look;
  }
  const end = spans.at(-1);
  if (end !== undefined && Object.keys(end.style).length === 0) end.text = end.text.trimEnd();
  return { key: `${key} ${text}`, spans };
}

function styleOf(cell: IBufferCell): Style {
  const style: { -readonly [Name in keyof Style]: Style[Name] } = {};
  const fg = colourOf(cell.isFgPalette(), cell.isFgRGB(), cell.getFgColor());
  const bg = colourOf(cell.isBgPalette(), cell.isBgRGB(), cell.getBgColor());
  if (fg !== undefined) style.fg = fg;
  if (bg !== undefined) style.bg = bg;
  if (cell.isBold()) style.bold = true;
  if (cell.isDim()) style.dim = true;
  if (cell.isItalic()) style.italic = true;
  if (cell.isUnderline()) style.underline = true;
  if (cell.isInverse()) style.inverse = true;
  if (cell.isInvisible()) style.hidden = true;
  if (cell.isStrikethrough()) style.strike = true;
  return style;
}

const colourOf = (isPalette: boolean, isRgb: boolean, value: number): Colour | undefined =>
  isPalette ? value : isRgb ? `#${value.toString(16).padStart(6, "0")}` : undefined;
