/**
 * The sessions of one tenant that are at work and that this node carries on: begun, stopped, looked after once a second, taken
 * up again after a restart, and when another node is gone.
 */
import { randomUUID } from "node:crypto";
import {
  type Command,
  commandIsOpen,
  compileRights,
  lifeOf,
  type Principal,
  principalOf,
  type Register,
} from "@signalbox/core";
import type { PublishResult } from "@signalbox/protocol";
import { ask } from "../../http/ask.ts";
import { Refused, refused, refusedBy } from "../../http/errors.ts";
import type { Node } from "../../node.ts";
import type { Tenant } from "../../tenants.ts";
import { driverOf } from "./driver.ts";
import { idsOf, orderPrefix, type SessionIds } from "./ids.ts";
import type { Runner } from "./offers.ts";
import { argsOf, type Order, orderOf } from "./order.ts";
import { Run } from "./run.ts";
import { Runners } from "./runners.ts";

export interface Asker {
  principal: Principal;
  address: string;
}

/** What the names of gateways begin with where they say who did something. */
const gateway = "gateway:";
/** As long as a command may wait. */
const waitMs = 7 * 86_400_000;
const page = 500;
const retryAfterMs = 5_000;

export class Sessions {
  readonly #node: Node;
  readonly #tenant: Tenant;
  readonly #defaultRecipe: string | undefined;
  /** Whose name the gateway does all of it in. */
  readonly #worker: Principal;
  /** By id of the session, with the command that keeps its order. */
  readonly #runs = new Map<string, { run: Run; command: Command }>();
  /** Requests that are being served. */
  #asking = 0;
  readonly #runners: Runners;
  /** Found in this second. */
  #found: Promise<readonly Runner[]> | undefined;

  constructor(node: Node, tenant: Tenant, defaultRecipe: string | undefined) {
    this.#node = node;
    this.#tenant = tenant;
    this.#defaultRecipe = defaultRecipe;
    this.#runners = new Runners(tenant);
    const capabilities = [{ channels: "*", verbs: ["admin"] }] as const;
    const identity = { kind: "service", id: "orchestrate", roles: [], capabilities } as const;
    this.#worker = { ...principalOf(identity, compileRights(capabilities)), key: "orchestrate" };
  }

  idsOf(sessionId: string): SessionIds {
    return idsOf(sessionId, (text) => this.#tenant.engine.sha256(text));
  }

  /** Resolves when what can be done at once is done. Throws Refused. */
  start(order: Order, asker: Asker): Promise<void> {
    return this.#whileBusy(() => this.#start(order, asker));
  }

  /** True: it has stopped. Throws Refused. */
  stop(sessionId: string, asker: Asker): Promise<boolean> {
    return this.#whileBusy(() => this.#stop(sessionId, asker));
  }

  async #whileBusy<Answer>(serve: () => Promise<Answer>): Promise<Answer> {
    this.#asking++;
    try {
      return await serve();
    } finally {
      this.#asking--;
    }
  }

