/** One session at work: looks how everything stands, and does what its plan says, until there is nothing left to do. */
import type { Command, Principal } from "@signalbox/core";
import type { SessionState } from "@signalbox/core/reducers";
import { type Draft, isChannel, namespaceOf, type PublishResult, type Snapshot } from "@signalbox/protocol";
import { ask } from "../../http/ask.ts";
import type { Log } from "../../log.ts";
import type { Tenant } from "../../tenants.ts";
import { membersIn } from "../members.ts";
import type { SessionIds } from "./ids.ts";
import { type Offer, offersFor, type Runner } from "./offers.ts";
import type { Order } from "./order.ts";
import {
  type Deed,
  type Facts,
  mayGiveAgain,
  type Outcome,
  type Part,
  type ProcessFacts,
  plan,
  type Said,
} from "./plan.ts";
import { Watched } from "./watched.ts";

export interface RunOptions {
  tenant: Tenant;
  order: Order;
  ids: SessionIds;
  /** Whose name all of it is done in. */
  worker: Principal;
  graceMs: number;
  defaultRecipe: string | undefined;
  log: Log;
  runners(): Promise<readonly Runner[]>;
  /** There is nothing left to do. */
  over(): void;
}

interface Looked extends Facts {
  /** As the session's events say. */
  state: SessionState | undefined;
  /** Position of the newest of them. */
  stood: string;
}

/** A runner that does not take its command for so long is gone: then the next one gets another. */
const startMs = 60_000;
/** Looks in a row that each found something to do; then the next second goes on. */
const looksAtMost = 8;

