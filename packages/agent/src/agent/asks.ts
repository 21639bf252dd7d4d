/** Questions to people, and what was decided: asked until the gateway has them, waited for however long that takes. */
import { randomUUID } from "node:crypto";
import { GatewayError, type Problem } from "@signalbox/client";
import { type Asked, type Asker, answerMs, ask, retryMs, wait } from "../ask.ts";
import { memberOf } from "../member.ts";
import { callOut } from "../value.ts";
import { AgentEnded } from "./ended.ts";

export interface Question {
  /** What is asked, in a few words. */
  title: string;
  /** What is to be decided, as people see it: JSON, at most 64 KiB. A decision is about exactly this. */
  data: unknown;
  /** 1 to 64 of `A-Z a-z 0-9 . _ ~ -`. Asked again with the same id and data, also by a later process, it is the same question. */
  id?: string;
  /** When the default applies; milliseconds since 1970. 24 hours from now if absent. */
  deadline?: number | Date;
  /** What applies at the deadline; deny if absent. */
  default?: "approve" | "deny";
  /** Only who has one of these roles may decide. */
  roles?: readonly string[];
  /** How many people must approve, at most 5; 1 if absent. */
  approvals?: number;
  /** Whoever's token the agent uses may not decide. */
  notRequester?: boolean;
  /** JSON Schema of an edited answer; without one there is none. */
  answerSchema?: unknown;
  /** What may go wrong. */
  risk?: string;
  executionId?: string;
  stepId?: string;
  /** The question is withdrawn when this fires. */
  signal?: AbortSignal;
  /** The gateway has it; people can see it now. */
  onAsked?: (checkpointId: string) => void;
}

export interface Decision {
  checkpointId: string;
  decision: "approve" | "deny";
  /** decided: by a person. expired: the default. withdrawn: nobody did, and deny stands for that. */
  how: "decided" | "expired" | "withdrawn";
  /** `KIND:ID`. */
  decidedBy: string;
  /** As it was edited, where the question has an answerSchema. */
  answer: unknown;
  reason: string | undefined;
  /** An earlier process said that it acted on it. */
  applied: boolean;
}

interface AsksOptions extends Asker {
  agentId: string;
  /** Fires when the agent ends; its reason is thrown. */
  stop: AbortSignal;
}

/** The gateway answers earlier where nothing was decided. */
const waitS = 55;
const waitingMs = (waitS + 15) * 1_000;
/** A gateway that is about to stop answers at once. */
const pauseMs = 500;

export class Asks {
  readonly #options: AsksOptions;
  readonly #decided = new Map<string, Decision>();

  constructor(options: AsksOptions) {
    this.#options = options;
  }

  /** Rejects with GatewayError when the question is refused, and with the reason when the agent or `signal` ended it. */
  async ask(question: Question): Promise<Decision> {
    const { id = randomUUID(), signal, onAsked } = question;
    const stop = signal === undefined ? this.#options.stop : AbortSignal.any([this.#options.stop, signal]);
    const body = bodyOf(question, id, this.#options.agentId);
    try {
      for (;;) {
        await this.#until({ path: "/v1/checkpoints", method: "POST", body }, stop);
        if (onAsked !== undefined) callOut(() => onAsked(id));
        const decision = await this.#decision(id, stop);
        if (decision === undefined) continue;
        this.#remember(decision);
        return decision;
      }
    } catch (error) {
      if (stop.aborted && isWithdrawal(stop.reason, signal)) await this.#withdraw(id, stop.reason);
      throw error;
    }
  }

  /** The agent acted on the decision. Saying it again changes nothing. */
  async applied(checkpointId: string, outcome: unknown): Promise<void> {
    const { agentId, stop } = this.#options;
    const decision = this.#decided.get(checkpointId) ?? (await this.#decision(checkpointId, stop));
    if (decision === undefined) throw new TypeError(`the gateway knows no checkpoint ${checkpointId}`);
    const data = { checkpointId, agentId, decision: decision.decision, ...(outcome === undefined ? {} : { outcome }) };
    const event = { id: randomUUID(), type: "checkpoint_applied", data };
    try {
      await this.#until({ path: "/v1/events", method: "POST", body: [event] }, stop);
    } catch (error) {
      if (!(error instanceof GatewayError && error.details?.applied === true)) throw error;
    }
    this.#decided.delete(checkpointId);
  }

  /** Waits for it; `undefined` if the gateway has lost the question. */
  async #decision(id: string, stop: AbortSignal): Promise<Decision | undefined> {
    const { clock } = this.#options;
    for (;;) {
      const askedMs = clock.nowMs();
      const path = `/v1/checkpoints/${encodeURIComponent(id)}?wait=${waitS}`;
      const checkpoint = await this.#until({ path, withinMs: waitingMs, lostIs: "not_found" }, stop);
      if (checkpoint === undefined) return undefined;
      const decision = decisionOf(checkpoint, id);
      if (decision !== undefined) return decision;
      if (clock.nowMs() - askedMs < pauseMs) await wait(clock, pauseMs, stop);
    }
  }

