/** Which channels are lanes, and in which order. */
import type { FleetItem } from "../fleet/item.ts";

/** Lanes drawn; others are counted. */
const lanesMost = 100;

export interface Chosen {
  channels: string[];
  /** How many there are in all. */
  total: number;
}

/** Of the fleet: agents, and processes beneath them if wanted; those that said something last come first. */
export function fleetLanes(items: Iterable<FleetItem>, processes: boolean): Chosen {
  const order = { agent: 0, session: 1, process: 2 } as const;
  const all = [...items].filter(({ kind }) => kind === "agent" || (kind === "process" && processes));
  all.sort((a, b) => order[a.kind] - order[b.kind] || b.updatedAt - a.updatedAt);
  // Which lanes there are is decided by time, where they stand by name: nothing changes places while someone looks.
  const shown = all.slice(0, lanesMost);
  shown.sort((a, b) => order[a.kind] - order[b.kind] || (a.key < b.key ? -1 : 1));
  return { channels: shown.map(({ key }) => key), total: all.length };
}

export interface Members {
  agents: readonly string[];
  processes: readonly string[];
}

/** Of a session: itself, its agents, and its processes beneath. */
export function sessionLanes(id: string, { agents, processes }: Members, withProcesses: boolean): Chosen {
  const all = [
    `session:${id}`,
    ...agents.map((agent) => `agent:${agent}`),
    ...(withProcesses ? processes.map((process) => `process:${process}`) : []),
  ];
  return { channels: all.slice(0, lanesMost), total: all.length };
}
