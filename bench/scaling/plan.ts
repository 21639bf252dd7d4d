/** How many nodes, shards, relays and how much money a number of viewers takes: arithmetic from figures, nothing else. Pure. */
import type { Parameters } from "./figures.ts";

/** What people do with it. Per second where it says so. */
export interface Workload {
  name: string;
  /** Channels that somebody watches, for so many viewers. */
  channels(viewers: number): number;
  /** Channels that a viewer watches. */
  watched: number;
  /** Events of a channel a second. */
  events: number;
}

/** Each viewer has some agents of a fleet on screen, and there are a tenth as many agents as viewers. */
export const fleet: Workload = { name: "fleet", channels: (viewers) => viewers / 10, watched: 5, events: 0.4 };
/** Everybody looks at the same few things. */
export const stage: Workload = { name: "stage", channels: () => 10, watched: 1, events: 2 };

export interface Plan {
  viewers: number;
  /** Events published, and events delivered to viewers, a second. */
  published: number;
  delivered: number;
  /** Of one gateway process. */
  viewersPerNode: number;
  /** What it has too little of first; `tried`: nobody tried more; `two`: there are no fewer nodes. */
  nodeLimit: "CPU" | "memory" | "link" | "tried" | "two";
  nodes: number;
  machines: number;
  /** Nodes that follow a channel, on average. */
  followers: number;
  /** Events that a node takes from Redis a second. */
  fanIn: number;
  /** Cores of Redis that it takes, and the shards for them. A tenant is one hash slot: it has one shard at most. */
  redisCores: number;
  shards: number;
  redisGbits: number;
  egressGbits: number;
  /** Kept within so many cells that share nothing; 1: it is one. */
  cells: number;
  machinesUsd: number;
  redisUsd: number;
  egressUsd: number;
}

const secondsPerMonth = 730 * 3_600;
/** Processes cannot be less, nor nodes fewer than survive the loss of one. */
const leastNodes = 2;

/** `cellViewers`: tenants are put together in cells of so many viewers, each with nodes and Redis of its own. */
export function plan(
  viewers: number,
  workload: Workload,
  figures: Parameters,
  cellViewers = Number.POSITIVE_INFINITY,
): Plan {
  const cells = Math.max(1, Math.ceil(viewers / cellViewers));
  const one = planOne(viewers / cells, workload, figures);
  const sum = (value: number): number => value * cells;
  return {
    ...one,
    viewers,
    cells,
    published: sum(one.published),
    delivered: sum(one.delivered),
    nodes: sum(one.nodes),
    // Processes of several cells share machines.
    machines: Math.ceil(sum(one.nodes) / figures.nodesPerMachine),
    redisCores: sum(one.redisCores),
    shards: sum(one.shards),
    redisGbits: sum(one.redisGbits),
    egressGbits: sum(one.egressGbits),
    machinesUsd: Math.ceil(sum(one.nodes) / figures.nodesPerMachine) * figures.machineUsdPerMonth,
    redisUsd: sum(one.redisUsd),
    egressUsd: sum(one.egressUsd),
  };
}

function planOne(viewers: number, workload: Workload, figures: Parameters): Plan {
  const { headroom, nodesPerMachine } = figures;
  const channels = Math.max(1, workload.channels(viewers));
  const published = channels * workload.events;
  const perViewer = workload.watched * workload.events;
  const delivered = viewers * perViewer;

  const nodesForCpu = least(
    leastNodes,
    (nodes) => shareOf(viewers, nodes, channels, workload, figures).cpu <= headroom,
  );
  const perNode = headroom / nodesPerMachine;
  /** Viewers that a node can have, by what limits them. */
  const most: Array<[Plan["nodeLimit"], number]> = [
    ["tried", figures.viewersMost],
    ["CPU", viewers / nodesForCpu],
    ["memory", (perNode * figures.machineGb * 1e9) / figures.viewerBytes],
    ["link", (perNode * figures.machineGbits * 1e9) / (perViewer * figures.wireBytes * 8)],
  ];
  const [limit, viewersPerNode] = most.reduce((least, one) => (one[1] < least[1] ? one : least));
  const count = Math.max(leastNodes, Math.ceil(viewers / viewersPerNode));
  const last = shareOf(viewers, count, channels, workload, figures);

  const redis = redisOf(published, last, count, figures);
  const egressGbits = (delivered * figures.wireBytes * 8) / 1e9;
  const shards = Math.max(1, Math.ceil(redis.cores / headroom));
  const machines = Math.ceil(count / nodesPerMachine);
  return {
    viewers,
    published,
    delivered,
    viewersPerNode: viewers / count,
    nodeLimit: count === leastNodes ? "two" : limit,
    nodes: count,
    machines,
    followers: last.followers,
    fanIn: last.fanIn,
    redisCores: redis.cores,
    shards,
    redisGbits: redis.gbits,
    egressGbits,
    cells: 1,
    machinesUsd: machines * figures.machineUsdPerMonth,
    redisUsd: shards * figures.redisUsdPerMonth,
    egressUsd: (egressGbits / 8) * secondsPerMonth * figures.egressUsdPerGb,
  };
}