  /** Asks until there is an answer. `lostIs`: the name of the refusal that resolves with `undefined`. */
  async #until({ path, method, body, withinMs = answerMs, lostIs }: Request, stop: AbortSignal): Promise<unknown> {
    for (let tries = 0; ; tries++) {
      stop.throwIfAborted();
      const question = { path, withinMs, ...(method && { method }), ...(body === undefined ? {} : { body }) };
      const asked: Asked = await ask(this.#options, question, stop);
      stop.throwIfAborted();
      if (asked.ok) return asked.answer;
      if (asked.problem.name === lostIs) return undefined;
      if (!isPassing(asked.problem)) throw new GatewayError(asked.problem);
      await wait(this.#options.clock, retryMs(this.#options, tries, asked.problem), stop);
    }
  }

  /** Tried once: if it stays, it expires. */
  async #withdraw(checkpointId: string, why: unknown): Promise<void> {
    const reason = why instanceof Error ? why.message : String(why);
    const body = [{ id: randomUUID(), type: "checkpoint_withdrawn", data: { checkpointId, reason } }];
    const request = { path: "/v1/events", method: "POST", body, withinMs: withdrawMs };
    await ask(this.#options, request, new AbortController().signal);
  }

  #remember(decision: Decision): void {
    this.#decided.set(decision.checkpointId, decision);
    const [oldest] = this.#decided.keys();
    if (this.#decided.size > decidedKept && oldest !== undefined) this.#decided.delete(oldest);
  }
}

interface Request {
  path: string;
  method?: string;
  body?: unknown;
  withinMs?: number;
  lostIs?: Problem["name"];
}

const withdrawMs = 5_000;
/** Others are asked for when they are said to be applied. */
const decidedKept = 1_000;

/** A token that is refused may be replaced; the question is not at fault. */
const isPassing = ({ temporary, name }: Problem): boolean => temporary || name === "unauthenticated";

/** A process that only ends leaves its question to the next one. */
const isWithdrawal = (reason: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true || (reason instanceof AgentEnded && reason.code === "cancelled");

function bodyOf(
  { data, deadline, signal: _signal, onAsked: _onAsked, id: _id, ...question }: Question,
  id: string,
  agentId: string,
): object {
  return {
    ...question,
    ...{ channel: `agent:${agentId}`, checkpointId: id, agentId, checkpointData: data },
    ...(deadline === undefined ? {} : { deadline: Number(deadline) }),
  };
}

function decisionOf(checkpoint: unknown, checkpointId: string): Decision | undefined {
  const state = memberOf(checkpoint, "state");
  const text = (name: string): string | undefined => {
    const value = memberOf(checkpoint, name);
    return typeof value === "string" ? value : undefined;
  };
  const about = { checkpointId, answer: memberOf(checkpoint, "answer"), reason: text("reason") };
  if (state === "withdrawn") {
    return { ...about, decision: "deny", how: "withdrawn", decidedBy: text("withdrawnBy") ?? "", applied: false };
  }
  if (state !== "decided" && state !== "expired") return undefined;
  const applied = memberOf(checkpoint, "applied") !== undefined;
  const decision = text("decision") === "approve" ? "approve" : "deny";
  return { ...about, decision, how: state, decidedBy: text("decidedBy") ?? "", applied };
}
