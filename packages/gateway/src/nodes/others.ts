/** What nodes say to each other that is of no tenant: words that are lost where a link is down, and tables that are not. */
import { type Broker, SharedTable } from "@signalbox/core";
import type { NodeTopics } from "./routing.ts";

interface OthersOptions {
  broker: Pick<Broker, "tell">;
  topics: NodeTopics;
  /** Name of this node. */
  name: string;
  newId(): string;
}

interface TableOptions<Fact> {
  read(value: unknown): Fact | undefined;
  changed(node: string, key: string, fact: Fact | undefined): void;
}

export class Others {
  readonly name: string;
  readonly #options: OthersOptions;
  readonly #tables = new Set<SharedTable<unknown>>();

  constructor(options: OthersOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Hears what others say of this, and gives what says it to all of them. */
  words(topic: string, heard: (body: string, node: string) => void): (body: string) => void {
    const { broker, topics } = this.#options;
    const named = topics.on(topic, heard);
    return (body) => broker.tell(named, body);
  }

  /** To be made before `meet`. */
  table<Fact>(topic: string, options: TableOptions<Fact>): SharedTable<Fact> {
    const { name: node, newId } = this.#options;
    const tell = this.words(topic, (body, from) => table.told(body, from));
    const table: SharedTable<Fact> = new SharedTable<Fact>({
      ports: {
        ...{ tell, newId },
        soon: (run) => void setImmediate(run),
        after: (ms, run) => void setTimeout(run, ms).unref(),
        steadyMs: () => performance.now(),
      },
      node,
      ...options,
    });
    this.#tables.add(table as SharedTable<unknown>);
    return table;
  }

  /** Others hear this node from now on, or something may have been missed. */
  meet(): void {
    for (const table of this.#tables) table.meet();
  }

  /** The node is gone; this one: others took it for gone. */
  left(node: string): void {
    if (node === this.name) this.meet();
    else for (const table of this.#tables) table.left(node);
  }

  /** To be called about once a second. */
  tick(): void {
    for (const table of this.#tables) table.tick();
  }
}
