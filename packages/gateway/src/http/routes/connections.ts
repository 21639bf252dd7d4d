/** /v1/connections: who is connected, how each connection fares and what it is sent; and ending one. */
import { errorData, type Session } from "@signalbox/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { broughtBy } from "../../audit/acts.ts";
import type { Revocation } from "../../auth/revocations.ts";
import type { Node } from "../../node.ts";
import { addressOf } from "../address.ts";
import { administer } from "../administer.ts";
import { type App, answer } from "../app.ts";
import { refused } from "../errors.ts";
import { answers } from "../schemas.ts";
import type { KeptAccess } from "./keys.ts";

const defaultLimit = 100;
/** Subscriptions of one connection that are told one by one. */
const interestsTold = 1_000;
/** A client that was closed by a person comes back after so long at the earliest. */
const reconnectAfterMs = 5_000;

const members = {
  id: Type.String(),
  transport: Type.String(),
  node: Type.String({ description: "The name of the node that it is on." }),
  principal: Type.Object({ kind: Type.String(), id: Type.String() }),
  by: Type.Optional(Type.String({ description: "key:ID that it came with, or who issued its token." })),
  client: Type.Optional(Type.String({ description: "What its client calls itself." })),
  address: Type.Optional(Type.String()),
  openedMs: Type.Integer({ description: "Milliseconds since 1970." }),
  subscriptions: Type.Integer({ description: "A pattern counts as one." }),
  given: Type.Integer({ description: "Publications and states given to it so far." }),
  queuedBytes: Type.Integer({ description: "Given to it, and not seen to be taken." }),
  windowBytes: Type.Integer({ description: "How many bytes that may be." }),
  behind: Type.Integer({ description: "How many of its channels it is behind." }),
  dropped: Type.Object(
    { coalesce: Type.Integer(), latest: Type.Integer() },
    { description: "Events it was told in gaps slow that it would not get." },
  ),
};

const interestSchema = Type.Object({
  channel: Type.String(),
  kind: Type.Enum(["events", "pattern", "states"]),
  patterns: Type.Optional(Type.Array(Type.String(), { description: "That brought the channel." })),
  epoch: Type.Optional(Type.String()),
  offset: Type.Optional(Type.Integer({ description: "Up to where it was sent or told." })),
  head: Type.Optional(Type.Integer({ description: "The channel's newest offset." })),
});

const params = Type.Object({ id: Type.String() });

