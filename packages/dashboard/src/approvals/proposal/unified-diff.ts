/** A unified diff, as git and diff write it, in files, hunks and lines. Whatever stands there is kept. */

export interface DiffLine {
  sign: " " | "+" | "-";
  text: string;
  /** Its number in the old and in the new text, from 1. */
  oldNo: number | undefined;
  newNo: number | undefined;
}

export interface Hunk {
  /** What stands behind the second `@@`: mostly the function it is in. */
  heading: string;
  lines: readonly DiffLine[];
}

export interface DiffFile {
  path: string;
  /** Where it was, if elsewhere. */
  from: string | undefined;
  what: "added" | "deleted" | "changed" | "renamed";
  added: number;
  removed: number;
  hunks: readonly Hunk[];
  /** Lines that are no change: modes, `Binary files … differ`. */
  notes: readonly string[];
}

const hunkHead = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;

interface Draft {
  old: string | undefined;
  now: string | undefined;
  hunks: Hunk[];
  notes: string[];
}

/** `undefined`: it is none. */
export function parseDiff(text: string): readonly DiffFile[] | undefined {
  const lines = text.replace(/\n$/, "").split("\n");
  const files: Draft[] = [];
  const before: string[] = [];
  let file: Draft | undefined;
  const begin = (): Draft => {
    file = { old: undefined, now: undefined, hunks: [], notes: files.length === 0 ? before : [] };
    files.push(file);
    return file;
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const next = lines[at + 1] ?? "";
    if (line.startsWith("diff ")) {
      const [, old, now] = /^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/.exec(line) ?? [];
      const begun = begin();
      begun.old = old;
      begun.now = now;
      if (old === undefined) begun.notes.push(line);
    } else if (line.startsWith("--- ") && next.startsWith("+++ ")) {
      // Its own `diff` line may have begun it.
      const named =
        file === undefined ||
        file.hunks.length > 0 ||
        (file.old === undefined && files.length > 0 && file.notes.length === 0)
          ? begin()
          : file;
      named.old = pathIn(line);
      named.now = pathIn(next);
      at++;
    } else if (hunkHead.test(line)) {
      const { hunk, end } = readHunk(lines, at);
      (file ?? begin()).hunks.push(hunk);
      at = end;
    } else if (/^rename (from|to) /.test(line)) {
      if (file && line.startsWith("rename from ")) file.old = line.slice("rename from ".length);
      else if (file) file.now = line.slice("rename to ".length);
    } else if (line !== "" || file) (file?.notes ?? before).push(line);
  }
  if (!files.some(({ hunks }) => hunks.length > 0)) return undefined;
  return files.map(finished);
}

/** `--- a/src/x.ts\t2026-01-01` → `src/x.ts`. */
function pathIn(line: string): string {
  const path = line.slice(4).split("\t", 1)[0] ?? "";
  return path.replace(/^"(.*)"$/, "$1").replace(/^[ab]\//, "");
}

/** Counted by its head: a removed line may itself look like a head. */
function readHunk(lines: readonly string[], from: number): { hunk: Hunk; end: number } {
  const [, oldStart = "1", oldCount = "1", newStart = "1", newCount = "1", heading = ""] =
    hunkHead.exec(lines[from] ?? "") ?? [];
  let oldNo = Number(oldStart);
  let newNo = Number(newStart);
  let oldLeft = Number(oldCount);
  let newLeft = Number(newCount);
  const read: DiffLine[] = [];
  let at = from + 1;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("\\")) continue;
    if (oldLeft <= 0 && newLeft <= 0) break;
    const text = line.slice(1);
    if (line.startsWith("+")) {
      read.push({ sign: "+", text, oldNo: undefined, newNo: newNo++ });
      newLeft--;
    } else if (line.startsWith("-")) {
      read.push({ sign: "-", text, oldNo: oldNo++, newNo: undefined });
      oldLeft--;
    } else if (line.startsWith(" ") || line === "") {
      read.push({ sign: " ", text, oldNo: oldNo++, newNo: newNo++ });
      oldLeft--;
      newLeft--;
    } else break;
  }
  return { hunk: { heading, lines: read }, end: at - 1 };
}

function finished({ old, now, hunks, notes }: Draft): DiffFile {
  const isNew = old === "/dev/null" || notes.some((note) => note.startsWith("new file mode"));
  const isGone = now === "/dev/null" || notes.some((note) => note.startsWith("deleted file mode"));
  const path = (isGone ? old : now) ?? old ?? "";
  const from = !isNew && !isGone && old !== undefined && old !== path ? old : undefined;
  const count = (sign: string): number =>
    hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.sign === sign).length, 0);
  const what = isNew ? "added" : isGone ? "deleted" : from !== undefined ? "renamed" : "changed";
  return {
    path,
    from,
    what,
    added: count("+"),
    removed: count("-"),
    hunks,
    notes: notes.filter((note) => note !== ""),
  };
}
