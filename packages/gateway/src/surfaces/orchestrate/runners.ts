/** The runners of a tenant: agents whose lease is held and that declare a command `start`. */
import { type Declaration, leaseIsHeld, lifeOf, type Register } from "@signalbox/core";
import { ask } from "../../http/ask.ts";
import type { Tenant } from "../../tenants.ts";
import type { Runner } from "./offers.ts";

const page = 500;

export class Runners {
  readonly #tenant: Tenant;
  /** What was read of a version is not read again. */
  readonly #declared = new Map<string, { version: number; declaration: Declaration | undefined }>();

  constructor(tenant: Tenant) {
    this.#tenant = tenant;
  }

  async find(): Promise<Runner[]> {
    const held = new Set<string>();
    for await (const register of this.#registers("lease/agent:")) {
      const lease = lifeOf("lease", register)?.state;
      if (lease !== undefined && leaseIsHeld(lease)) held.add(lease.channel);
    }
    const runners: Runner[] = [];
    for await (const register of this.#registers("commands/agent:")) {
      const channel = register.key.slice("commands/".length);
      const declaration = this.#read(channel, register);
      if (declaration !== undefined && held.has(channel)) runners.push({ channel, declaration });
    }
    return runners;
  }

  #read(channel: string, register: Register): Declaration | undefined {
    const { version } = register;
    const known = this.#declared.get(channel);
    if (known?.version === version) return known.declaration;
    const state = lifeOf("commands", register)?.state;
    const declaration = state?.commands.some(({ name }) => name === "start") ? state : undefined;
    this.#declared.set(channel, { version, declaration });
    return declaration;
  }

  async *#registers(prefix: string): AsyncGenerator<Register> {
    for (let after = ""; ; ) {
      const query = { prefix, after, limit: page, open: true } as const;
      const found = await ask<Register[]>((done) => this.#tenant.engine.registers(query, done));
      yield* found;
      const last = found.at(-1);
      if (last === undefined) return;
      after = last.key;
    }
  }
}
