/** GET /metrics, for those who may see how the gateway is. */
import type { Principal, Rights } from "@signalbox/core";
import Type from "typebox";
import type { App } from "../http/app.ts";
import { refused } from "../http/errors.ts";
import type { Metrics } from "./metrics.ts";

/** Grants no channel: for a monitoring system's token. */
const monitor = "monitor";

/** Whoever administers anything, and who was made to watch the gateway. */
export const mayScrape = ({
  roles,
  rights,
}: {
  readonly roles: readonly string[];
  readonly rights: Pick<Rights, "mayAny">;
}): boolean => roles.includes(monitor) || rights.mayAny("admin");

export function metricsRoutes(app: App, metrics: Metrics, may: (principal: Principal) => boolean): void {
  const schema = {
    summary: "How the gateway is, in Prometheus text",
    description: "For tokens that administer, or have the role monitor.",
    produces: ["text/plain"],
    response: { 200: Type.String() },
  };
  app.get("/metrics", { schema }, async (request, reply) => {
    if (!may(request.principal)) throw refused("forbidden", "this takes the role monitor, or admin");
    const text = await metrics.text();
    return reply.header("cache-control", "no-store").type(metrics.contentType).serializer(same).send(text);
  });
}

const same = (text: unknown): string => String(text);
