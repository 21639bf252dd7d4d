/** What the tests of this repository are called. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesOf, root } from "../../../scripts/repository.ts";

export interface Title {
  file: string;
  text: string;
}

/** The start of a text that stands alone, or opens a row of a table: how titles are written here. */
const literal = /(["'`])((?:A\d+|CVE-|GHSA-|ws #)[^\n]*?)\1/g;

/** Texts of test files that begin with the id of an attack or an advisory. A group, or a row of a table, counts once. */
export function titles(): Title[] {
  const found: Title[] = [];
  for (const file of filesOf(root)) {
    if (!/\.test\.tsx?$/.test(file)) continue;
    for (const [, , text = ""] of readFileSync(join(root, file), "utf8").matchAll(literal)) found.push({ file, text });
  }
  return found;
}
