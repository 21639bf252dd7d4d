/** What the load generator is told to do and what it answers: plain data, so that any program could take its place. */
import type { CpuSpent } from "../measure/process.ts";
import type { LatencySummary } from "./latencies.ts";

/** Send, then wait for a text that has `expect` in it. */
export interface Step {
  send: string;
  expect: string;
}

/** A value that a client must keep to go on later: what stands between `after` and `until` in a text. */
export interface Mark {
  name: string;
  /** In the last answer to `hello` or `subscribe`, or in every delivery. The newest counts. */
  in: "answer" | "delivery";
  after: string;
  until: string;
  /** Looked for from the end of the text. */
  last?: boolean;
}

/** How to talk to a subject. */
export interface Wire {
  /** An address of this machine; 127.0.0.1 if absent. */
  host?: string;
  path: string;
  headers: Record<string, string>;
  /** What every connection sends first, answered likewise; a publisher too. */
  hello?: Step[];
  /** What makes a connection a subscriber: send, then wait for a text with `expect` in it, step by step. */
  subscribe: Step[];
  /** How the text of every delivered message begins. */
  delivery: string;
  /** Text that occurs once per kept and once per refused event in the subject's answers to a publisher. */
  answers?: { kept: string; refused: string };
  /** Texts that keep the connection alive. */
  ping?: { text: string; answer: string };
  /** What a connection that comes back sends instead of `hello` and `subscribe`; each `$name` is a mark's value. */
  resume?: { marks: Mark[]; steps: Step[] };
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
  /** Published before anything is measured. */
  fill?: Fill;
  /** Events go round so many channels; 1 if absent. */
  channels?: number;
  /** Where the publisher connects, if that is another node than the subscribers'. */
  publishPort?: number;
  /** Further processes by what they are, whose CPU time is read as well. */
  parts?: Readonly<Record<string, number>>;
}

/** What is there already: frames of several events, each sent when the one before was acknowledged. */
export interface Fill {
  frame: string;
  frames: number;
  channels: number;
}

/** Clients that were there, lost their connections, missed events, and come back at once. */
export interface StormJob extends Target {
  kind: "storm";
  event: string;
  clients: number;
  missed: number;
  fill?: Fill;
}

/** Each client loses its connection once, at a random moment, and comes back after a while. */
export interface JitterJob extends Target {
  kind: "jitter";
  event: string;
  clients: number;
  perSecond: number;
  windowMs: number;
  awayMs: number;
  /** Of the random moments. */
  seed: number;
}

/** Clients that read, measured alone and then beside others that never do. */
export interface SlowJob extends Target {
  kind: "slow";
  event: string;
  healthy: number;
  slow: number;
  perSecond: number;
  aloneMs: number;
  besideMs: number;
}

/** One client behind a slow link, which gets far more than that takes; how soon does what matters come? */
export interface SlowLinkJob extends Target {
  kind: "slowlink";
  bytesPerSecond: number;
  streams: { event: string; perSecond: number }[];
  /** Text of the event that is waited for. */
  urgent: string;
  /** Stands in it, wherever it is delivered. */
  urgentMark: string;
  /** How long everything is published before the first urgent event. */
  settleMs: number;
  urgentEvents: number;
  /** From one's arrival, or the end of the waiting for it, to the next. */
  pauseMs: number;
  /** After this one counts as not arrived. */
  waitMs: number;
}

