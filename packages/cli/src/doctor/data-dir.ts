/** What lies in the data directory: who else can read it, and which keys open more than they should. */
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { ApiKeys, type KeyInfo, keysFile, openKeyFile, revocationsFile } from "@signalbox/gateway";
import { gatewayFileIn } from "../gateway-file.ts";
import { counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { type Finding, fail, warn } from "./check.ts";

/** Group and others, whatever they may. */
const othersBits = 0o077;
/** Enough to know where to look. */
const namesShown = 3;

/** Modes mean nothing on Windows. `more`: further files that hold secrets. */
export function privacyRisks(
  dataDir: string,
  more: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Finding[] {
  if (platform === "win32") return [];
  const secrets = [join(dataDir, "admin-token"), keysFile(dataDir), revocationsFile(dataDir), gatewayFileIn(dataDir)];
  const open = [...secrets, ...more].filter(isOpen).map((path) => {
    const why = `${path} can be read or changed by others on this machine (mode ${modeOf(path)}): it says who comes in`;
    return warn("private files", why, `chmod 600 '${path}'`);
  });
  if (!isOpen(dataDir)) return open;
  const why = `${dataDir} is open to others on this machine (mode ${modeOf(dataDir)}): events are kept there as they are`;
  return [warn("private files", why, `chmod 700 '${dataDir}'`), ...open];
}

const isOpen = (path: string): boolean => existsSync(path) && (statSync(path).mode & othersBits) !== 0;
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8).padStart(3, "0");

export function keyRisks(dataDir: string, nowMs: number): Finding[] {
  const path = keysFile(dataDir);
  if (!existsSync(path)) return [];
  let keys: KeyInfo[];
  try {
    keys = new ApiKeys({ store: openKeyFile(path) }).list();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [
      fail("api keys", message, `The gateway does not start with it: mend ${basename(path)}, or put a copy back.`),
    ];
  }
  const working = keys.filter((key) => key.revokedAtMs === undefined && (key.expiresAtMs ?? nowMs + 1) > nowMs);
  const endless = working.filter((key) => key.expiresAtMs === undefined);
  const mighty = working.filter((key) => mayEverything(key));
  const findings: Finding[] = [];
  if (endless.length > 0) {
    const why = `${named(endless)} without an end: one that was copied works until somebody notices`;
    findings.push(warn("api keys", why, "Make others with --expires 90d, then `signalbox keys revoke ID`."));
  }
  if (mighty.length > 0) {
    const why = `${named(mighty)} may do everything: a program that leaks one gives the gateway away`;
    findings.push(warn("api keys", why, "Give programs the role they need: agent, viewer, operator, monitor."));
  }
  return findings;
}

const mayEverything = ({ roles, capabilities, agentId }: KeyInfo): boolean =>
  agentId === undefined &&
  (roles.includes("admin") ||
    capabilities.some(({ channels, verbs }) => channels === "*" && verbs.some((verb) => verb === "admin")));

function named(keys: readonly KeyInfo[]): string {
  const names = keys.slice(0, namesShown).map(({ id, name }) => `${sanitised(name)} (${id})`);
  const rest = keys.length > namesShown ? ", …" : "";
  return `${counted(keys.length, "API key")}: ${names.join(", ")}${rest},`;
}
