/** Commands and checkpoints over HTTP: steps are published, lives are read, waited for and listed. */
import { type KindName, type Life, lifeOf, type Principal, type Register, type States } from "@signalbox/core";
import { type Draft, decodeValue, type PublishResult } from "@signalbox/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { guard } from "../guard.ts";
import type { Node } from "../node.ts";
import { addressOf } from "./address.ts";
import { ask } from "./ask.ts";
import { jsonOf, textBody } from "./body.ts";
import { broken, Refused, refused } from "./errors.ts";

type Kept = Extract<PublishResult, { channel: string }>;

/** Registers looked at for one page of a listing, at most: what is asked for may be rare among them. */
const lookedAt = 2_000;
const pageSize = 200;
const keyLength = 128;

/** Publishes steps for who asks; each has its result. */
export function publishSteps(node: Node, request: FastifyRequest, drafts: readonly Draft[]): Promise<PublishResult[]> {
  const decoded = decodeValue([...drafts], node.limits);
  if (!decoded.ok) throw broken(decoded.path, decoded.rule);
  const { principal } = request;
  const actor = { principal, address: addressOf(request.raw, node) };
  return new Promise((done) => node.tenants.of(principal).hub.publish(decoded.drafts, actor, done));
}

/** One step, or what refused it. */
export async function publishStep(node: Node, request: FastifyRequest, draft: Draft): Promise<Kept> {
  const [result] = await publishSteps(node, request, [draft]);
  if (result === undefined) throw refused("internal", "the hub gave no result");
  if ("error" in result) throw new Refused(result.error);
  return result;
}

/** The members of a JSON body that has to be an object. */
export function membersOf(request: FastifyRequest, node: Node): Record<string, unknown> {
  const body = jsonOf(textBody(request.body), node.limits);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw broken("", "must be an object");
  return { ...body };
}

/** An id that comes out the same whenever the same person asks with the same Idempotency-Key. */
export function idOfKey(node: Node, request: FastifyRequest): string | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || key === "" || key.length > keyLength) {
    throw broken("/headers/idempotency-key", `must have 1 to ${keyLength} characters`);
  }
  const { principal } = request;
  return node.tenants.of(principal).engine.sha256(`${principal.key} ${key}`).slice(0, 32);
}

interface Wanted<Name extends KindName> {
  kind: Name;
  id: string;
  /** May this person see it? What they may not see is not there. */
  isVisible(state: States[Name], by: string): boolean;
}

/** What is kept of it, whoever may see it. */
export async function lookUp<Name extends KindName>(
  node: Node,
  principal: Principal,
  kind: Name,
  id: string,
): Promise<Life<States[Name]> | undefined> {
  const { engine } = node.tenants.of(principal);
  const { register } = await ask<{ register: Register | undefined }>((done) => engine.register(`${kind}/${id}`, done));
  return register && lifeOf(kind, register);
}

/** Throws not_found. */
export async function findLife<Name extends KindName>(
  node: Node,
  principal: Principal,
  { kind, id, isVisible }: Wanted<Name>,
): Promise<Life<States[Name]>> {
  const { hub } = node.tenants.of(principal);
  const life = await lookUp(node, principal, kind, id);
  if (life === undefined || !isVisible(life.state, hub.steering.byOf(principal))) {
    throw refused("not_found", `there is no ${kind} ${id}`);
  }
  return life;
}

/** Looks again at each change until it is over, or the time is, or the gateway stops: the asker then asks again. */
export async function waitForEnd<Name extends KindName>(
  node: Node,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: Wanted<Name> & { isOpen(state: States[Name]): boolean; waitS: number },
): Promise<Life<States[Name]>> {
  const until = Date.now() + Math.min(wanted.waitS * 1_000, node.limits.pollWaitMs);
  const { steering } = node.tenants.of(request.principal).hub;
  let gone = false;
  for (;;) {
    let wake = (): void => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const leave = (): void => {
      gone = true;
      wake();
    };
    // Before looking, so that no change falls in between.
    const stop = steering.watch(`${wanted.kind}/${wanted.id}`, wake);
    const timer = setTimeout(wake, Math.max(0, until - Date.now()));
    reply.raw.once("close", leave);
    try {
      const life = await findLife(node, request.principal, wanted);
      if (gone || !wanted.isOpen(life.state) || Date.now() >= until || node.health.draining) return life;
      await woken;
    } finally {
      clearTimeout(timer);
      reply.raw.off("close", leave);
      guard(node.log, "while ending a wait", stop);
    }
  }
}

interface Listing<Name extends KindName> {
  kind: Name;
  /** What ids begin with. */
  prefix: string;
  after: string;
  limit: number;
  open: boolean;
  isWanted(state: States[Name], by: string): boolean;
}

/** A page of lives by id, and where the next one begins. */
export async function listLives<Name extends KindName>(
  node: Node,
  principal: Principal,
  { kind, prefix, after, limit, open, isWanted }: Listing<Name>,
): Promise<{ lives: Array<Life<States[Name]>>; next: string | undefined }> {
  const { engine, hub } = node.tenants.of(principal);
  const by = hub.steering.byOf(principal);
  const root = `${kind}/`;
  const lives: Array<Life<States[Name]>> = [];
  let last = after === "" ? "" : root + after;
  for (let looked = 0; looked < lookedAt; ) {
    const query = { prefix: root + prefix, after: last, limit: pageSize, ...(open ? { open } : {}) } as const;
    const page = await ask<Register[]>((done) => engine.registers(query, done));
    if (page.length === 0) return { lives, next: undefined };
    for (const register of page) {
      if (lives.length >= limit) return { lives, next: last.slice(root.length) };
      last = register.key;
      looked++;
      const life = lifeOf(kind, register);
      if (life !== undefined && isWanted(life.state, by)) lives.push(life);
    }
  }
  return { lives, next: last.slice(root.length) };
}

/** How a life is told: its state, and where its first event is. */
export const tell = <State extends object>(node: Node, principal: Principal, { state, first }: Life<State>) => {
  const view = node.hiding.viewOf(principal);
  const { id, epoch, offset } = first;
  const shown = view === undefined ? state : view.state(state);
  return { ...Object(shown), eventId: id, ...(offset === undefined ? {} : { position: { epoch, offset } }) };
};
