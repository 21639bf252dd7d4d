/** POST /orchestrate/start and stop, GET /orchestrate/sessions and status (S§2). */
import { randomBytes } from "node:crypto";
import { type ChannelInfo, channelError, forbidden, listWithin, type Principal } from "@signalbox/core";
import type { SessionState } from "@signalbox/core/reducers";
import type { Snapshot } from "@signalbox/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { addressOf } from "../../http/address.ts";
import type { App } from "../../http/app.ts";
import { ask } from "../../http/ask.ts";
import { broken, Refused, refused } from "../../http/errors.ts";
import { permitted } from "../../http/permit.ts";
import { answers } from "../../http/schemas.ts";
import { idOfKey, membersOf } from "../../http/steering.ts";
import type { Node } from "../../node.ts";
import { Members } from "../members.ts";
import { statusOf } from "./messages.ts";
import { type Order, readWish } from "./order.ts";
import type { Sessions } from "./sessions.ts";

const defaultLimit = 100;

const statusSchema = Type.Object({
  session_id: Type.String(),
  status: Type.String({ description: "started, waiting, active, stopping, stopped, or what its agents say." }),
  progress: Type.Number({ description: "0 to 100." }),
  progress_step: Type.String(),
  message: Type.Optional(Type.String()),
  outcome: Type.Optional(Type.String({ description: "done, failed or cancelled." })),
  agents: Type.Array(Type.String()),
  processes: Type.Array(Type.String()),
  started_at: Type.Optional(Type.String()),
  stopped_at: Type.Optional(Type.String()),
  updated_at: Type.String({ description: "ISO 8601, as all times here." }),
});

export function sessionRoutes(app: App, node: Node, sessionsOf: (principal: Principal) => Sessions): void {
  const { limits } = node;

  app.post(
    "/orchestrate/start",
    {
      schema: {
        summary: "Starts a session: its agents are begun by runners",
        description:
          "The same session_id (or Idempotency-Key) with the same request is the same session while it runs.",
        body: Type.Object({
          project: Type.Optional(Type.Unknown()),
          agents: Type.Optional(Type.Unknown({ description: "Names, or objects {name, recipe?, args?}." })),
          objective: Type.Optional(Type.Unknown()),
          session_id: Type.Optional(Type.String()),
        }),
        response: answers(
          Type.Object({
            session_id: Type.String(),
            status: Type.String(),
            message: Type.Optional(Type.String()),
            ws_url: Type.String(),
          }),
        ),
      },
    },
    async (request) => {
      const { principal } = request;
      const order = orderIn(request, node);
      await sessionsOf(principal).start(order, askerOf(request, node));
      const status = await findStatus(node, principal, order.sessionId);
      const { status: stands = "started", message } = status ?? {};
      const origin = node.originOf(request.raw).replace(/^http/, "ws");
      const ws_url = `${origin}/ws/session/${encodeURIComponent(order.sessionId)}`;
      return { session_id: order.sessionId, status: stands, ...(message === undefined ? {} : { message }), ws_url };
    },
  );

  app.post(
    "/orchestrate/stop",
    {
      schema: {
        summary: "Stops a session: its processes are told to end",
        body: Type.Object({ session_id: Type.String() }),
        response: answers(Type.Object({ session_id: Type.String(), status: Type.String() })),
      },
    },
    async (request) => {
      const sessionId = new Members(membersOf(request, node)).firstText("session_id", "sessionId");
      if (sessionId === undefined) throw broken("/session_id", "must be a text");
      checkId(sessionId, node);
      mayCommand(request.principal, sessionId, "stop");
      const hasStopped = await sessionsOf(request.principal).stop(sessionId, askerOf(request, node));
      return { session_id: sessionId, status: hasStopped ? "stopped" : "stopping" };
    },
  );

  app.get(
    "/orchestrate/sessions",
    {
      schema: {
        summary: "Sessions by id",
        querystring: Type.Object({
          after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
        }),
        response: answers(Type.Object({ sessions: Type.Array(statusSchema), next: Type.Optional(Type.String()) })),
      },
    },
    async (request) => {
      const { principal } = request;
      const { after = "", limit = Math.min(defaultLimit, limits.pageEvents) } = request.query;
      const { engine } = node.tenants.of(principal);
      const parts = permitted(principal, "history", "session:*");
      const list: Parameters<typeof listWithin>[0] = (part, from, most, done) => engine.list(part, from, most, done);
      const from = after === "" ? "" : `session:${after}`;
      const found = await ask<ChannelInfo[]>((done) => listWithin(list, parts, from, limit, done));
      const all = await Promise.all(found.map(({ channel }) => findStatus(node, principal, idIn(channel))));
      const last = found.at(-1);
      const next = found.length === limit && last !== undefined ? { next: idIn(last.channel) } : {};
      return { sessions: all.filter((status) => status !== undefined), ...next };
    },
  );

  app.get(
    "/orchestrate/status/:id",
    {
      schema: {
        summary: "How a session stands",
        params: Type.Object({ id: Type.String() }),
        response: answers(statusSchema),
      },
    },
    async (request) => {
      const { id } = request.params;
      checkId(id, node);
      const status = await findStatus(node, request.principal, id);
      if (status === undefined) throw refused("not_found", `there is no session ${id}`);
      return status;
    },
  );
}

/** `undefined`: there is none, or it may not be seen. */
export async function findStatus(
  node: Node,
  principal: Principal,
  sessionId: string,
): Promise<ReturnType<typeof statusOf> | undefined> {
  const channel = `session:${sessionId}`;
  if (!principal.rights.may("history", channel)) return undefined;
  const { hub } = node.tenants.of(principal);
  const { snapshot } = await ask<{ snapshot: Snapshot | undefined }>((done) => hub.snapshot(channel, undefined, done));
  if (snapshot === undefined || snapshot.offset === 0) return undefined;
  const view = node.hiding.viewOf(principal);
  const state = view === undefined ? snapshot.state : view.state(snapshot.state);
  // Folded by the reducer of this namespace.
  return statusOf(sessionId, state as SessionState);
}

/** Throws Refused unless it may be asked for. */
function orderIn(request: FastifyRequest, node: Node): Order {
  const { principal } = request;
  const wish = readWish(new Members(membersOf(request, node)));
  if (!wish.ok) throw broken(wish.path, wish.rule);
  const limit = node.limits.sessionAgents;
  if (wish.value.agents.length > limit) {
    throw refused("payload_too_big", `a session has at most ${limit} agents`, { limit });
  }
  const sessionId = wish.value.sessionId ?? idOfKey(node, request) ?? `s-${randomBytes(9).toString("base64url")}`;
  checkId(sessionId, node);
  mayCommand(principal, sessionId, "start");
  const runners = principal.rights.withinCommand("start", "agent:*");
  if (runners.length === 0) throw new Refused(forbidden("command", "agent:*"));
  return { ...wish.value, sessionId, startedBy: `${principal.kind}:${principal.id}`, runners };
}

function checkId(sessionId: string, node: Node): void {
  const error = channelError(`session:${sessionId}`, node.namespaces);
  if (error !== undefined) throw new Refused(error);
}

function mayCommand({ rights }: Principal, sessionId: string, name: string): void {
  const channel = `session:${sessionId}`;
  if (!rights.mayCommand(channel, name)) throw new Refused(forbidden("command", channel));
}

const idIn = (channel: string): string => channel.replace(/^session:?/, "");

const askerOf = (request: FastifyRequest, node: Node) => ({
  principal: request.principal,
  address: addressOf(request.raw, node),
});
