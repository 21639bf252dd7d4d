/** For the tests of the checks: a small repository on disk, from a table of file names and texts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

type Files = Readonly<Record<string, string>>;

/** Writes the files, hands their folder to `look`, and removes them. */
export function inSample<T>(files: Files, look: (at: string) => T): T {
  const at = written(files);
  try {
    return look(at);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

/** The same for what takes its time. */
export async function inSampleAsync<T>(files: Files, look: (at: string) => Promise<T>): Promise<T> {
  const at = written(files);
  try {
    return await look(at);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

function written(files: Files): string {
  const at = mkdtempSync(join(tmpdir(), "signalbox-sample-"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, file)), { recursive: true });
    writeFileSync(join(at, file), text);
  }
  return at;
}
