/** How a gateway fares, in a word and the reason for it. */
import { newest, newestSum, type SeriesAnswer } from "./series.ts";
import { told } from "./units.ts";

export interface Judgement {
  word: "OK" | "Loaded" | "Behind" | "Not known yet";
  why: string;
}

/** Above these people feel it. */
const loopMs = 200;
const publishMs = 500;
const cpuPercent = 90;

export function judge(answer: SeriesAnswer): Judgement {
  if (answer.at.length === 0) return { word: "Not known yet", why: "the first figures come within 10 s" };
  const at = (name: string): number => newest(answer, name) ?? 0;
  const behind = at("viewers.behind");
  if (behind > 0) return { word: "Behind", why: `viewers are behind in ${told(behind, "count")} channels` };
  const dropped = (newestSum(answer, "drops.") ?? 0) + (newestSum(answer, "closes.") ?? 0);
  if (dropped > 0) return { word: "Behind", why: "slow viewers do not get everything" };
  const loop = at("loop.delay_p99_ms");
  if (loop > loopMs) return { word: "Loaded", why: `its event loop is ${told(loop, "ms")} late` };
  const publish = at("publish_ms.p99");
  if (publish > publishMs) return { word: "Loaded", why: `publishing takes up to ${told(publish, "ms")}` };
  const cpu = at("cpu.percent");
  if (cpu > cpuPercent) return { word: "Loaded", why: `it uses ${told(cpu, "percent")} of a core` };
  return { word: "OK", why: "nothing waits" };
}
