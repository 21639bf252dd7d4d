/** An event as one readable line. */
import type { Gap, Publication } from "@signalbox/protocol";
import type { Colours } from "../io.ts";
import { sanitised } from "./sanitise.ts";

/** A field longer than this is cut: the line stays a line, and --json has it all. */
const longestField = 120;

export function describeEvent(event: Publication, paint: Colours): string {
  const time = new Date(event.timestamp).toTimeString().slice(0, 8);
  return `${paint.dim(time)} ${paint.cyan(event.channel)} ${paint.bold(sanitised(event.type))} ${describeData(event.data, paint)}`;
}

function describeData(data: unknown, paint: Colours): string {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return short(data);
  return flat(data, "")
    .map(([name, value]) => `${paint.dim(`${sanitised(name)}=`)}${short(value)}`)
    .join(" ");
}

/** `{a: {b: 1}}` as `a.b`; deeper levels stay JSON. */
function flat(data: object, prefix: string): Array<[string, unknown]> {
  return Object.entries(data).flatMap(
    ([name, value]): Array<[string, unknown]> =>
      prefix === "" && typeof value === "object" && value !== null && !Array.isArray(value)
        ? flat(value, `${name}.`)
        : [[prefix + name, value]],
  );
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const line = sanitised(text.slice(0, longestField * 2));
  const cut = line.length > longestField || text.length > longestField * 2 ? `${line.slice(0, longestField)}…` : line;
  return typeof value === "string" && (/[\s="]/.test(cut) || cut === "") ? `"${cut.replaceAll('"', '\\"')}"` : cut;
}

const reasons: Record<Gap["reason"], string> = {
  trimmed: "retention removed them",
  epoch_changed: "the gateway lost its earlier history",
  position_beyond_head: "the gateway has less than was seen before; its history begins anew",
  slow: "this reader was too slow for them",
};

export function describeGap(channel: string, gap: Gap): string {
  const many = gap.to === undefined ? `events from ${gap.from} on` : `events ${gap.from}–${gap.to}`;
  const counts = Object.entries(gap.counts ?? {}).map(([type, count]) => `${count} ${sanitised(type)}`);
  const what = counts.length === 0 ? "" : ` (${counts.join(", ")})`;
  return `gap in ${channel}: ${many} are not coming, ${reasons[gap.reason] ?? sanitised(gap.reason)}${what}`;
}

export const ago = (ms: number): string => `${duration(ms)} ago`;

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
