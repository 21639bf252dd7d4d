/** Where spools are, and what is in them. */
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./owner.ts";
import { readAbout, readProgress, readSegments, type SpoolAbout } from "./spool-files.ts";

/** `$XDG_STATE_HOME/signalbox/spool`, by default under ~/.local/state. */
export const spoolRoot = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "signalbox", "spool");

export interface SpoolListing {
  directory: string;
  about: SpoolAbout;
  /** Events the gateway does not have yet. */
  waiting: number;
  bytes: number;
  /** A process that still runs writes it: leave it alone. */
  inUse: boolean;
}

/** Oldest first. */
export function listSpools(root: string): SpoolListing[] {
  return directoriesIn(root)
    .flatMap((directory) => listing(directory) ?? [])
    .sort((a, b) => a.about.createdMs - b.about.createdMs);
}

function listing(directory: string): SpoolListing | undefined {
  try {
    const about = readAbout(directory);
    if (about === undefined) return undefined;
    const segments = readSegments(directory);
    const last = segments.at(-1);
    const { acknowledged } = readProgress(directory);
    return {
      directory,
      about,
      waiting: last === undefined ? 0 : Math.max(0, last.first + last.count - 1 - acknowledged),
      bytes: segments.reduce((sum, segment) => sum + segment.bytes, 0),
      inUse: isAlive(about.owner),
    };
  } catch {
    // Somebody sent and deleted it while we looked.
    return undefined;
  }
}

function directoriesIn(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(root, entry.name));
  } catch {
    return [];
  }
}
