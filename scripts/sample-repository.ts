/** For the tests of the checks: a small repository on disk, from a table of file names and texts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Writes the files, hands their folder to `look`, and removes them. */
export function inSample<T>(files: Readonly<Record<string, string>>, look: (at: string) => T): T {
  const at = mkdtempSync(join(tmpdir(), "signalbox-sample-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(at, file)), { recursive: true });
      writeFileSync(join(at, file), text);
    }
    return look(at);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}
