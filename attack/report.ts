/** The result for people: a Markdown table, so that it can be kept as it is. */
import type { Judged } from "./judge.ts";

const mib = (bytes: number | undefined): string => (bytes === undefined ? "–" : String(Math.round(bytes / 1_048_576)));
const ms = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 1 : 0);
const count = (value: number): string => value.toLocaleString("en-US");

const columns: ReadonlyArray<[title: string, cell: (outcome: Judged) => string]> = [
  ["attack", ({ attack }) => attack],
  ["sent", ({ figures }) => listed(figures.sent)],
  ["connections opened / refused / closed by the gateway", connections],
  ["answers", ({ figures }) => listed(figures.answers)],
  ["deliver p50, p99 ms: before", ({ before }) => latencies(before.healthy.deliver)],
  [
    "another gateway attacked",
    ({ elsewhere }) => (elsewhere === undefined ? "–" : latencies(elsewhere.healthy.deliver)),
  ],
  ["during", ({ during }) => latencies(during.healthy.deliver)],
  ["after", ({ after }) => latencies(after.healthy.deliver)],
  ["ratio of p99: to quiet, to another attacked", ratios],
  ["connect + subscribe p99 ms: before, during", subscribes],
  ["loop delay max ms", ({ during }) => ms(during.loopDelay?.maxMs)],
  ["gateway CPU, others' CPU (cores)", cores],
  ["RSS MiB: before, peak, after", memory],
  ["verdict", verdict],
];

export function table(outcomes: readonly Judged[]): string {
  const rows = outcomes.map((outcome) => columns.map(([, cell]) => cell(outcome).replaceAll("|", "/")));
  const lines = [columns.map(([title]) => title), columns.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function connections({ figures: { opened, refused, closed } }: Judged): string {
  return [opened, refused, closed].map(count).join(" / ");
}

function ratios({ ratio, ratioElsewhere }: Judged): string {
  return `${ratio.toFixed(2)}, ${ratioElsewhere?.toFixed(2) ?? "–"}`;
}

function latencies({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }): string {
  return `${ms(p50Ms)}, ${ms(p99Ms)}`;
}

function subscribes({ before, during }: Judged): string {
  return `${ms(before.healthy.subscribe.p99Ms)}, ${ms(during.healthy.subscribe.p99Ms)}`;
}

function cores({ during }: Judged): string {
  if (during.resources === undefined) return "–";
  return `${during.resources.cpuShare.toFixed(2)}, ${during.resources.othersCpuShare.toFixed(2)}`;
}

function memory({ before, during, after }: Judged): string {
  return [before.resources?.afterBytes, during.resources?.peakBytes, after.resources?.afterBytes].map(mib).join(", ");
}

function verdict({ failures, over }: Judged): string {
  if (failures.length > 0) return `**failed**: ${failures.map((why) => why.slice(0, 200)).join("; ")}`;
  return over.length > 0 ? `over: ${over.join("; ")}` : "held";
}

function listed(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, times]) => `${count(times)} ${what}`)
    .join(", ");
}
