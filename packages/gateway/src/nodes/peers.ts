/** The nodes that share the store, as they were last listed: who is there, and where each is reached. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Broker, NodeInfo } from "@signalbox/core";
import type { Log } from "../log.ts";

interface PeersOptions {
  broker: Pick<Broker, "nodes">;
  /** Name of this node. */
  self: string;
  log: Log;
  /** Others take work now than before; not called for `left`. */
  changed(): void;
}

/** So old a list may be, milliseconds: who is taken over from is found out within it. */
const listedMs = 2_000;
/** Whoever asks for a node that is not in the list waits until it was read again; so often at most, for all of them together. */
const againMs = 500;

/** In ids that name their node; of its name nothing can be read from it. */
export const markOf = (node: string): string => createHash("sha256").update(node).digest("base64url").slice(0, 16);

export class Peers {
  readonly #options: PeersOptions;
  #byMark = new Map<string, NodeInfo>();
  /** Names of those that take work, in order. */
  #working: readonly string[] = [];
  /** Gone since a list was asked for, which may still have them. One that comes back is in a later list. */
  readonly #gone = new Set<string>();
  #listedMs = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;
  #listingAgain: Promise<void> | undefined;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#working = [options.self];
  }

  /** Names of the nodes that take work, this one included; the same on all of them but for a moment. */
  get working(): readonly string[] {
    return this.#working;
  }

  /** The node whose ids begin with this mark, while it is there. */
  async find(mark: string): Promise<NodeInfo | undefined> {
    const known = this.#byMark.get(mark);
    // One that has just begun may not have said yet where it is.
    if (known?.url !== undefined) return known;
    await this.#listAgain();
    return this.#byMark.get(mark);
  }

  /** Of all nodes, this one included, in order. */
  get marks(): readonly string[] {
    return [...new Set([...this.#byMark.keys(), markOf(this.#options.self)])].sort();
  }

  nameOf(mark: string): string | undefined {
    return this.#byMark.get(mark)?.name;
  }

  /** To be called about once a second. */
  tick(): void {
    if (performance.now() - this.#listedMs >= listedMs) void this.list();
  }

  /** This node may be taken for gone too, while it could not say that it is there. */
  left(node: string): void {
    if (node === this.#options.self) return;
    this.#gone.add(node);
    this.#byMark.delete(markOf(node));
    this.#working = this.#working.filter((name) => name !== node);
  }

  /** Resolves also where the store cannot be asked: then those that were there are taken to be there still. */
  list(): Promise<void> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  #listAgain(): Promise<void> {
    const waitMs = this.#listedMs + againMs - performance.now();
    if (waitMs <= 0) return this.list();
    this.#listingAgain ??= pause(waitMs).then(() => {
      this.#listingAgain = undefined;
      return this.list();
    });
    return this.#listingAgain;
  }

  async #list(): Promise<void> {
    const { broker, self, log } = this.#options;
    this.#gone.clear();
    try {
      const nodes = (await broker.nodes()).filter(({ name }) => !this.#gone.has(name));
      this.#byMark = new Map(nodes.map((node) => [markOf(node.name), node]));
      const working = nodes.filter(({ name, state }) => state === "ready" || name === self);
      this.#work(working.map(({ name }) => name));
    } catch (error) {
      log.debug({ err: error }, "the nodes could not be listed");
    }
    this.#listedMs = performance.now();
  }

  #work(names: readonly string[]): void {
    const { self, changed } = this.#options;
    const working = [...new Set([...names, self])].sort();
    const isSame = working.join("\n") === this.#working.join("\n");
    this.#working = working;
    if (!isSame) changed();
  }
}
