/** GET /v1/nodes: which nodes share the store, and what each carries. */
import { type NodeInfo, type Principal, StoreAway } from "@signalbox/core";
import Type from "typebox";
import type { App } from "../app.ts";
import { refused } from "../errors.ts";
import { answers } from "../schemas.ts";

export interface Fleet {
  /** The node that is asked. */
  name: string;
  /** False: its store is its own, and there is no other node. */
  isShared: boolean;
  nodes(): Promise<NodeInfo[]>;
}

/** As for everything that is refused while the store is away. */
const retryAfterMs = 1_000;

const nodeSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  state: Type.Enum(["starting", "ready", "stopping"]),
  url: Type.Optional(Type.String({ description: "Where the other nodes reach it." })),
  startedMs: Type.Integer({ description: "Milliseconds since 1970." }),
  silentMs: Type.Integer({ description: "Since its last heartbeat." }),
  sessions: Type.Integer(),
  subscriptions: Type.Integer(),
  channels: Type.Integer({ description: "Held in memory." }),
});

/** `may`: who may see how nodes are may see them here. */
export function nodeRoutes(app: App, fleet: Fleet, may: (principal: Principal) => boolean): void {
  const schema = {
    summary: "The nodes that share a store, and what each carries",
    description:
      "By name; those whose heartbeat is overdue are left out. For tokens that administer, or have the role monitor.",
    response: answers(
      Type.Object({
        node: Type.String({ description: "The one that answers." }),
        shared: Type.Boolean({ description: "false: its store is its own, and it is the only node." }),
        nodes: Type.Array(nodeSchema),
      }),
    ),
  };
  app.get("/v1/nodes", { schema }, async ({ principal }) => {
    if (!may(principal)) throw refused("forbidden", "this takes the role monitor, or admin");
    const { name, isShared } = fleet;
    try {
      return { node: name, shared: isShared, nodes: (await fleet.nodes()).map(listed) };
    } catch (error) {
      if (error instanceof StoreAway) throw refused("unavailable", error.message, { retryAfterMs });
      throw error;
    }
  });
}

/** A node of another version may say more of itself. */
function listed({ name, version, state, url, startedMs, silentMs, sessions, subscriptions, channels }: NodeInfo) {
  return {
    ...{ name, version, state, startedMs, silentMs, sessions, subscriptions, channels },
    ...(url === undefined ? {} : { url }),
  };
}
