/** Something that is measured: a server that can be started, spoken to and ended. */
import type { Step, Wire } from "../load/job.ts";
import type { Place } from "../place.ts";

export interface Subject {
  readonly name: string;
  /** One line for people: what it is and how it is set up. */
  readonly about: string;
  /** The product itself, against which peers are ratios. */
  readonly own: boolean;
  /** Names of scenarios it can be measured in. */
  readonly scenarios: readonly string[];
  /** Why it cannot run here, such as a library that is not installed; undefined when it can. */
  missing(): string | undefined;
  start(place: Place): Promise<Running>;
}

/** A started server, ready for connections on loopback. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from the start of the process until it said that it was ready. */
  readonly readyMs: number;
  /** Where the process can be inspected; only when it was started so. */
  readonly inspector?: string;
  /** Of a node beside this one, where it has one: what is published there has to come here. */
  readonly publishPort?: number;
  /** Further processes by what they are. */
  readonly parts?: Readonly<Record<string, number>>;
  readonly wire: Wire;
  /** Text of one event of 256 bytes that `publisher` sends, with the slots of load/template.ts. */
  event(publisher: string): string;
  /** The text that publishes an event given as JSON. */
  message(json: string): string;
  /** Steps that subscribe to channels and patterns; absent when everybody gets everything. */
  subscribeTo?(channels: readonly string[]): Step[];
  /** Several such events as one frame; absent when the subject has no batches. */
  batch?(publisher: string, events: number): string;
  /** Ends the process and removes its files. */
  stop(): Promise<void>;
}
