/** What a process and its descendants take from the machine: /proc on Linux, `ps` elsewhere. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

export interface Usage {
  /** CPU time used so far by all of them, and by those of their children that have ended. */
  cpuMs: number;
  /** Resident memory of all of them. */
  memoryBytes: number;
  processes: number;
}

interface ProcessRow {
  pid: number;
  parent: number;
  cpuMs: number;
  memoryBytes: number;
}

/** Undefined when the process is not there any more. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
  const rows = process.platform === "linux" ? await linuxRows() : await psRows();
  return sumTree(rows, pid);
}

/** CPU between two readings, as percent of one core. */
export class CpuMeter {
  #before: { cpuMs: number; atMs: number } | undefined;

  /** The first reading only begins the measurement: it gives undefined. */
  percent(cpuMs: number, atMs: number): number | undefined {
    const before = this.#before;
    this.#before = { cpuMs, atMs };
    if (before === undefined || atMs <= before.atMs) return undefined;
    // A descendant that was adopted by another process takes its time out of the sum.
    const used = Math.max(0, cpuMs - before.cpuMs);
    return Math.round((used / (atMs - before.atMs)) * 1_000) / 10;
  }
}

export function sumTree(rows: readonly ProcessRow[], root: number): Usage | undefined {
  const children = new Map<number, ProcessRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.parent);
    if (siblings === undefined) children.set(row.parent, [row]);
    else siblings.push(row);
  }
  const first = rows.find((row) => row.pid === root);
  if (first === undefined) return undefined;
  const usage: Usage = { cpuMs: 0, memoryBytes: 0, processes: 0 };
  const open = [first];
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    usage.cpuMs += row.cpuMs;
    usage.memoryBytes += row.memoryBytes;
    usage.processes++;
    open.push(...(children.get(row.pid) ?? []));
  }
  return usage;
}

async function linuxRows(): Promise<ProcessRow[]> {
  const names = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const rows = await Promise.all(
    names.map(async (name) => parseStat(await readFile(`/proc/${name}/stat`, "latin1").catch(() => ""))),
  );
  return rows.filter((row) => row !== undefined);
}

/** Linux counts CPU time for programs in hundredths of a second, on every architecture. */
const tickMs = 10;
/** The kernel's page as `rss` counts it; 4 KiB but for some arm64 and ppc64 kernels. */
const pageBytes = 4_096;

/** One line of /proc/PID/stat; the name, second, may hold spaces and parentheses. */
export function parseStat(stat: string): ProcessRow | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  const row = {
    pid: Number.parseInt(stat, 10),
    parent: field(4),
    cpuMs: (field(14) + field(15) + field(16) + field(17)) * tickMs,
    memoryBytes: field(24) * pageBytes,
  };
  return Object.values(row).every(Number.isFinite) ? row : undefined;
}

const run = promisify(execFile);

async function psRows(): Promise<ProcessRow[]> {
  try {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,rss=,time="], { maxBuffer: 16_777_216 });
    return parsePs(stdout);
  } catch {
    return [];
  }
}

/** `pid ppid rss(KiB) time`, the time as `[[days-]hours:]minutes:seconds[.hundredths]`. */
export function parsePs(text: string): ProcessRow[] {
  return text.split("\n").flatMap((line) => {
    const [pid, parent, rss, time] = line.trim().split(/\s+/);
    if (time === undefined) return [];
    const [clock = "", days = "0"] = time.split("-").reverse();
    const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    const cpuMs = Math.round((Number(days) * 86_400 + seconds) * 1_000);
    return [{ pid: Number(pid), parent: Number(parent), cpuMs, memoryBytes: Number(rss) * 1_024 }];
  });
}
