/** GET /v1/limits: what this gateway allows, and what of it is used now. */
import type { NamespaceOptions, RateRules } from "@signalbox/core";
import { defaultLimits } from "@signalbox/protocol";
import Type from "typebox";
import type { Node } from "../../node.ts";
import { administer } from "../administer.ts";
import type { App } from "../app.ts";
import { answers } from "../schemas.ts";

interface Allowed {
  rates: RateRules;
  /** With those that only the gateway writes. */
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** TCP connections to this node. */
  connections: () => number;
}

const numbers = (description: string) =>
  Type.Unsafe<Record<string, number>>({ type: "object", additionalProperties: { type: "number" }, description });

export function limitRoutes(app: App, node: Node, { rates, namespaces, connections }: Allowed): void {
  const schema = {
    summary: "What this gateway allows, and what of it is used now",
    description: "Limits and rates are set in the configuration. Takes the right admin on all channels.",
    response: answers(
      Type.Object({
        node: Type.String({ description: "Whose figures `used` are." }),
        limits: numbers("By name, as in docs/reference/limits.md."),
        defaults: numbers("What they are unless the configuration says otherwise."),
        rates: Type.Unknown({ description: "principal, address, tenant and types: {perSecond, burst}." }),
        namespaces: Type.Unknown({ description: "By name: durability, retention, and which reducer folds it." }),
        used: numbers("On this node, of the asker's tenant, by the name of the limit; `connections`: of all."),
      }),
    ),
  };
  app.get("/v1/limits", { schema }, async ({ principal }) => {
    administer(principal);
    const { hub, engine } = node.tenants.of(principal);
    const { inflight, inflightBytes } = engine.counts;
    const ofPrincipals = new Map<string, number>();
    let subscriptions = 0;
    for (const session of hub.connected.all) {
      subscriptions = Math.max(subscriptions, session.subscriptions);
      const key = session.principal?.key ?? "";
      ofPrincipals.set(key, (ofPrincipals.get(key) ?? 0) + 1);
    }
    return {
      node: node.name,
      limits: node.limits,
      defaults: defaultLimits,
      rates,
      namespaces,
      used: {
        connections: connections(),
        connectionsPerPrincipal: Math.max(0, ...ofPrincipals.values()),
        subscriptions,
        inflightAppends: inflight,
        inflightAppendBytes: inflightBytes,
      },
    };
  });
}
