import { readFileSync } from "node:fs";

export const unknownBoot = "unknown";

/** Changes when the machine starts anew. Unknown elsewhere than on Linux. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return unknownBoot;
  }
}