export function connectionRoutes(app: App, node: Node, access: Pick<KeptAccess, "keys" | "revocations">): void {
  const { limits, tenants, peers, forward, audit } = node;
  const own = forward === undefined ? "" : `${forward.mark}.`;
  const described = (session: Session) => {
    const { id, transport, principal, client, address, openedMs, subscriptions, given } = session;
    const by = principal && broughtBy(principal);
    return {
      id: own + id,
      transport,
      node: node.name,
      principal: { kind: principal?.kind ?? "", id: principal?.id ?? "" },
      ...(by === undefined ? {} : { by }),
      ...(client === undefined ? {} : { client }),
      ...(address === undefined ? {} : { address }),
      openedMs,
      subscriptions,
      given,
      ...session.health(),
    };
  };

  const listSchema = {
    summary: "Connections, and how they fare",
    description:
      "Those of the asker's tenant: one node after the other, of each the oldest first. A page may hold none and still have " +
      "a next. Takes the right admin on all channels.",
    querystring: Type.Object({
      after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
    }),
    response: answers(
      Type.Object({
        connections: Type.Array(Type.Object(members)),
        next: Type.Optional(Type.String()),
        silent: Type.Optional(Type.String({ description: "A node that did not answer: its connections are missing." })),
      }),
    ),
  };
  /** Where the node after that one begins. */
  const beyond = (mark: string): { next?: string } => {
    const next = peers?.marks.find((one) => one > mark);
    return next === undefined ? {} : { next: `${next}.0` };
  };
  app.get("/v1/connections", { schema: listSchema }, async (request, reply) => {
    const { principal, query, raw } = request;
    administer(principal);
    await peers?.list();
    const { after = `${peers?.marks[0] ?? ""}.0`, limit = Math.min(defaultLimit, limits.pageEvents) } = query;
    const [, mark = "", number] = placePattern.exec(after) ?? [];
    const from = Number(number);
    if (!Number.isSafeInteger(from)) {
      throw refused("invalid_message", "after must be an earlier answer's next", { path: "/after", rule: "next" });
    }
    const elsewhere = forward?.elsewhere(after, raw);
    if (forward !== undefined && elsewhere !== undefined) {
      reply.hijack();
      // A node that is gone has none; one that is there and cannot be asked is named.
      forward.request(elsewhere, raw, reply.raw, () => {
        const silent = peers?.nameOf(mark);
        const said = { connections: [], ...beyond(mark), ...(silent === undefined ? {} : { silent }) };
        reply.raw.writeHead(200, { "content-type": "application/json; charset=utf-8" });
        reply.raw.end(JSON.stringify(said));
      });
      return reply;
    }
    const page: Session[] = [];
    let more = false;
    for (const session of tenants.of(principal).hub.connected.all) {
      if (session.number <= from || session.principal === undefined) continue;
      more = page.length === limit;
      if (more) break;
      page.push(session);
    }
    const next = more ? { next: `${own}${page.at(-1)?.number}` } : beyond(forward?.mark ?? "");
    return { connections: page.map(described), ...next };
  });

  /** The session of this id here; `undefined` if another node answers. */
  const find = (
    request: Pick<FastifyRequest, "principal" | "raw"> & { params: { id: string } },
    reply: FastifyReply,
  ): Session | undefined => {
    administer(request.principal);
    const { id } = request.params;
    const elsewhere = forward?.elsewhere(id, request.raw);
    if (forward !== undefined && elsewhere !== undefined) {
      reply.hijack();
      forward.request(elsewhere, request.raw, reply.raw, () => {
        reply.raw.writeHead(404, { "content-type": "application/json; charset=utf-8" });
        reply.raw.end(JSON.stringify({ error: errorData("not_found", noSuch) }));
      });
      return undefined;
    }
    for (const session of tenants.of(request.principal).hub.connected.all) {
      if (own + session.id === id && session.principal !== undefined) return session;
    }
    throw refused("not_found", noSuch);
  };

  app.get(
    "/v1/connections/:id",
    {
      schema: {
        summary: "One connection, and what it is sent",
        description: `At most ${interestsTold} of its subscriptions: patterns first, then those that are behind.`,
        params,
        response: answers(Type.Object({ ...members, interests: Type.Array(interestSchema) })),
      },
    },
    async (request, reply) => {
      const session = find(request, reply);
      if (session === undefined) return reply;
      return { ...described(session), interests: session.interests(interestsTold) };
    },
  );

  app.delete(
    "/v1/connections/:id",
    {
      schema: {
        summary: "Ends a connection; its client comes back after a pause, unless its token is revoked too",
        params,
        querystring: Type.Object({
          reason: Type.Optional(Type.String({ maxLength: 200, description: "For the audit." })),
          revoke: Type.Optional(Type.Boolean({ description: "Also revoke the key or token that it came with." })),
        }),
        response: answers(Type.Object({ id: Type.String(), revoked: Type.Optional(Type.String()) })),
      },
    },
    async (request, reply) => {
      const session = find(request, reply);
      if (session?.principal === undefined) return reply;
      const { principal, query, raw } = request;
      const { reason, revoke = false } = query;
      const about = session.principal;
      if (revoke && about.key === principal.key)
        return answer(reply, errorData("forbidden", "this would cut off who asks"));
      let revoked: string | undefined;
      if (revoke) {
        const revocation = revocationOf(about);
        if (revocation.what === "key") await access.keys.revoke(revocation.keyId);
        else await access.revocations.revoke(revocation, about.expiresAtMs);
        revoked = {
          key: `key:${about.keyId}`,
          token: `token of ${about.issuer}`,
          subject: `${about.kind}:${about.id}`,
        }[revocation.what];
      }
      const id = own + session.id;
      session.tell("disconnect", { reason: "disconnected", reconnectAfterMs });
      session.close(revoke ? "revoked" : "disconnected");
      audit.did(principal, addressOf(raw, node), {
        ...{ what: "connection_closed", target: `${about.kind}:${about.id}`, about: id, result: "ok" },
        details: {
          transport: session.transport,
          ...(session.address === undefined ? {} : { address: session.address }),
          ...(reason === undefined || reason === "" ? {} : { reason }),
          ...(revoked === undefined ? {} : { revoked }),
        },
      });
      return { id, ...(revoked === undefined ? {} : { revoked }) };
    },
  );
}

const noSuch = "there is no such connection";

/** Mark of a node, where there are several, and the number of a session there. */
const placePattern = /^(?:([A-Za-z0-9_-]{16})?\.)?([0-9]{1,16})$/;

/** As little as can be named: the key, the token, or else all that its principal has. */
function revocationOf({ keyId, issuer, tokenId, kind, id, tenant }: NonNullable<Session["principal"]>): Revocation {
  if (keyId !== undefined) return { what: "key", keyId };
  if (issuer !== undefined && tokenId !== undefined) return { what: "token", issuer, tokenId };
  return { what: "subject", kind, id, ...(tenant === undefined ? {} : { tenant }) };
}
