/** What changed from one text to another, line by line: the fewest changes (Myers, 1986), for texts of any size in bounded work. */
import type { DiffLine } from "./unified-diff.ts";

/** Changes looked for at most; texts that differ more are shown as one replaced by the other. */
const changesAtMost = 1_000;

export function diffLines(before: string, after: string): readonly DiffLine[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail++;
  }
  const kept = editScript(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  const lines: DiffLine[] = [];
  let oldNo = 1;
  let newNo = 1;
  const same = (text: string) => lines.push({ sign: " ", text, oldNo: oldNo++, newNo: newNo++ });
  for (const text of old.slice(0, head)) same(text);
  for (const { sign, text } of kept) {
    if (sign === " ") same(text);
    else if (sign === "-") lines.push({ sign, text, oldNo: oldNo++, newNo: undefined });
    else lines.push({ sign, text, oldNo: undefined, newNo: newNo++ });
  }
  for (const text of old.slice(old.length - tail)) same(text);
  return lines;
}

/** The line after the last line break is a line only if something stands there. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

interface Edit {
  sign: DiffLine["sign"];
  text: string;
}

function editScript(old: readonly string[], now: readonly string[]): Edit[] {
  const replaced = (): Edit[] => [
    ...old.map((text) => ({ sign: "-" as const, text })),
    ...now.map((text) => ({ sign: "+" as const, text })),
  ];
  if (old.length === 0 || now.length === 0) return replaced();
  // For each number of changes, how far each diagonal came.
  const trace: Array<Map<number, number>> = [];
  let front = new Map<number, number>([[1, 0]]);
  const most = Math.min(old.length + now.length, changesAtMost);
  for (let changes = 0; changes <= most; changes++) {
    trace.push(front);
    const next = new Map<number, number>();
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const fromAbove = front.get(diagonal + 1) ?? -1;
      const fromLeft = (front.get(diagonal - 1) ?? -2) + 1;
      const isDown = diagonal === -changes || (diagonal !== changes && fromLeft < fromAbove + 1);
      let x = isDown ? Math.max(0, fromAbove) : fromLeft;
      let y = x - diagonal;
      while (x < old.length && y < now.length && old[x] === now[y]) {
        x++;
        y++;
      }
      next.set(diagonal, x);
      if (x >= old.length && y >= now.length) return walkBack(old, now, [...trace, next], changes);
    }
    front = next;
  }
  return replaced();
}

function walkBack(
  old: readonly string[],
  now: readonly string[],
  trace: ReadonlyArray<ReadonlyMap<number, number>>,
  changes: number,
): Edit[] {
  const edits: Edit[] = [];
  let x = old.length;
  let y = now.length;
  for (let step = changes; step > 0; step--) {
    const front = trace[step] ?? new Map<number, number>();
    const diagonal = x - y;
    const left = front.get(diagonal - 1) ?? -1;
    const above = front.get(diagonal + 1) ?? -1;
    const isDown = diagonal === -step || (diagonal !== step && left < above);
    const before = isDown ? diagonal + 1 : diagonal - 1;
    const fromX = front.get(before) ?? 0;
    const fromY = fromX - before;
    while (x > fromX && y > fromY && x > 0 && y > 0 && (isDown ? x > fromX : x > fromX + 1)) {
      edits.push({ sign: " ", text: old[x - 1] ?? "" });
      x--;
      y--;
    }
    if (isDown) edits.push({ sign: "+", text: now[fromY] ?? "" });
    else edits.push({ sign: "-", text: old[fromX] ?? "" });
    x = fromX;
    y = fromY;
  }
  while (x > 0 && y > 0) {
    edits.push({ sign: " ", text: old[x - 1] ?? "" });
    x--;
    y--;
  }
  return edits.reverse();
}
