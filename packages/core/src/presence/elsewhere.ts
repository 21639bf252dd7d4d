/**
 * Demand on other nodes (§13.5): each says what is wanted at it of the channels that somebody speaks for, wherever that is, and so
 * every node knows the sum.
 */
import type { Demand } from "@signalbox/protocol";
import type { HubPorts } from "../hub-ports.ts";
import { SharedTable } from "../shared/table.ts";
import type { Sleeper, Wakes } from "../wakes.ts";
import { added, isSame } from "./wanted.ts";

/** What nodes tell each other about this. */
const spokenTopic = "demand.spoken";
const wantedTopic = "demand.wanted";
export const demandTopics = [spokenTopic, wantedTopic] as const;
/** Of one channel, to other nodes. */
const toldEveryMs = 250;

/** A connection of a node speaks for the lease of this epoch, since then (milliseconds since 1970). */
interface Spoken {
  epoch: number;
  sinceMs: number;
}

interface ElsewhereOptions {
  ports: Pick<HubPorts, "nowMs" | "steadyMs" | "newId" | "soon" | "after" | "tell">;
  wakes: Wakes;
  /** Name of this node. */
  node: string;
  /** What is wanted at this node. */
  wanted(channel: string): Demand;
  /** Other nodes want something else of it now. */
  changed(channel: string): void;
  /** A connection of another node speaks for the lease, and none of this node any more. */
  spokenElsewhere(channel: string): void;
}

interface Watched extends Sleeper {
  /** By the steady clock. */
  toldMs: number;
  isWaiting: boolean;
}

export class Elsewhere {
  readonly #options: ElsewhereOptions;
  readonly #spoken: SharedTable<Spoken>;
  readonly #wants: SharedTable<Demand>;
  /** Nodes that speak for a channel, this one too. */
  readonly #speakers = new Map<string, Map<string, Spoken>>();
  /** Those that anybody speaks for. */
  readonly #watched = new Map<string, Watched>();

  constructor(options: ElsewhereOptions) {
    this.#options = options;
    const { ports, node } = options;
    const at = (topic: string) => ({
      tell: (body: string) => ports.tell(topic, body),
      soon: (run: () => void) => ports.soon(run),
      after: (ms: number, run: () => void) => ports.after(ms, run),
      steadyMs: () => ports.steadyMs(),
      newId: () => ports.newId(),
    });
    this.#spoken = new SharedTable<Spoken>({
      ports: at(spokenTopic),
      node,
      read: (value) => (typeof value === "object" ? (value as Spoken) : undefined),
      changed: (from, channel, spoken) => this.#speaks(from, channel, spoken),
    });
    this.#wants = new SharedTable<Demand>({
      ports: at(wantedTopic),
      node,
      read: (value) => (typeof value === "object" ? (value as Demand) : undefined),
      changed: (_node, channel) => options.changed(channel),
    });
  }

  meet(): void {
    this.#spoken.meet();
    this.#wants.meet();
  }

  told(topic: (typeof demandTopics)[number], body: string, node: string): void {
    if (topic === spokenTopic) this.#spoken.told(body, node);
    else this.#wants.told(body, node);
  }

  /** The node is gone; this one: others took it for gone. */
  nodeLeft(node: string): void {
    if (node === this.#options.node) this.meet();
    this.#spoken.left(node);
    this.#wants.left(node);
  }

  /** To be called about once a second. */
  tick(): void {
    this.#spoken.tick();
    this.#wants.tick();
  }

  /** A connection of this node speaks for the lease of this epoch now, or none any more. */
  speaks(channel: string, epoch: number | undefined): void {
    const spoken = epoch === undefined ? undefined : { epoch, sinceMs: this.#options.ports.nowMs() };
    this.#spoken.set(channel, spoken);
    this.#speaks(this.#options.node, channel, spoken);
  }

  /** Somebody at this node came, went, or asked otherwise. */
  changed(channel: string): void {
    const watched = this.#watched.get(channel);
    if (watched !== undefined) this.#look(channel, watched);
  }

  /** What all other nodes want of it; nothing where nobody speaks for it. */
  of(channel: string): Demand {
    let sum: Demand = { viewers: 0 };
    for (const [, demand] of this.#wants.others(channel)) sum = added(sum, demand);
    return sum;
  }

  #speaks(node: string, channel: string, spoken: Spoken | undefined): void {
    const speakers = this.#speakers.get(channel) ?? new Map<string, Spoken>();
    if (spoken === undefined) speakers.delete(node);
    else speakers.set(node, spoken);
    if (speakers.size === 0) {
      this.#speakers.delete(channel);
      this.#watched.delete(channel);
      this.#wants.set(channel, undefined);
      return;
    }
    this.#speakers.set(channel, speakers);
    const known = this.#watched.get(channel);
    if (known === undefined) {
      const watched: Watched = {
        toldMs: Number.NEGATIVE_INFINITY,
        isWaiting: false,
        wake: () => {
          watched.isWaiting = false;
          this.#look(channel, watched);
        },
      };
      this.#watched.set(channel, watched);
    }
    this.changed(channel);
    const { node: own } = this.#options;
    const mine = speakers.get(own);
    if (spoken === undefined || mine === undefined || node === own) return;
    if (isNewer(spoken, mine) || (!isNewer(mine, spoken) && node > own)) this.#options.spokenElsewhere(channel);
  }

  #look(channel: string, watched: Watched): void {
    if (this.#watched.get(channel) !== watched) return;
    const { wakes, wanted } = this.#options;
    const mayMs = watched.toldMs + toldEveryMs;
    if (wakes.nowMs < mayMs) {
      if (!watched.isWaiting) wakes.at(mayMs, watched);
      watched.isWaiting = true;
      return;
    }
    const demand = wanted(channel);
    const told = this.#wants.get(channel) ?? { viewers: 0 };
    if (isSame(demand, told)) return;
    watched.toldMs = wakes.nowMs;
    this.#wants.set(channel, demand.viewers === 0 ? undefined : demand);
  }
}

const isNewer = (one: Spoken, other: Spoken): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.sinceMs > other.sinceMs);
