/** Folded states of any reducer as rows of one table. */
import type { Colours } from "../io.ts";
import { ago } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { inside, numberIn, textIn } from "./values.ts";

export type States = ReadonlyMap<string, unknown>;

/** A last word longer than this is cut: a row stays a row, and --json has it all. */
const longestWord = 60;

/** Newest first, at most `limit`. */
export function rowsOf(states: States, nowMs: number, paint: Colours, limit: number): string[][] {
  return [...states]
    .map(([channel, state]) => ({ channel, state, at: numberIn(state, "updatedAt") ?? 0 }))
    .sort((a, b) => b.at - a.at || (a.channel < b.channel ? -1 : 1))
    .slice(0, limit)
    .map(({ channel, state, at }) => [
      paint.cyan(channel),
      word(textIn(state, "status")),
      progress(numberIn(inside(state, "task"), "progress") ?? numberIn(state, "progress")),
      word(said(state)),
      at === 0 ? "" : ago(Math.max(0, nowMs - at)),
    ]);
}

/** What an agent, a process or a session said last. */
const said = (state: unknown): string | undefined =>
  textIn(inside(state, "lastLog"), "message") ?? textIn(state, "lastOutput") ?? textIn(state, "message");

const progress = (percent: number | undefined): string => (percent === undefined ? "" : `${Math.round(percent)} %`);

function word(text = ""): string {
  const line = sanitised(text.slice(0, 2 * longestWord));
  return line.length > longestWord ? `${line.slice(0, longestWord)}…` : line;
}
