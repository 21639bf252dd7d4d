/** GET /health/live and /health/ready, for those who start, stop and route. No token. */
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";

export function healthRoutes(app: App, { health }: Node): void {
  const live = Type.Object({ status: Type.Literal("live") });
  app.get(
    "/health/live",
    { schema: { summary: "The process runs", security: [], response: { 200: live } } },
    async () => ({
      status: "live",
    }),
  );
  const ready = Type.Object({
    status: Type.Enum(["ready", "degraded", "not_ready"], {
      description:
        "degraded: it serves who is connected, but what is published is refused for now, or a source gives nothing.",
    }),
    reasons: Type.Array(Type.String(), { description: "Why; empty when ready." }),
  });
  const schema = { summary: "It should get requests", security: [], response: { 200: ready, 503: ready } };
  app.get("/health/ready", { schema }, async (_request, reply) => {
    if (!health.ready) reply.code(503);
    const { ready, reasons, shortcomings } = health;
    const status = ready ? (shortcomings.length === 0 ? "ready" : "degraded") : "not_ready";
    return { status, reasons: [...reasons, ...shortcomings] };
  });
}
