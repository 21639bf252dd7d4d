/** Registers that are looked at again only when they changed. */
import { type KindName, lifeOf, type Register, type States } from "@signalbox/core";
import { ask } from "../../http/ask.ts";
import type { Tenant } from "../../tenants.ts";

interface One {
  stop: () => void;
  /** As it was read; undefined: it has to be read again. */
  read: Promise<Register | undefined> | undefined;
}

export class Watched {
  readonly #tenant: Tenant;
  readonly #changed: () => void;
  readonly #all = new Map<string, One>();

  /** `changed` is called when one that was read is another now. */
  constructor(tenant: Tenant, changed: () => void) {
    this.#tenant = tenant;
    this.#changed = changed;
  }

  /** Rejects when the store cannot say. */
  async state<Name extends KindName>(kind: Name, id: string): Promise<States[Name] | undefined> {
    const one = this.#of(`${kind}/${id}`);
    const register = await one.read;
    return register === undefined ? undefined : lifeOf(kind, register)?.state;
  }

  end(): void {
    for (const { stop } of this.#all.values()) stop();
    this.#all.clear();
  }

  #of(key: string): One {
    const one = this.#all.get(key) ?? this.#watch(key);
    if (one.read === undefined) {
      const read = ask<{ register: Register | undefined }>((done) => this.#tenant.engine.register(key, done)).then(
        ({ register }) => register,
      );
      one.read = read;
      // A failure is no answer: whoever asks next asks the store.
      read.catch(() => {
        if (one.read === read) one.read = undefined;
      });
    }
    return one;
  }

  #watch(key: string): One {
    const one: One = { stop: () => {}, read: undefined };
    one.stop = this.#tenant.hub.steering.watch(key, () => {
      one.read = undefined;
      this.#changed();
    });
    this.#all.set(key, one);
    return one;
  }
}
