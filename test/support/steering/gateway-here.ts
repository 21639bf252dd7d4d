/**
 * A gateway in this process whose store can be made wrong, and which can be killed: what is on its disk is there in the next
 * life, and nothing else. The disk is a list of batches that are played back.
 */
import { type Appended, type Entry, type Register, type Store, StoreFailed } from "@signalbox/core";
import { createLog, type Gateway, type GatewayConfig, loadConfig, startGateway } from "@signalbox/gateway";
import { openMemoryStore } from "../../../packages/gateway/src/stores/memory/index.ts";
import { issuer } from "../issuer.ts";
import type { KillableGateway } from "./run.ts";

/** What is wrong with a store; nothing where it is empty. */
export interface StoreFault {
  /** How a batch is kept in this life. */
  append?(batch: readonly Entry[], keep: Keep, store: Store): Promise<Appended[]>;
  /** How it reaches the disk; what is not written when the gateway is killed is gone. */
  write?(batch: readonly Entry[], write: (batch: readonly Entry[]) => void): void;
  /** How a register is read. */
  register?(register: Register): Register;
  /** Of the channels in a life, which are counted from 1. */
  epoch?(life: number): string;
}

export type Keep = (batch: readonly Entry[]) => Promise<Appended[]>;

/** An answer is on its way so long: kills come in between. */
const answerMs = 3;

export class GatewayHere implements KillableGateway {
  readonly #config: GatewayConfig;
  readonly #fault: StoreFault;
  readonly #disk: Array<readonly Entry[]> = [];
  readonly #closing: Promise<void>[] = [];
  #life = 0;
  #kill: () => void = () => {};
  /** It is killed when it has kept an event of this type. */
  #lastType: string | undefined;
  #dies: () => void = () => {};
  #running: Gateway | undefined;

  constructor(dataDir: string, fault: StoreFault) {
    this.#config = loadConfig({
      flags: { port: 0, store: "memory", dashboardDir: "not-built", dataDir, jwt: [issuer] },
      ...{ env: {}, cwd: dataDir },
    });
    this.#fault = fault;
  }

  get url(): string {
    return this.#running?.url ?? "http://127.0.0.1:9";
  }

  async kill9(): Promise<void> {
    this.#kill();
    if (this.#running !== undefined) this.#closing.push(this.#running.close());
    this.#running = undefined;
  }

  /** Killed at the next event of this type, after it is kept and before anybody is told. Resolves when it is gone. */
  async killAfter(type: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#lastType = type;
      this.#dies = () => {
        this.#kill();
        resolve();
      };
    });
    this.#lastType = undefined;
    await this.kill9();
  }

  async restart(): Promise<void> {
    const log = createLog({ level: "silent", pretty: false });
    this.#running = await startGateway(this.#config, { log, store: await this.#openStore() });
  }

  async close(): Promise<void> {
    await this.kill9();
    await Promise.all(this.#closing);
  }

  async #openStore(): Promise<Store> {
    const { append = (batch, keep) => keep(batch), write = (batch, toDisk) => toDisk(batch) } = this.#fault;
    const { register = (found) => found, epoch = () => "disk" } = this.#fault;
    const inner = openMemoryStore({
      ...{ namespaces: this.#config.namespaces, nowMs: Date.now },
      epoch: epoch(++this.#life),
    });
    for (const batch of this.#disk) await inner.append(batch);
    let isAlive = true;
    this.#kill = () => {
      isAlive = false;
    };
    const alive = <Value>(value: Value): Value => {
      if (!isAlive) throw new StoreFailed("killed");
      return value;
    };
    const toDisk = (batch: readonly Entry[]): void => {
      if (isAlive) this.#disk.push(batch);
    };
    const keep: Keep = async (batch) => {
      const results = await inner.append(alive(batch));
      write(batch, toDisk);
      if (batch.some(({ type }) => type === this.#lastType)) this.#dies();
      await new Promise((resolve) => setTimeout(resolve, answerMs));
      return alive(results);
    };
    return {
      can: inner.can,
      epoch: inner.epoch,
      append: (batch) => append(batch, keep, inner),
      read: async (...about) => inner.read(...alive(about)),
      trimmed: async (...about) => inner.trimmed(...alive(about)),
      info: async (channel) => inner.info(alive(channel)),
      list: async (...about) => inner.list(...alive(about)),
      loadSnapshot: async (channel) => inner.loadSnapshot(alive(channel)),
      saveSnapshots: async (batch) => inner.saveSnapshots(alive(batch)),
      register: async (key) => {
        const found = await inner.register(alive(key));
        return found && register(found);
      },
      registers: async (query) => (await inner.registers(alive(query))).map(register),
      search: async (query) => inner.search(alive(query)),
      close: async () => {},
    };
  }
}
