/** The rows of a diff as they are drawn: long stretches without a change folded away, and no more than a cap. */
import type { DiffFile, DiffLine } from "./unified-diff.ts";

/** Unchanged lines shown beside a change. */
const contextLines = 3;
/** Fewer are not worth folding. */
const foldAtLeast = 4;

export type DiffRow =
  | { row: "file"; at: number; file: DiffFile }
  | { row: "note"; text: string }
  | { row: "hunk"; heading: string; from: number | undefined }
  | { row: "line"; line: DiffLine }
  | { row: "fold"; id: string; count: number };

/** `opened`: folds that somebody wants to see. */
export function diffRows(files: readonly DiffFile[], opened: ReadonlySet<string>): readonly DiffRow[] {
  return files.flatMap((file, at) => [
    { row: "file", at, file } as const,
    ...file.notes.map((text) => ({ row: "note", text }) as const),
    ...file.hunks.flatMap(({ heading, lines }, hunkAt): DiffRow[] => {
      const [first] = lines;
      const head: DiffRow = { row: "hunk", heading, from: first?.newNo ?? first?.oldNo };
      // One hunk from the first line on needs no head.
      const isWhole = file.hunks.length === 1 && heading === "" && (head.from ?? 1) === 1;
      return [...(isWhole ? [] : [head]), ...folded(lines, `${at}.${hunkAt}`, opened)];
    }),
  ]);
}

function folded(lines: readonly DiffLine[], place: string, opened: ReadonlySet<string>): DiffRow[] {
  const near = new Set<number>();
  lines.forEach(({ sign }, at) => {
    if (sign === " ") return;
    for (let beside = at - contextLines; beside <= at + contextLines; beside++) near.add(beside);
  });
  const rows: DiffRow[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at;
    while (end < lines.length && !near.has(end)) end++;
    const id = `${place}.${at}`;
    if (end - at >= foldAtLeast && !opened.has(id)) {
      rows.push({ row: "fold", id, count: end - at });
      at = end;
      continue;
    }
    for (const last = Math.max(end, at + 1); at < last; at++) {
      const line = lines[at];
      if (line) rows.push({ row: "line", line });
    }
  }
  return rows;
}

export const linesIn = (files: readonly DiffFile[]): number =>
  files.reduce((sum, { hunks }) => sum + hunks.reduce((all, { lines }) => all + lines.length, 0), 0);
