/**
 * The examples of README.md and docs/ that test/docs.test.ts runs.
 *
 * A fenced block says in its info string how it is tested:
 *   ```sh run=NAME                  run with bash; must end with exit code 0
 *   ```sh run=NAME expect="text"    passes as soon as its output holds the text (for what runs until stopped)
 *   ```ts run=NAME [expect="text"]  run with Node against the packages' sources
 *   ```tsx run=NAME                 type-checked against them; a vue block too, with its template
 *   ```sh norun="reason"            not run, and why
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readMarkdown } from "./markdown.ts";
import { filesOf, root } from "./repository.ts";

/** Parts of pages: they need a browser, so it is only checked that they fit. */
export const checkable = ["tsx", "vue"];

export const runnable = ["sh", "ts", ...checkable];

/** Languages of code that a reader would paste and run: such a block says `run=` or `norun=`. */
export const pasted = [
  ...runnable,
  "jsx",
  "bash",
  "shell",
  "console",
  "js",
  "javascript",
  "typescript",
  "python",
  "py",
];

export interface DocExample {
  file: string;
  line: number;
  name: string;
  language: string;
  text: string;
  /** Text that must occur in the output. */
  expect?: string;
}

export const hasExamples = (file: string): boolean =>
  file === "README.md" || (/^docs\/.+\.md$/.test(file) && !file.startsWith("docs/adr/"));

/** Examples in the order a reader meets them; those of one file tell one story. */
export function docExamples(at: string = root): DocExample[] {
  return filesOf(at)
    .filter(hasExamples)
    .flatMap((file) =>
      readMarkdown(readFileSync(join(at, file), "utf8")).fences.flatMap(({ info, language, line, text }) => {
        if (!info.run || !runnable.includes(language)) return [];
        const { run: name, expect } = info;
        return [{ file, line, name, language, text, ...(expect === undefined ? {} : { expect }) }];
      }),
    );
}
