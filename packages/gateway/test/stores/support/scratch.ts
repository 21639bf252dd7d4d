/** Where the store tests keep their data. */
import { existsSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const enoughBytes = 1_073_741_824;

/**
 * A new directory, in memory where there is room: what survives kill -9 there survives it on a disk, and no test waits for another
 * program's disk. Power cuts cannot be tried this way in either place.
 */
export function scratch(): string {
  const roomy = existsSync(memory) && statfsSync(memory).bavail * statfsSync(memory).bsize > enoughBytes;
  return mkdtempSync(join(roomy ? memory : tmpdir(), "signalbox-store-"));
}
