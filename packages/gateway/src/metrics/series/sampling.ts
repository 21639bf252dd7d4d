/** Every step a row of figures, and what is wrong by them. */
import type { Finding, Over } from "@signalbox/core";
import type { NodeFindings } from "../../alerts/node-findings.ts";
import type { Health } from "../../health.ts";
import { Sampler, type SamplerOptions } from "./sample.ts";
import { Series, stepMs } from "./series.ts";

interface SamplingOptions extends SamplerOptions {
  health: Health;
  findings: NodeFindings;
  /** Events that may be on their way to the store. */
  inflightMost: number;
  found(finding: Finding | Over): void;
}

export class Sampling {
  readonly series = new Series();
  readonly #options: SamplingOptions;
  readonly #sampler: Sampler;
  #sampledMs = performance.now();

  constructor(options: SamplingOptions) {
    this.#options = options;
    this.#sampler = new Sampler(options);
  }

  /** The first step begins now. */
  begin(): void {
    this.series.add(Date.now(), this.#sampler.take());
    this.#sampledMs = performance.now();
  }

  /** To be called at least once a second. */
  tick(): void {
    const seconds = (performance.now() - this.#sampledMs) / 1_000;
    if (seconds * 1_000 < stepMs) return;
    this.#sampledMs += stepMs * Math.floor((seconds * 1_000) / stepMs);
    const figures = this.series.add(Date.now(), this.#sampler.take());
    const { findings, inflightMost, found, health } = this.#options;
    const vitals = { figures, seconds, shortcomings: health.shortcomings, inflightMost };
    for (const finding of findings.look(vitals)) found(finding);
  }

  close(): void {
    this.#sampler.close();
  }
}