  async #start(order: Order, { principal, address }: Asker): Promise<void> {
    const { hub, engine } = this.#tenant;
    const limited = hub.overRate(principal, address, "command_queued", engine.steadyMs());
    if (limited !== undefined) throw refusedBy(limited);
    const target = `session:${order.sessionId}`;
    const ids = this.idsOf(order.sessionId);
    // As it will be kept, to be compared.
    const args = hub.options.redactor?.value(argsOf(order)) ?? argsOf(order);
    const known = await this.#command(ids.order);
    if (known === undefined && this.#runs.size >= this.#node.limits.sessionsAtWork) {
      throw refused("overloaded", "too many sessions are at work", {
        limit: this.#node.limits.sessionsAtWork,
        retryAfterMs,
      });
    }
    if (known !== undefined && !(commandIsOpen(known) && isSame(known, args))) {
      throw refused("already_exists", `another session has the id ${order.sessionId}`, { session_id: order.sessionId });
    }
    if (known === undefined) {
      // Given by the gateway itself: nobody else can say which runners its asker may use.
      const draft = { id: randomUUID(), type: "command_queued", channel: target };
      const data = { commandId: ids.order, target, name: "start", ttlMs: waitMs, args };
      const [result] = await this.#publish([{ ...draft, data }], hub.steering.own);
      const error = result !== undefined && "error" in result ? result.error : undefined;
      // Where another node took the same order at the same moment, that is the one.
      const other = error?.name === "already_exists" ? await this.#command(ids.order) : undefined;
      if (error !== undefined && !(other !== undefined && isSame(other, args))) throw new Refused(error);
    }
    await this.#look(order.sessionId, await this.#command(ids.order));
  }

  async #stop(sessionId: string, { principal, address }: Asker): Promise<boolean> {
    const target = `session:${sessionId}`;
    const ids = this.idsOf(sessionId);
    const order = await this.#command(ids.order);
    if (order === undefined || !isOurs(order))
      throw refused("not_found", `there is no session ${sessionId} that was started here`);
    if (!commandIsOpen(order)) return true;
    const data = { commandId: ids.stop, target, name: "stop", ttlMs: waitMs };
    const [result] = await this.#publish([{ type: "command_queued", channel: target, data }], principal, address);
    // Somebody else stopped it before.
    if (result !== undefined && "error" in result && result.error.name !== "already_exists")
      throw new Refused(result.error);
    await this.#look(sessionId, order);
    const after = await this.#command(ids.order);
    return after === undefined || !commandIsOpen(after);
  }

  /** Once a second. */
  tick(): void {
    this.#found = undefined;
    for (const [sessionId, { run, command }] of this.#runs) {
      if (this.#isMine(command)) void run.look();
      else this.#leave(sessionId);
    }
  }

  /** What an earlier run of the gateway left, or another node that is gone; what is another's by now is left to it. */
  recover(): Promise<void> {
    return this.#whileBusy(() => this.#recover());
  }

  async #recover(): Promise<void> {
    const prefix = `command/${orderPrefix}`;
    for (let after = ""; ; ) {
      const query = { prefix, after, limit: page, open: true } as const;
      const found = await ask<Register[]>((done) => this.#tenant.engine.registers(query, done));
      for (const register of found) {
        const command = lifeOf("command", register)?.state;
        if (command === undefined || !this.#isMine(command)) continue;
        void this.#runOf(command.target.replace(/^session:/, ""), command)?.look();
      }
      const last = found.at(-1);
      if (last === undefined) return;
      after = last.key;
    }
  }

  /** None is at work. */
  get isIdle(): boolean {
    return this.#runs.size + this.#asking === 0;
  }

  end(): void {
    for (const { run } of this.#runs.values()) run.end();
    this.#runs.clear();
  }

  /** Whoever asks is told what came of it: so this node does what is to be done now, and leaves the rest to whose it is. */
  async #look(sessionId: string, command: Command | undefined): Promise<void> {
    await this.#runOf(sessionId, command)?.look();
    if (command !== undefined && !this.#isMine(command)) this.#leave(sessionId);
  }

  #isMine({ commandId, issuedBy }: Command): boolean {
    const { peers, name } = this.#node;
    if (peers === undefined) return true;
    const { engine } = this.#tenant;
    return driverOf(commandId, issuedBy.slice(gateway.length), peers.working, (text) => engine.sha256(text)) === name;
  }

  #leave(sessionId: string): void {
    this.#runs.get(sessionId)?.run.end();
    this.#runs.delete(sessionId);
  }

  #runOf(sessionId: string, command: Command | undefined): Run | undefined {
    const known = this.#runs.get(sessionId)?.run;
    if (known !== undefined || command === undefined || !isOurs(command)) return known;
    const { limits, log } = this.#node;
    const run = new Run({
      ...{ tenant: this.#tenant, worker: this.#worker, log, defaultRecipe: this.#defaultRecipe },
      order: orderOf(sessionId, command.args),
      ids: this.idsOf(sessionId),
      graceMs: limits.stopGraceMs,
      runners: () => {
        this.#found ??= this.#runners.find();
        return this.#found;
      },
      over: () => this.#runs.delete(sessionId),
    });
    this.#runs.set(sessionId, { run, command });
    return run;
  }

  async #command(id: string): Promise<Command | undefined> {
    const { engine } = this.#tenant;
    const { register } = await ask<{ register: Register | undefined }>((done) =>
      engine.register(`command/${id}`, done),
    );
    return register === undefined ? undefined : lifeOf("command", register)?.state;
  }

  #publish(
    drafts: Parameters<Tenant["hub"]["publish"]>[0],
    principal: Principal,
    address?: string,
  ): Promise<PublishResult[]> {
    return new Promise((done) => this.#tenant.hub.publish(drafts, { principal, address }, done));
  }
}

/** Nobody but a gateway is called so: an order that somebody else gave counts for nothing. */
const isOurs = ({ issuedBy, name, target }: Command): boolean =>
  issuedBy.startsWith(gateway) && name === "start" && target.startsWith("session:");

/** What was asked; which runners may do it may be another set by now. */
const isSame = (command: Command, args: Record<string, unknown>): boolean => {
  const { runners: _runners, ...asked } = args;
  const { runners: _before, ...before } = Object(command.args) as Record<string, unknown>;
  return isOurs(command) && JSON.stringify(sorted(before)) === JSON.stringify(sorted(asked));
};

const sorted = (value: Record<string, unknown>): unknown => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
