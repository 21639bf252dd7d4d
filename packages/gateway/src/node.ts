/** What every transport and route of this node works with. */
import type { Hub, NamespaceOptions } from "@signalbox/core";
import type { Limits } from "@signalbox/protocol";
import type { Authenticator } from "./auth/authenticator.ts";
import type { Engine } from "./engine.ts";
import type { Health } from "./health.ts";
import type { Load } from "./load.ts";
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
  readonly health: Health;
  readonly load: Load;
  readonly sweep: Sweep;
  readonly refusals: Refusals;
  readonly log: Log;
}
