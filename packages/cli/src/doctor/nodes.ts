/** The nodes that share a store, and the Redis that they share it through. */
import type { GatewayConfig } from "@signalbox/gateway";
import { sanitised } from "../text/sanitise.ts";
import { type Finding, fail, ok, warn } from "./check.ts";

interface Node {
  name: string;
  version: string;
  state: string;
  silentMs: number;
}

export interface Nodes {
  shared: boolean;
  nodes: readonly Node[];
}

/** A heartbeat comes every 2 s. */
const silentMs = 6_000;

/** Nothing to say of a gateway that is alone. */
export function checkNodes({ shared, nodes }: Nodes): Finding[] {
  if (!shared) return [];
  const silent = nodes.filter((node) => node.silentMs > silentMs);
  if (silent.length > 0) {
    return [
      warn(
        "nodes",
        `not heard of for a while: ${named(silent)}`,
        "Look at these nodes' logs, and at their way to Redis.",
      ),
    ];
  }
  const versions = [...new Set(nodes.map(({ version }) => version))].sort();
  if (new Set(versions.map(minorOf)).size > 2) {
    const mend = "Nodes work together with those one minor version apart: bring the oldest up to date.";
    return [warn("nodes", `of versions ${sanitised(versions.join(", "))}`, mend)];
  }
  const stopping = nodes.filter(({ state }) => state !== "ready");
  const rest = stopping.length === 0 ? "all ready" : `${named(stopping)} not ready`;
  return [ok("nodes", `${nodes.length} share a store, ${rest}`)];
}

const named = (nodes: readonly Node[]): string => nodes.map(({ name }) => sanitised(name)).join(", ");
const minorOf = (version: string): string => version.split(".", 2).join(".");

/** What nodes that start say of it too. */
export async function checkRedis(redis: NonNullable<GatewayConfig["redis"]>): Promise<Finding[]> {
  const { checkSharedStore } = await import("@signalbox/gateway");
  try {
    const found = await checkSharedStore(redis);
    if (found.length === 0) return [ok("redis", "nothing to say against it")];
    return found.map(({ level, message }) => {
      const text = sanitised(message);
      if (level === "refuse") return fail("redis", text, "See docs/redis.md: nodes do not start with it.");
      return warn("redis", text, "See docs/redis.md.");
    });
  } catch (error) {
    const why = sanitised(error instanceof Error ? error.message : String(error));
    return [fail("redis", why, "Correct `redis` in the configuration or SIGNALBOX_REDIS_URL, or start the server.")];
  }
}
