/** The registers of which something is still to come: found at the start, and again whenever news of other nodes were missed. */
import { type HubPorts, hasFailed } from "../hub-ports.ts";
import type { Register } from "../ports.ts";

interface OpenRegistersOptions {
  ports: Pick<HubPorts, "registers" | "isShared">;
  found(register: Register): void;
  /** Looks it up, whatever becomes of it. */
  lookAgain(key: string, then: () => void): void;
  /** All of them are known now. */
  areFound(): void;
}

const page = 500;
const prefixes = ["budget/", "checkpoint/", "command/", "driver/", "lease/"];

export class OpenRegisters {
  readonly #options: OpenRegistersOptions;
  /** Keys of those that were open when this node heard of them last; only where a store is shared. */
  readonly #open = new Set<string>();
  #state: "to be found" | "asked" | "known" = "to be found";
  #misses = 0;

  constructor(options: OpenRegistersOptions) {
    this.#options = options;
  }

  get areKnown(): boolean {
    return this.#state === "known";
  }

  get areToBeFound(): boolean {
    return this.#state === "to be found";
  }

  /** Times that news were missed. */
  get misses(): number {
    return this.#misses;
  }

  missed(): void {
    this.#misses++;
    this.#state = "to be found";
  }

  changed(key: string, isOpen: boolean): void {
    if (!this.#options.ports.isShared) return;
    if (isOpen && prefixes.some((prefix) => key.startsWith(prefix))) this.#open.add(key);
    else this.#open.delete(key);
  }

  /** To be called about once a second. */
  tick(): void {
    if (this.#state !== "to be found") return;
    this.#state = "asked";
    this.#find(this.#misses, prefixes, "", new Set());
  }

  /** `misses`: since then. */
  #find(misses: number, [prefix, ...others]: readonly string[], after: string, found: Set<string>): void {
    const { ports, areFound } = this.#options;
    if (prefix === undefined) {
      this.#lookUpOthers(found, () => {
        if (misses !== this.#misses) return;
        this.#state = "known";
        areFound();
      });
      return;
    }
    ports.registers({ prefix, after, limit: page, open: true }, (some) => {
      // The next tick asks from the beginning.
      if (misses !== this.#misses) return;
      if (hasFailed(some)) {
        this.#state = "to be found";
        return;
      }
      for (const register of some) {
        found.add(register.key);
        this.#options.found(register);
      }
      const last = some.at(-1);
      if (last === undefined) this.#find(misses, others, "", found);
      else this.#find(misses, [prefix, ...others], last.key, found);
    });
  }

  /** What was believed to be open and is not among these: others closed it, or it is gone. */
  #lookUpOthers(found: ReadonlySet<string>, done: () => void): void {
    let waiting = 1;
    const looked = (): void => {
      if (--waiting === 0) done();
    };
    for (const key of this.#open) {
      if (found.has(key)) continue;
      waiting++;
      this.#options.lookAgain(key, looked);
    }
    looked();
  }
}
