/** Where a `tail --resume NAME` stopped, so that the next one goes on from there. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isEpoch, isOffset, type Position } from "@signalbox/protocol";
import { exitCodes, Failure } from "../failure.ts";

export type Positions = Record<string, Position>;

/** `$XDG_STATE_HOME/signalbox/tail/NAME.json`, by default under ~/.local/state. */
export function resumePath(name: string, env: NodeJS.ProcessEnv): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw new Failure(
      `--resume takes a name of letters, digits, dots and dashes, not ${JSON.stringify(name)}`,
      undefined,
      exitCodes.usage,
    );
  }
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state");
  return join(state, "signalbox", "tail", `${name}.json`);
}

/** Nothing is known at first. A file that cannot be understood is an error: going on from "now" would hide a gap. */
export function readPositions(path: string): Positions {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const positions = decodePositions(text);
  if (positions === undefined) {
    throw new Failure(`${path} is damaged`, "Delete it to begin anew; `--since earliest` then prints everything kept.");
  }
  return positions;
}

export function writePositions(path: string, positions: Positions): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify({ version: 1, channels: positions })}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}

function decodePositions(text: string): Positions | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("channels" in value)) return undefined;
  const { channels } = value;
  if (typeof channels !== "object" || channels === null) return undefined;
  const positions: Positions = {};
  for (const [channel, position] of Object.entries(channels)) {
    const { epoch, offset }: { epoch?: unknown; offset?: unknown } = position ?? {};
    if (!isEpoch(epoch) || !isOffset(offset)) return undefined;
    positions[channel] = { epoch, offset };
  }
  return positions;
}