/** Several streams of different rates and sizes at once; every viewer gets all. */
export interface MixedJob extends Target {
  kind: "mixed";
  viewers: number;
  streams: { name: string; events: string[]; perSecond: number }[];
  warmupMs: number;
  windowMs: number;
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

/** Subscribing and unsubscribing, over and over. */
export interface ChurnJob extends Target {
  kind: "churn";
  connections: number;
  cycles: number;
  /** Number of the first cycle: names that nobody used are made of it. */
  first: number;
  /** Channels that are there. */
  channels: number;
}

/** Agents, viewers, tickets and strangers that come and go. */
export interface FleetJob extends Target {
  kind: "fleet";
  agents: number;
  viewers: number;
  windowMs: number;
  /** Of chance, and in the names of this run's channels. */
  seed: number;
}

/** Agents that say something in turn, and viewers who follow all of them in one way or another. */
export interface OverviewJob extends Target {
  kind: "overview";
  /** With slots for the agent. */
  event: string;
  agents: number;
  /** Events of all agents together. */
  perSecond: number;
  viewers: number;
  settleMs: number;
  warmupMs: number;
  windowMs: number;
}

export type Job =
  | FanoutJob
  | SlowLinkJob
  | IngestJob
  | IdleJob
  | StormJob
  | JitterJob
  | SlowJob
  | MixedJob
  | OverviewJob
  | ChurnJob
  | FleetJob;

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
  /** CPU time of the further processes, in microseconds. */
  partsUs: Readonly<Record<string, number>>;
  published: number;
  refused: number;
  /** What the subscribers should get of what was not refused, and what they got. */
  expected: number;
  delivered: number;
  /** Payloads of all that was delivered, the warm-up's too, per delivery. */
  bytesPerDelivery: number;
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

/** What clients found when they compared the numbers they got. */
interface Kept {
  /** Events that a client should have and has not. */
  lost: number;
  /** Events that a client got again, or after a later one. */
  again: number;
}

export interface StormFigures extends Measured, Kept {
  /** From the first connection to the last client at head; NaN as null when one never got there. */
  allAtHeadMs: number | null;
  atHead: number;
  replayed: number;
  /** Connections that were refused or lost and tried again. */
  retries: number;
}

export interface JitterFigures extends Measured, Kept {
  published: number;
  expected: number;
  delivered: number;
  retries: number;
}

export interface SlowFigures extends Measured {
  alone: LatencySummary;
  rssBeforeBytes: number;
  rssMostBytes: number;
  healthyExpected: number;
  healthyDelivered: number;
  healthyLost: number;
  /** Slow connections by how they ended: close number, `cut` without one, `open`. */
  ended: Record<string, number>;
}

export interface SlowLinkFigures extends Measured {
  /** Milliseconds, one for each urgent event; `waitMs` where it had not come by then. */
  delaysMs: number[];
  notArrived: number;
  /** That passed the link from publishing an urgent event to its arrival, the most of them all. */
  mostBytesBetween: number;
  lostConnections: number;
}

export interface MixedFigures extends Measured {
  streams: Record<string, { expected: number; delivered: number; latency: LatencySummary }>;
  bytes: number;
  lostConnections: number;
}

export interface ChurnFigures {
  cycles: number;
  errors: number;
  cpuUs: number;
  rssBytes: number;
}

/** How many of each there were. */
export interface FleetFigures {
  agents: number;
  viewers: number;
  stalls: number;
  tickets: number;
  strangers: number;
  published: number;
  delivered: number;
  refused: number;
  cpuUs: number;
  rssBytes: number;
}

export interface OverviewFigures extends Measured {
  published: number;
  /** Payload of all viewers. */
  bytes: number;
  texts: number;
  lostConnections: number;
}

export interface FiguresOf {
  churn: ChurnFigures;
  fleet: FleetFigures;
  fanout: FanoutFigures;
  ingest: IngestFigures;
  idle: IdleFigures;
  storm: StormFigures;
  jitter: JitterFigures;
  slow: SlowFigures;
  slowlink: SlowLinkFigures;
  mixed: MixedFigures;
  overview: OverviewFigures;
}

/** The bench and its load generator are started together, by one version of this file: nothing more to check. */
export const decodeJob = (text: string): Job => JSON.parse(text) as Job;

export const decodeFigures = <Kind extends Job["kind"]>(_kind: Kind, text: string): FiguresOf[Kind] =>
  JSON.parse(text) as FiguresOf[Kind];
