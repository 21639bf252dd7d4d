/** Files in the data directory that say who may come in. The gateway follows them; the command line changes them. */
import { join } from "node:path";

/** API keys. */
export const keysFile = (dataDir: string): string => join(dataDir, "keys.json");

/** Who was cut off. */
export const revocationsFile = (dataDir: string): string => join(dataDir, "revocations.json");
