/** The tables of docs/scaling.md, as Markdown. */
import { type Figure, type FigureName, figureNames, type Parameters } from "./figures.ts";
import { eventsOfOneChannel, fleet, type Plan, plan, stage, type Workload, withRelays } from "./plan.ts";
import { type Storm, storm } from "./storm.ts";

export const sizes = [10_000, 100_000, 1_000_000, 100_000_000];
/** Viewers of a cell. */
const cellViewers = 200_000;
/** Gateways that follow one relay. */
const relayFanOut = 200;

type Row = ReadonlyArray<string | number>;

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Two digits that mean something, thousands apart. */
function short(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "none";
  const digits = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toPrecision(2));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: Math.min(3, digits) });
}

const exact = (value: number): string => value.toLocaleString("en-US");

const figuresTable = (figures: Readonly<Record<FigureName, Figure>>): string =>
  table(
    ["figure", "value", "", "what it is", "from"],
    figureNames.map((name) => {
      const { value, unit, kind, what, from } = figures[name];
      return [`\`${name}\``, `${exact(value)} ${unit}`.trim(), kind, what, from];
    }),
  );

const planRow = (one: Plan): Row => [
  exact(one.viewers),
  short(one.published),
  short(one.delivered),
  `${short(one.viewersPerNode)} (${one.nodeLimit})`,
  exact(one.nodes),
  short(one.followers),
  short(one.redisCores),
  exact(one.shards),
  short(one.redisGbits),
  short(one.egressGbits),
];

function plansTable(workload: Workload, figures: Parameters, cells?: number): string {
  const head = [
    ...["viewers", "events/s", "deliveries/s", "viewers a node (limit)", "nodes", "nodes an event goes to"],
    ...["cores of Redis", "shards", "Gbit/s out of Redis", "Gbit/s to viewers"],
  ];
  const rows = sizes.map((viewers) => plan(viewers, workload, figures, cells));
  if (cells === undefined) return table(head, rows.map(planRow));
  return table(
    ["cells", ...head],
    rows.map((one) => [exact(one.cells), ...planRow(one)]),
  );
}

function costTable(figures: Parameters): string {
  const rows = sizes.flatMap((viewers) =>
    [fleet, stage].map((workload): Row => {
      const one = plan(viewers, workload, figures, workload === fleet ? cellViewers : undefined);
      const sum = one.machinesUsd + one.redisUsd + one.egressUsd;
      const parts = [one.machinesUsd, one.redisUsd, one.egressUsd, sum].map(short);
      return [exact(viewers), workload.name, exact(one.machines), ...parts, short((1_000 * sum) / viewers)];
    }),
  );
  const head = [
    "viewers",
    "workload",
    "machines",
    "machines, USD",
    "Redis, USD",
    "traffic, USD",
    "a month, USD",
    "for 1,000 viewers, USD",
  ];
  return table(head, rows);
}

function relaysTable(figures: Parameters): string {
  const rows = sizes.map((viewers): Row => {
    const flat = plan(viewers, stage, figures);
    const { relays, levels, followers, addedMs, redisCores } = withRelays(flat, relayFanOut, figures);
    return [
      exact(viewers),
      exact(flat.nodes),
      short(flat.redisCores),
      exact(levels),
      exact(relays),
      short(followers),
      short(redisCores),
      exact(addedMs),
    ];
  });
  const head = [
    "viewers",
    "nodes",
    "cores of Redis without",
    "levels",
    "relays",
    "Redis tells",
    "cores of Redis with",
    "ms more, each way",
  ];
  return table(head, rows);
}

const channelTable = (figures: Parameters): string =>
  table(
    ["nodes that follow the channel", "events/s at most"],
    [1, 10, 100, 1_000, 10_000, 100_000].map((nodes) => [exact(nodes), short(eventsOfOneChannel(nodes, figures))]),
  );

/** 10,000 viewers a node, as they are in `fleet`. */
const three = { nodes: 3, before: 10_000, watched: 5, channels: 3_000, missed: 10, seed: 7 };
const thirty = { ...three, nodes: 30, channels: 30_000 };

const storms: readonly Storm[] = [
  { ...three, name: "one of 3 nodes is killed", nodes: 2, clients: 10_000, comeBack: "by themselves" },
  { ...three, name: "one of 3 nodes is stopped (SIGTERM)", nodes: 2, clients: 10_000, comeBack: "as told" },
  { ...thirty, name: "one of 30 nodes is killed", nodes: 29, clients: 10_000, comeBack: "by themselves" },
  { ...three, name: "the load balancer of 3 nodes is restarted", clients: 30_000, comeBack: "by themselves" },
  { ...three, name: "the same, if clients did not wait", clients: 30_000, comeBack: "at once" },
  { ...thirty, name: "the load balancer of 30 nodes is restarted", clients: 300_000, comeBack: "by themselves" },
  { ...thirty, name: "30 nodes begin anew at once", before: 0, clients: 300_000, comeBack: "by themselves" },
  { ...three, name: "3 nodes get three times what they are planned for", clients: 90_000, comeBack: "by themselves" },
];

function stormsTable(figures: Parameters): string {
  const rows = storms.map((one): Row => {
    const { peakConnectsPerS, halfBackS, allBackS, gaveUp, peakReadsPerS } = storm(one, figures);
    const counts = [one.nodes, one.clients, peakConnectsPerS].map(exact);
    const redis = short((peakReadsPerS * figures.redisReadUs) / 1e6);
    return [one.name, ...counts, halfBackS.toFixed(1), allBackS.toFixed(1), exact(gaveUp), exact(peakReadsPerS), redis];
  });
  const head = [
    ...[
      "what happens",
      "nodes left",
      "clients that come back",
      "connects/s of one node, peak",
      "half back, s",
      "all back, s",
    ],
    ...["attempts that gave up", "reads/s of Redis, peak", "its cores"],
  ];
  return table(head, rows);
}

/** By the name that stands in the page. */
export const tables = (
  figures: Readonly<Record<FigureName, Figure>>,
  parameters: Parameters,
): Readonly<Record<string, string>> => ({
  figures: figuresTable(figures),
  fleet: plansTable(fleet, parameters),
  "fleet-cells": plansTable(fleet, parameters, cellViewers),
  stage: plansTable(stage, parameters),
  relays: relaysTable(parameters),
  channel: channelTable(parameters),
  storms: stormsTable(parameters),
  cost: costTable(parameters),
});

/** The page with what stands between its marks made anew: `<!-- NAME -->`, the table, `<!-- end -->`. */
export function withTables(page: string, made: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const text = page.replace(/<!-- ([a-z-]+) -->\n[\s\S]*?<!-- end -->/g, (_block, name: string) => {
    const one = made[name];
    if (one === undefined) throw new Error(`there is no table ${name}`);
    used.add(name);
    return `<!-- ${name} -->\n\n${one}\n\n<!-- end -->`;
  });
  const missing = Object.keys(made).filter((name) => !used.has(name));
  if (missing.length > 0) throw new Error(`the page has no place for ${missing.join(", ")}`);
  return text;
}