export class Run {
  readonly #options: RunOptions;
  readonly #channel: string;
  readonly #watched: Watched;
  /** What was said last; undefined: nothing by this node. */
  #said: string | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #over = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#channel = `session:${options.order.sessionId}`;
    this.#watched = new Watched(options.tenant, () => void this.look());
  }

  /** Resolves when what is to be done now is done. */
  look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  end(): void {
    this.#over = true;
    this.#watched.end();
  }

  async #lookOn(): Promise<void> {
    try {
      for (let looks = 0; this.#again && !this.#over && looks < looksAtMost; looks++) {
        this.#again = false;
        if (await this.#step()) this.#again = true;
      }
    } catch (error) {
      // The next second looks again.
      this.#options.log.warn({ err: error, channel: this.#channel }, "a session could not be looked after");
    }
  }

  /** True: something was done, and may have changed how things stand. */
  async #step(): Promise<boolean> {
    const facts = await this.#facts();
    if (this.#over) return false;
    const deeds = facts === undefined ? [] : plan(facts);
    const drafts = facts === undefined ? [] : deeds.flatMap((deed) => this.#draftsOf(deed, facts));
    const isDone = drafts.length === 0 || (await this.#publish(drafts));
    const hasFinished = deeds.some((deed) => deed.do === "finish") || facts === undefined;
    if (isDone && hasFinished) {
      this.end();
      this.#options.over();
    }
    return isDone && drafts.length > 0;
  }

  /** Undefined: the order is forgotten. */
  async #facts(): Promise<Looked | undefined> {
    const { order, ids, tenant, graceMs } = this.#options;
    const command = await this.#watched.state("command", ids.order);
    if (command === undefined) return undefined;
    const stop = await this.#watched.state("command", ids.stop);
    const snapshot = await this.#snapshot(this.#channel);
    // Made by the reducer of the channel's namespace.
    const state = snapshot?.state as SessionState | undefined;
    const parts = await Promise.all(order.agents.map(({ name }, index) => this.#part(name, index)));
    const isWaiting = stop === undefined && parts.some(({ start }) => start === undefined || mayGiveAgain(start));
    const offers = isWaiting ? await this.#offers(parts) : [];
    return {
      ...{ nowMs: tenant.engine.nowMs(), graceMs, order, command, stop },
      hasStarted: state?.startedAt !== undefined,
      hasStopped: state?.stoppedAt !== undefined,
      progress: state?.progress,
      state,
      stood: `${snapshot?.epoch}:${snapshot?.offset}`,
      parts: parts.map((part, index) => ({ ...part, offer: offers[index] })),
    };
  }

  async #offers(parts: readonly Part[]): Promise<Array<Offer | undefined>> {
    const { order, defaultRecipe, runners } = this.#options;
    const before = parts.map(({ start, attempt }) => (start === undefined ? 0 : attempt + 1));
    return offersFor(order, await runners(), defaultRecipe, before);
  }

  async #part(name: string, index: number): Promise<Part> {
    const { start, attempt } = await this.#newestStart(index);
    const part = { name, start, attempt, process: undefined, progress: undefined, offer: undefined };
    if (start?.state !== "done") return part;
    const result = membersIn(start.result);
    const channel = result.text("channel") ?? `process:${result.text("processId") ?? ""}`;
    if (!isChannel(channel) || namespaceOf(channel) !== "process") return part;
    const folded = membersIn(await this.#folded(channel));
    const lease = await this.#watched.state("lease", channel);
    const isOwn = lease !== undefined && lease.by === start.startedBy;
    const process: ProcessFacts = { channel, status: folded.text("status") ?? "unknown", lease, isOwn };
    const agentId = folded.text("agentId");
    return { ...part, process, progress: agentId === undefined ? undefined : await this.#progressOf(agentId, start) };
  }

  /** Those before it came to nothing. */
  async #newestStart(part: number): Promise<{ start: Command | undefined; attempt: number }> {
    const { ids } = this.#options;
    let start: Command | undefined;
    for (let attempt = 0; ; attempt++) {
      const next = await this.#watched.state("command", ids.start(part, attempt));
      if (next === undefined) return { start, attempt: Math.max(0, attempt - 1) };
      if (!mayGiveAgain(next)) return { start: next, attempt };
      start = next;
    }
  }

  /** Of an agent that is whoever began it; others are none of this session's business. */
  async #progressOf(agentId: string, { startedBy }: Command): Promise<number | undefined> {
    const channel = `agent:${agentId}`;
    if (!isChannel(channel) || (await this.#watched.state("lease", channel))?.by !== startedBy) return undefined;
    return membersIn(membersIn(await this.#folded(channel)).value("task")).number("progress");
  }

  async #folded(channel: string): Promise<unknown> {
    return (await this.#snapshot(channel))?.state;
  }

  async #snapshot(channel: string): Promise<Snapshot | undefined> {
    const { hub } = this.#options.tenant;
    const { snapshot } = await ask<{ snapshot: Snapshot | undefined }>((done) =>
      hub.snapshot(channel, undefined, done),
    );
    return snapshot;
  }

  #draftsOf(deed: Deed, facts: Looked): Draft[] {
    const { order, ids } = this.#options;
    const { sessionId } = order;
    const channel = this.#channel;
    switch (deed.do) {
      case "open":
        return [{ type: "session_started", channel, data: startedData(order), ...this.#once("open") }];
      case "begin":
        return [{ type: "command_started", channel, data: { commandId: ids.order, target: channel } }];
      case "say":
        return this.#saying(deed.said, facts);
      case "give": {
        const { part, attempt, offer } = deed;
        const { target, args } = offer;
        return [
          {
            type: "command_queued",
            channel: target,
            data: { commandId: ids.start(part, attempt), target, name: "start", args, ttlMs: startMs },
          },
        ];
      }
      case "withdraw": {
        const start = facts.parts[deed.part]?.start;
        const data = { commandId: start?.commandId, reason: `the session ${sessionId} was stopped` };
        return start === undefined ? [] : [{ type: "command_cancelled", channel: start.target, data }];
      }
      case "cancel":
        return this.#cancelling(ids.cancel(deed.part), deed.channel);
      case "finish":
        return [
          ...(facts.hasStopped ? [] : [this.#stopped(deed.outcome, deed.reason, facts)]),
          ...this.#ending(deed, facts),
        ];
    }
  }

  #saying(said: Said, { state, stood }: Looked): Draft[] {
    const text = JSON.stringify(said);
    // Another node, or an earlier life of this one, has said it.
    if (this.#said === undefined && state !== undefined && isSaid(said, state)) this.#said = text;
    if (text === this.#said) return [];
    this.#said = text;
    const { sessionId } = this.#options.order;
    const data = { sessionId, ...said };
    return [{ type: "session_update", channel: this.#channel, data, ...this.#once(`${stood}\n${text}`) }];
  }

  /** Kept once, also where two nodes publish it. */
  #once(what: string): Pick<Draft, "metadata"> {
    const idempotencyKey = this.#options.tenant.engine.sha256(`${this.#channel}\n${this.#options.ids.order}\n${what}`);
    return { metadata: { idempotencyKey } };
  }

  readonly #cancelled = new Set<string>();

  /** Once in this life of the gateway: given again it is the same command. */
  #cancelling(commandId: string, target: string): Draft[] {
    if (this.#cancelled.has(commandId)) return [];
    this.#cancelled.add(commandId);
    return [{ type: "command_queued", channel: target, data: { commandId, target, name: "cancel" } }];
  }

  #stopped(status: Outcome, reason: string, { nowMs, command }: Looked): Draft {
    const { sessionId } = this.#options.order;
    const all = status === "done" ? { progress: 100 } : {};
    const data = { sessionId, status, ...all, reason, durationMs: Math.max(0, nowMs - command.issuedAt) };
    return { type: "session_stopped", channel: this.#channel, data, ...this.#once("stopped") };
  }

  /** The commands that kept the order and the stop end as the session did. */
  #ending({ outcome, reason }: Extract<Deed, { do: "finish" }>, { command, stop }: Looked): Draft[] {
    const { ids } = this.#options;
    const target = this.#channel;
    const step = (type: string, commandId: string, more: object = {}): Draft => ({
      ...{ type, channel: target },
      data: { commandId, target, ...more },
    });
    const drafts: Draft[] = [];
    if (command.state === "queued") drafts.push(step("command_cancelled", ids.order, { reason }));
    else if (command.state === "started") {
      const how = outcome === "failed" ? { error: reason, code: "session_failed" } : { result: { outcome } };
      drafts.push(step(outcome === "failed" ? "command_failed" : "command_done", ids.order, how));
    }
    if (stop?.state === "queued") drafts.push(step("command_started", ids.stop));
    if (stop?.state === "queued" || stop?.state === "started")
      drafts.push(step("command_done", ids.stop, { result: { outcome } }));
    return drafts;
  }

  /** False: something was refused that has to be tried again. */
  async #publish(drafts: readonly Draft[]): Promise<boolean> {
    const { tenant, worker, log } = this.#options;
    const results = await new Promise<PublishResult[]>((done) =>
      tenant.hub.publish(drafts, { principal: worker }, done),
    );
    let isDone = true;
    for (const [index, result] of results.entries()) {
      if (!("error" in result) || expected.has(result.error.name)) continue;
      isDone = false;
      log.warn(
        { error: result.error, type: drafts[index]?.type, channel: this.#channel },
        "a step of a session was refused",
      );
      // Said again at the next look.
      if (drafts[index]?.type === "session_update") this.#said = undefined;
    }
    return isDone;
  }
}

/** Others were quicker, or it was done before; `fenced`: somebody took the lease of the session's own channel. */
const expected: ReadonlySet<string> = new Set(["already_exists", "wrong_state", "fenced"]);

/** The session stands as this would make it. */
const isSaid = ({ status, message, progress_step, progress, processes }: Said, state: SessionState): boolean =>
  status === state.status &&
  message === state.message &&
  (progress_step ?? state.step) === state.step &&
  (progress ?? state.progress) === state.progress &&
  (processes ?? []).every((one) => state.processes.includes(one));

const startedData = ({ sessionId, project, objective, agents, startedBy }: Order): Record<string, unknown> => ({
  sessionId,
  ...(project === undefined ? {} : { project }),
  ...(objective === undefined ? {} : { objective }),
  agents: agents.map(({ name }) => name),
  startedBy,
});
