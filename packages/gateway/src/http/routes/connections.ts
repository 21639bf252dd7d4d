/** GET /v1/connections: who is connected, and how each connection fares. */
import type { Session } from "@signalbox/core";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { refused } from "../errors.ts";
import { answers } from "../schemas.ts";

const defaultLimit = 100;

const connectionSchema = Type.Object({
  id: Type.String(),
  transport: Type.String(),
  node: Type.String({ description: "The name of the node that it is on." }),
  principal: Type.Object({ kind: Type.String(), id: Type.String() }),
  address: Type.Optional(Type.String()),
  openedMs: Type.Integer({ description: "Milliseconds since 1970." }),
  subscriptions: Type.Integer({ description: "A pattern counts as one." }),
  queuedBytes: Type.Integer({ description: "Given to it, and not seen to be taken." }),
  windowBytes: Type.Integer({ description: "How many bytes that may be." }),
  behind: Type.Integer({ description: "How many of its channels it is behind." }),
  dropped: Type.Object(
    { coalesce: Type.Integer(), latest: Type.Integer() },
    { description: "Events it was told in gaps slow that it would not get." },
  ),
});

export function connectionRoutes(app: App, node: Node): void {
  const { limits, tenants, peers, forward } = node;
  const schema = {
    summary: "Connections, and how they fare",
    description:
      "Those of the asker's tenant: one node after the other, of each the oldest first. A page may hold none and still have " +
      "a next. Takes the right admin on all channels.",
    querystring: Type.Object({
      after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
    }),
    response: answers(Type.Object({ connections: Type.Array(connectionSchema), next: Type.Optional(Type.String()) })),
  };
  /** Where the node after that one begins. */
  const beyond = (mark: string): { next?: string } => {
    const next = peers?.marks.find((one) => one > mark);
    return next === undefined ? {} : { next: `${next}.0` };
  };
  app.get("/v1/connections", { schema }, async (request, reply) => {
    const { principal, query, raw } = request;
    if (!principal.rights.covers("admin", "*"))
      throw refused("forbidden", "this takes the right admin on all channels");
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
      // A node that is gone has none.
      forward.request(elsewhere, raw, reply.raw, () => {
        reply.raw.writeHead(200, { "content-type": "application/json; charset=utf-8" });
        reply.raw.end(JSON.stringify({ connections: [], ...beyond(mark) }));
      });
      return reply;
    }
    const page: Session[] = [];
    let more = false;
    for (const session of tenants.of(principal).hub.sessions) {
      if (session.number <= from || session.principal === undefined) continue;
      more = page.length === limit;
      if (more) break;
      page.push(session);
    }
    const own = forward === undefined ? "" : `${forward.mark}.`;
    const next = more ? { next: `${own}${page.at(-1)?.number}` } : beyond(forward?.mark ?? "");
    return { connections: page.map((session) => ({ ...described(session), node: node.name })), ...next };
  });
}

/** Mark of a node, where there are several, and the number of a session there. */
const placePattern = /^(?:([A-Za-z0-9_-]{16})?\.)?([0-9]{1,16})$/;

function described(session: Session) {
  const { id, transport, principal, address, openedMs, subscriptions } = session;
  return {
    id,
    transport,
    principal: { kind: principal?.kind ?? "", id: principal?.id ?? "" },
    ...(address === undefined ? {} : { address }),
    openedMs,
    subscriptions,
    ...session.health(),
  };
}
