/** Traffic through nodes that share a Redis, one fault after the other, and what came of it. */
import { mkdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import {
  checkHistory,
  type FinalHistory,
  type HistoryRecord,
  printed,
  quantile,
  Recorder,
  type Recovery,
  type Report,
  readHistory,
  recoveries,
} from "@signalbox/testkit/history";
import { tokenOf } from "../issuer.ts";
import { Asker } from "../steering/asker.ts";
import { chance } from "../steering/chance.ts";
import { readFinalHistory } from "../steering/final-history.ts";
import { until } from "../until.ts";
import { allReady, type Fault } from "./faults.ts";
import type { Nodes } from "./nodes.ts";
import { Traffic } from "./traffic.ts";

export interface TrialOptions {
  nodes: Nodes;
  /** Of the journals; made if it is not there. */
  folder: string;
  seed: number;
  publishers?: number;
  viewers?: number;
  restMs?: number;
}

export interface Outcome extends Report {
  recovery: Recovery[];
  published: number;
}

/** Between two faults everything is well for so many events. */
const eventsBetween = 50;

const channels = ["workflow:w1", "workflow:w2", "workflow:w3", "workflow:w4"];

export class Trial {
  readonly traffic: Traffic;
  readonly #options: TrialOptions;
  readonly #faults: Recorder;

  constructor(options: TrialOptions) {
    const { nodes, folder, seed, publishers = 4, viewers = 3, restMs = 20 } = options;
    mkdirSync(folder, { recursive: true });
    this.#options = options;
    this.#faults = new Recorder({ folder, process: "faults", seed });
    this.traffic = new Traffic({ url: nodes.url, folder, seed, channels, publishers, viewers, restMs });
  }

  /** One after the other; the next begins once everybody has new events, and every node says that it is ready. */
  async run(faults: readonly Fault[]): Promise<void> {
    const random = chance(this.#options.seed, "faults");
    await this.traffic.goesOn("at first");
    for (const { run, ...is } of faults) {
      const { kind } = is;
      const fault = { what: "fault", ...is } as const;
      this.#faults.record({ ...fault, phase: "start" });
      await run(random);
      this.#faults.record({ ...fault, phase: "stop" });
      await this.traffic.goesOn(`after ${kind}`);
      await allReady(this.#options.nodes);
      await this.traffic.more(eventsBetween);
    }
  }

  /** No event more: resolves when every viewer has all. */
  async settle(): Promise<void> {
    const reader = this.#reader(this.#options.nodes.url);
    await this.traffic.end(async (channel) => {
      const { body } = await reader.read(`/v1/channels/${channel}`);
      const { epoch, offset } = body as { epoch: string; offset: number };
      return { epoch, offset };
    });
    this.#faults.record({ what: "healed" });
  }

  /** The history that all nodes tell. What the nodes themselves say, such as that a lease is over, may come while they are asked. */
  async final(): Promise<FinalHistory> {
    const readers = this.#options.nodes.all.map(({ url }) => this.#reader(url));
    let told: FinalHistory | undefined;
    let difference = "";
    await until("all nodes tell the same history", async () => {
      const all: FinalHistory[] = [];
      for (const reader of readers) all.push(await readFinalHistory(reader));
      [told] = all;
      difference = all.map((one) => differenceOf(told, one)).find((text) => text !== "") ?? "";
      return difference === "";
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${difference}`);
    });
    if (told === undefined) throw new Error("there is no node");
    return told;
  }

  judge(final: FinalHistory): Outcome {
    const records: HistoryRecord[] = readHistory(this.#options.folder);
    return { ...checkHistory(records, final), recovery: recoveries({ records }), published: this.traffic.published };
  }

  #reader(url: string): Asker {
    const { folder: _folder, nodes: _nodes, ...options } = this.#options;
    const around = {
      signal: new AbortController().signal,
      reached: () => {},
      settled: () => {},
      recorder: this.#faults,
    };
    const token = tokenOf("reader", { role: "admin" });
    return new Asker({ ...options, name: "reader", by: "user:reader", token, url: () => url, ...around });
  }
}

/** Where two nodes first differ; empty if they do not. */
function differenceOf(one: FinalHistory | undefined, other: FinalHistory): string {
  for (const part of ["channels", "commands", "checkpoints"] as const) {
    const [ours = [], theirs] = [one?.[part], other[part]];
    for (let n = 0; n < Math.max(ours.length, theirs.length); n++) {
      if (!isDeepStrictEqual(ours[n], theirs[n]))
        return `${JSON.stringify(ours[n])}\n${JSON.stringify(theirs[n])}`.slice(-4_000);
    }
  }
  return "";
}

/** A line for each kind of fault. */
export function recoveryTable(all: readonly Recovery[]): string {
  const ms = (values: readonly number[]): string =>
    [0.5, 0.99, 1].map((part) => Math.round(quantile(values, part)).toLocaleString("en-US")).join(" / ");
  const rows = all.map(
    ({ kind, faults, lastedMs, stoodStillMs, wentOnMs }) =>
      `| ${kind} | ${faults} | ${Math.round(quantile(lastedMs, 0.5)).toLocaleString("en-US")} | ${ms(stoodStillMs)} | ${ms(wentOnMs)} |`,
  );
  const head = [
    "| fault | times | it lasted, p50 ms | a viewer stood still, p50 / p99 / max ms | went on after its end, p50 / p99 / max ms |",
    "|---|---|---|---|---|",
  ];
  return [...head, ...rows].join("\n");
}

export { printed };
