/** Going to a place in a log that is not at hand: a line by its number, the next error. */

import type { Seen } from "./pages.ts";
import type { LogRow } from "./row.ts";
import { firstOf, pageOf, pageSize } from "./row-counts.ts";

/** What is needed of the log. */
export interface Searchable {
  readonly pages: {
    readonly floor: number;
    readonly top: number;
    at(offset: number): Seen | "hidden" | undefined;
  };
  load(page: number): Promise<void>;
}

/** Guesses close in fast: lines and offsets differ only by the events that are no lines. */
const mostGuesses = 24;
/** Pages read in one search for an error, before a person is asked to go on. */
const mostPages = 50;

/**
 * The offset of the line with that number, or of the nearest kept one. Offsets grow with line numbers, and by at
 * least as much.
 */
export async function seekLine(log: Searchable, line: number): Promise<number | undefined> {
  let low = log.pages.floor;
  let high = log.pages.top;
  let guess = Math.min(high, Math.max(low, line));
  let best: LogRow | undefined;
  for (let round = 0; round < mostGuesses && low <= high; round++) {
    await log.load(pageOf(guess));
    const found = lineNear(log, guess);
    if (!found) return undefined;
    if (!best || Math.abs(found.number - line) < Math.abs(numberOf(best) - line)) best = found.row;
    if (found.number === line) return firstPiece(log, found.row).offset;
    // The distance in lines is the least distance in offsets.
    const step = found.row.offset + (line - found.number);
    if (found.number > line) high = Math.min(step, found.row.offset > guess ? guess - 1 : step);
    else low = Math.max(step, found.row.offset < guess ? guess + 1 : step);
    guess = round < mostGuesses / 2 ? Math.min(high, Math.max(low, step)) : Math.floor((low + high) / 2);
  }
  return best?.offset;
}

function lineNear(log: Searchable, offset: number): { row: LogRow; number: number } | undefined {
  for (let distance = 0; distance < pageSize; distance++) {
    for (const at of distance === 0 ? [offset] : [offset - distance, offset + distance]) {
      const row = log.pages.at(at);
      if (typeof row === "object" && row.line !== undefined) return { row, number: row.line };
    }
  }
  return undefined;
}

/** A line may have come in several pieces. */
function firstPiece(log: Searchable, row: LogRow): LogRow {
  let first = row;
  for (let at = row.offset - 1; at >= log.pages.floor; at--) {
    const before = log.pages.at(at);
    if (before === "hidden") continue;
    if (typeof before !== "object" || before.line !== row.line) break;
    first = before;
  }
  return first;
}

const numberOf = (row: LogRow): number => row.line ?? 0;

const trouble = /\b(?:error|fail(?:ed|ure)?|fatal|panic(?:ked)?|exception|traceback|critical)\b/i;

/** On stderr, or a process that could not go on, or words of trouble. */
const isTrouble = (row: LogRow): boolean =>
  row.stream === "stderr" ||
  (row.kind === "output" && trouble.test(row.text)) ||
  /^Ended (?!with exit code 0)/.test(row.text);

export type ErrorFound = { at: number } | { searchedTo: number; end: boolean };

/** The first row of the next run of trouble after `from` (or before it). Says how far it looked when there is none. */
export async function nextError(
  log: Searchable,
  from: number,
  direction: 1 | -1,
  progress: (offset: number) => void,
  signal: AbortSignal,
): Promise<ErrorFound> {
  const startPage = pageOf(from);
  if (log.pages.at(from) === "unknown") await log.load(startPage);
  let inTrouble = troubled(log, from);
  let candidate: number | undefined;
  for (let at = from + direction; at >= log.pages.floor && at <= log.pages.top; at += direction) {
    if (log.pages.at(at) === "unknown") {
      if (Math.abs(pageOf(at) - startPage) > mostPages || signal.aborted) return { searchedTo: at, end: false };
      progress(at);
      await log.load(pageOf(at));
      if (log.pages.at(at) === "unknown") return { searchedTo: at, end: false };
    }
    const row = log.pages.at(at);
    if (typeof row !== "object") continue;
    const bad = isTrouble(row);
    if (direction === 1 && bad && !inTrouble) return { at };
    if (direction === -1 && candidate !== undefined && !bad) return { at: candidate };
    if (direction === -1 && bad && !inTrouble) candidate = at;
    inTrouble = bad && (direction === 1 || inTrouble);
  }
  return candidate === undefined ? { searchedTo: firstOf(pageOf(from)), end: true } : { at: candidate };
}

function troubled(log: Searchable, offset: number): boolean {
  const row = log.pages.at(offset);
  return typeof row === "object" && isTrouble(row);
}
