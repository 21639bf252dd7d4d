/** GET /v1/info: what this gateway is, and who is asking. */
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
      heartbeatMs,
      limits,
    };
  });
}
