/** GET /v1/info: what this gateway is, who is asking, and what they may do. */
import { type Principal, type Verb, verbs } from "@signalbox/core";
import Type from "typebox";
import { protocolName } from "../../auth/tokens.ts";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { answers } from "../schemas.ts";

export function infoRoutes(app: App, node: Node): void {
  const schema = Type.Object({
    name: Type.String(),
    version: Type.String(),
    node: Type.String(),
    protocol: Type.String(),
    principal: Type.Object({ kind: Type.String(), id: Type.String() }),
    rights: Type.Object({
      verbs: Type.Unsafe<Record<string, readonly string[]>>({
        type: "object",
        additionalProperties: { type: "array", items: { type: "string" } },
        description: "Of each verb that is granted the channels, as names and patterns.",
      }),
      agentId: Type.Optional(Type.String({ description: "Speaks for this agent alone." })),
    }),
    heartbeatMs: Type.Integer(),
    limits: Type.Unsafe<Record<string, number>>({ type: "object", additionalProperties: { type: "integer" } }),
  });
  app.get("/v1/info", { schema: { summary: "What this gateway is", response: answers(schema) } }, async (request) => {
    const { kind, id } = request.principal;
    const { version, name, limits } = node;
    const { heartbeatMs } = limits;
    return {
      name: "signalbox",
      version,
      node: name,
      protocol: protocolName,
      principal: { kind, id },
      rights: rightsOf(request.principal),
      heartbeatMs,
      limits,
    };
  });
}

function rightsOf({ rights, agentId }: Principal): { verbs: Record<string, readonly string[]>; agentId?: string } {
  const granted = verbs.filter((verb) => rights.mayAny(verb));
  const channelsOf = (verb: Verb): readonly string[] => {
    const channels = rights.within(verb, "*");
    // All but other agents' cannot be said as patterns.
    return channels.length === 0 ? ["*"] : channels;
  };
  return {
    verbs: Object.fromEntries(granted.map((verb) => [verb, channelsOf(verb)])),
    ...(agentId === undefined ? {} : { agentId }),
  };
}
