/** What every transport and route of this node works with. */
import type { Hub, NamespaceOptions } from "@signalbox/core";
import type { Limits } from "@signalbox/protocol";
import type { Authenticator } from "./auth/authenticator.ts";
import type { Engine } from "./engine.ts";
import type { Health } from "./health.ts";
import type { TrustedProxies } from "./http/address.ts";
import type { Log } from "./log.ts";
import type { Refusals } from "./refusals.ts";
import type { Sweep } from "./sweep.ts";

export interface Node {
  /** Name of this node in `connect` answers and logs. */
  readonly name: string;
  /** Version of the gateway. */
  readonly version: string;
  readonly hub: Hub;
  readonly engine: Engine;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** With a request, `addressOf` (http/address.ts) tells whom it counts for. */
  readonly proxies: TrustedProxies;
  readonly health: Health;
  readonly sweep: Sweep;
  readonly refusals: Refusals;
  readonly log: Log;
}