/** The least number from `from` on that fits; what fits once fits beyond. */
function least(from: number, fits: (number: number) => boolean): number {
  let [low, high] = [from, from];
  while (!fits(high)) [low, high] = [high + 1, high * 2];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

interface Share {
  /** Part of a core. */
  cpu: number;
  fanIn: number;
  followers: number;
}

/** One of `nodes`, with viewers and what they watch spread by chance: no stickiness is assumed. */
function shareOf(viewers: number, nodes: number, channels: number, workload: Workload, figures: Parameters): Share {
  const own = viewers / nodes;
  // Part of all channels that at least one of its viewers watches.
  const followed = 1 - Math.exp((-own * workload.watched) / channels);
  const fanIn = channels * followed * workload.events;
  const delivered = own * workload.watched * workload.events;
  const perConnection = workload.watched * workload.events;
  const us = delivered * deliverUs(perConnection, figures) + fanIn * figures.fanInUs;
  const published = (channels * workload.events) / nodes;
  return { cpu: (us + published * figures.publishUs) / 1e6, fanIn, followers: nodes * followed };
}

/** Between the two that were measured, by how many events a viewer gets a second. */
function deliverUs(perS: number, { deliverUs: few, deliverBusyUs: many }: Parameters): number {
  const [fewPerS, manyPerS] = [100, 5_000];
  const part = Math.min(1, Math.max(0, Math.log(perS / fewPerS) / Math.log(manyPerS / fewPerS)));
  return few + (many - few) * part;
}

/** Redis tells each event to each node that follows it; what one node gets in a turn is written at once. */
function redisOf(
  published: number,
  { fanIn, followers }: { fanIn: number; followers: number },
  nodes: number,
  figures: Parameters,
): { cores: number; gbits: number } {
  const { redisAppendUs, redisTellUs, redisWriteUs, redisTurnsPerS, wireBytes } = figures;
  const told = published * followers;
  const writes = nodes * Math.min(fanIn, redisTurnsPerS);
  const cores = (published * redisAppendUs + told * redisTellUs + writes * redisWriteUs) / 1e6;
  return { cores, gbits: ((published + told) * wireBytes * 8) / 1e9 };
}

export interface Relays {
  /** Gateways between Redis and those that viewers are connected to; levels of them. */
  relays: number;
  levels: number;
  /** Nodes that Redis tells each event. */
  followers: number;
  addedMs: number;
  redisCores: number;
}

/** A tree of gateways that follow one another, each followed by at most `fanOut`: what Redis then has to do. */
export function withRelays(flat: Plan, fanOut: number, figures: Parameters): Relays {
  let top = flat.nodes;
  let relays = 0;
  let levels = 0;
  while (top > fanOut) {
    top = Math.ceil(top / fanOut);
    relays += top;
    levels++;
  }
  const followers = Math.min(flat.followers, top);
  // A relay follows whatever somebody below it follows.
  const fanIn = Math.min(flat.published, flat.fanIn * fanOut ** levels);
  const { cores } = redisOf(flat.published, { fanIn, followers }, top, figures);
  return { relays, levels, followers, addedMs: levels * figures.hopMs, redisCores: cores };
}

/** Events a second that one channel can have before Redis, which keeps it in one shard, is full; by the nodes that follow. */
export function eventsOfOneChannel(followers: number, figures: Parameters): number {
  const { headroom, redisAppendUs, redisTellUs, redisWriteUs, redisTurnsPerS } = figures;
  const perEvent = redisAppendUs + followers * redisTellUs;
  const alone = perEvent + followers * redisWriteUs;
  const slow = (headroom * 1e6) / alone;
  // Beyond a turn each, writes are shared.
  if (slow <= redisTurnsPerS) return slow;
  return (headroom * 1e6 - redisTurnsPerS * followers * redisWriteUs) / perEvent;
}
