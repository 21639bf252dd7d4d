/** GET /v1/connections: who is connected to this node, and how each connection fares. */
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

export function connectionRoutes(app: App, { limits, tenants, name }: Node): void {
  const schema = {
    summary: "Connections to this node, and how they fare",
    description:
      "Those of the asker's tenant, the oldest first. Takes the right admin on all channels. Where nodes share a store, each " +
      "answers for itself, and says who it is: GET /v1/nodes names the others.",
    querystring: Type.Object({
      after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
    }),
    response: answers(
      Type.Object({
        node: Type.String({ description: "Whose connections these are." }),
        connections: Type.Array(connectionSchema),
        next: Type.Optional(Type.String()),
      }),
    ),
  };
  app.get("/v1/connections", { schema }, async ({ principal, query }) => {
    if (!principal.rights.covers("admin", "*"))
      throw refused("forbidden", "this takes the right admin on all channels");
    const { after, limit = Math.min(defaultLimit, limits.pageEvents) } = query;
    const page: Session[] = [];
    let more = false;
    const from = after === undefined ? 0 : Number(after);
    if (!Number.isSafeInteger(from) || from < 0) {
      throw refused("invalid_message", "after must be an earlier answer's next", { path: "/after", rule: "next" });
    }
    for (const session of tenants.of(principal).hub.sessions) {
      if (session.number <= from || session.principal === undefined) continue;
      more = page.length === limit;
      if (more) break;
      page.push(session);
    }
    const last = page.at(-1);
    const next = more && last !== undefined ? { next: String(last.number) } : {};
    return { node: name, connections: page.map(described), ...next };
  });
}

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
