/** What an attack is given: where the gateway is, what opens its door, and where to count. */
import { Tally } from "./tally.ts";

/** Plain data, as the attacker's process gets it. */
export interface AttackJob {
  attack: string;
  host: string;
  port: number;
  token: string;
  /** The address to come from: not the healthy client's, as with any two people. Undefined: whatever the system says. */
  from: string | undefined;
  seconds: number;
}

export interface Field extends AttackJob {
  readonly tally: Tally;
}

export const fieldOf = (job: AttackJob): Field => ({ ...job, tally: new Tally() });

/** The runner and its attacker are started together, by one version of this file: nothing more to check. */
export const decodeJob = (text: string): AttackJob => JSON.parse(text) as AttackJob;
