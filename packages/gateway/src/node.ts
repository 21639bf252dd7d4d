/** What every transport and route of this node works with. */
import type { IncomingMessage } from "node:http";
import type { Hiding, NamespaceOptions } from "@signalbox/core";
import type { Limits } from "@signalbox/protocol";
import type { Audit } from "./audit/audit.ts";
import type { Access } from "./auth/access.ts";
import type { Health } from "./health.ts";
import type { TrustedProxies } from "./http/address.ts";
import type { Load } from "./load.ts";
import type { Log } from "./log.ts";
import type { Timings } from "./metrics/timings.ts";
import type { Forward } from "./nodes/forward/forward.ts";
import type { Others } from "./nodes/others.ts";
import type { Peers } from "./nodes/peers.ts";
import type { Refusals } from "./refusals.ts";
import type { Sweep } from "./sweep.ts";
import type { Tenants } from "./tenants.ts";

export interface Node {
  /** Name of this node in `connect` answers and logs. */
  readonly name: string;
  /** Version of the gateway. */
  readonly version: string;
  readonly tenants: Tenants;
  readonly access: Access;
  readonly audit: Audit;
  readonly limits: Limits;
  readonly namespaces: Readonly<Record<string, NamespaceOptions>>;
  readonly hiding: Hiding;
  /** With a request, `addressOf` (http/address.ts) tells whom it counts for. */
  readonly proxies: TrustedProxies;
  readonly health: Health;
  readonly load: Load;
  readonly sweep: Sweep;
  readonly refusals: Refusals;
  /** Other nodes, where they share a store. */
  readonly others: Others | undefined;
  readonly log: Log;
  readonly timings: Timings;
  /** Other nodes, where the store is shared. */
  readonly peers: Peers | undefined;
  /** To the one of them that alone can answer a request. */
  readonly forward: Forward | undefined;
  /** The origin of the page that sends a request; `undefined` for programs. */
  pageOf(request: IncomingMessage): string | undefined;
  /** Where the sender of a request finds this gateway, such as `https://box.example.org`. */
  originOf(request: IncomingMessage): string;
}
