/** What the load generator is told to do and what it answers: plain data, so that any program could take its place. */
import type { CpuSpent } from "../measure/process.ts";
import type { LatencySummary } from "./latencies.ts";

/** How to talk to a subject. */
export interface Wire {
  /** An address of this machine; 127.0.0.1 if absent. */
  host?: string;
  path: string;
  headers: Record<string, string>;
  /** What makes a connection a subscriber: send, then wait for a text with `expect` in it, step by step. */
  subscribe: { send: string; expect: string }[];
  /** How the text of every delivered message begins. */
  delivery: string;
  /** Text that occurs once per kept and once per refused event in the subject's answers to a publisher. */
  answers?: { kept: string; refused: string };
}

interface Target {
  /** On loopback; the load generator reaches nothing else. */
  port: number;
  /** The server's process, whose CPU time and memory are read. */
  pid: number;
  wire: Wire;
  /** After this the load generator gives up. */
  deadlineMs: number;
}

/** One publisher at a fixed rate, many subscribers. */
export interface FanoutJob extends Target {
  kind: "fanout";
  /** Text of one event with its slots. */
  event: string;
  clients: number;
  perSecond: number;
  warmupMs: number;
  windowMs: number;
  /** How long deliveries may go on after the last send. */
  drainMs: number;
}

/** Publishers that send as fast as they are answered, each with so many frames unanswered. */
export interface IngestJob extends Target {
  kind: "ingest";
  /** A publisher each: the text of its frames, with slots. */
  publishers: string[];
  framesInFlight: number;
  warmupMs: number;
  windowMs: number;
}

/** Connections that subscribe and then do nothing. */
export interface IdleJob extends Target {
  kind: "idle";
  /** Opened first and kept, so that what the server makes once is not counted. */
  firstClients: number;
  clients: number;
  /** Quiet time before memory is read. */
  settleMs: number;
}

export type Job = FanoutJob | IngestJob | IdleJob;

interface Measured {
  /** From the first intended send to the last delivery or answer. */
  elapsedMs: number;
  cpu: CpuSpent;
  /** The server's resident memory at the end. */
  rssBytes: number;
  /** Share of one core that the load generator itself used. Near 1: it was the limit. */
  loadCpuShare: number;
  /** Cores' worth of CPU that processes outside the bench used meanwhile. */
  othersCpuShare: number;
  latency: LatencySummary;
}

export interface FanoutFigures extends Measured {
  published: number;
  refused: number;
  /** What the subscribers should get of what was not refused, and what they got. */
  expected: number;
  delivered: number;
  /** Texts to subscribers that were no deliveries. */
  otherTexts: number;
  /** Connections that ended before the load generator closed them. */
  lostConnections: number;
}

export interface IngestFigures extends Measured {
  kept: number;
  refused: number;
  unanswered: number;
}

export interface IdleFigures {
  connections: number;
  lostConnections: number;
  connectMs: number;
  firstRssBytes: number;
  rssBytes: number;
  cpuPerConnectionUs: number;
}

export interface FiguresOf {
  fanout: FanoutFigures;
  ingest: IngestFigures;
  idle: IdleFigures;
}

/** The bench and its load generator are started together, by one version of this file: nothing more to check. */
export const decodeJob = (text: string): Job => JSON.parse(text) as Job;

export const decodeFigures = <Kind extends Job["kind"]>(_kind: Kind, text: string): FiguresOf[Kind] =>
  JSON.parse(text) as FiguresOf[Kind];
