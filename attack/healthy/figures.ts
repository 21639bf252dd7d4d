/** What the healthy client is told and what it answers: plain data, one line of JSON each. */
import type { LatencySummary } from "../../bench/load/latencies.ts";

export interface HealthyJob {
  host: string;
  port: number;
  token: string;
  subscribers: number;
  /** Events published. */
  perSecond: number;
  /** Connections opened to subscribe once, measured from the first byte to the answer. */
  subscribesPerSecond: number;
}

/** Of the time between two questions. */
export interface HealthyFigures {
  published: number;
  /** Over all subscribers. */
  delivered: number;
  /** Events published in that time that a subscriber did not get, however long it waited. */
  lost: number;
  /** Got twice, or in another order than published. */
  repeated: number;
  /** Events that the gateway did not take. */
  refused: number;
  /** Connections of the publisher and the subscribers that ended; they come back and go on from their position. */
  cut: number;
  /** Of the connections opened to subscribe once. */
  subscribesFailed: number;
  /** From publishing to having it, each subscriber for itself. */
  deliver: LatencySummary;
  subscribe: LatencySummary;
}

/** Both ends are of one version: nothing more to check. */
export const decodeJob = (text: string): HealthyJob => JSON.parse(text) as HealthyJob;

export const decodeFigures = (text: string): HealthyFigures => JSON.parse(text) as HealthyFigures;
