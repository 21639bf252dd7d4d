/** What a check found: where, what, and why it matters. */
export interface Finding {
  file: string;
  /** From 1; absent when the whole file is meant. */
  line?: number;
  what: string;
  why: string;
}

export function printed(finding: Finding): string {
  const where = finding.line === undefined ? finding.file : `${finding.file}:${finding.line}`;
  return `${where} ${finding.what}\n    why: ${finding.why}`;
}

/** Line number, from 1, of a character offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < offset; i = text.indexOf("\n", i + 1)) line++;
  return line;
}
