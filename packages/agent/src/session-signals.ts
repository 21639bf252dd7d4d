/**
 * Signals to a command and all that it started. A command leads a session of its own, so its descendants are known by that,
 * also those that a shell put into further process groups. A daemon that began a session of its own is not reached.
 */
import { readdirSync, readFileSync } from "node:fs";

/** False: it was not there any more. */
export function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** False: nobody was there to get it. On Windows, without sessions and groups, it is the leader alone. */
export function signalSession(leader: number, signal: NodeJS.Signals): boolean {
  if (process.platform === "win32") return signalOne(leader, signal);
  let reached = false;
  for (const group of new Set([leader, ...groupsOf(leader)])) {
    if (signalOne(-group, signal)) reached = true;
  }
  return reached;
}

/** Does any of it still run? What ended and is only not waited for yet does not count, where the system tells. */
export function sessionLives(leader: number): boolean {
  if (process.platform === "linux") return groupsOf(leader).length > 0;
  try {
    process.kill(-leader, 0);
    return true;
  } catch {
    return false;
  }
}

/** Process groups with a living member; elsewhere than on Linux only the leader's own can be named, and is not listed. */
function groupsOf(leader: number): number[] {
  if (process.platform !== "linux") return [];
  const groups = new Set<number>();
  for (const name of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    const place = placeOf(name);
    if (place?.session === leader) groups.add(place.group);
  }
  return [...groups];
}

/** Fields 3, 5 and 6 of /proc/PID/stat; the name before them may hold spaces and parentheses. */
function placeOf(pid: string): { group: number; session: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : { group: Number(group), session: Number(session) };
  } catch {
    return undefined;
  }
}
