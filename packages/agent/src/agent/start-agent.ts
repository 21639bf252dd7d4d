/** The first line of an agent's program. */
import { type Client, createClient } from "@signalbox/client";
import { type Clock, systemClock } from "../clock.ts";
import { spoolRoot } from "../spool-root.ts";
import { Agent } from "./agent.ts";
import type { AgentSettings } from "./settings.ts";

export interface AgentOptions extends AgentSettings {
  /** The gateway; `SIGNALBOX_URL`, or http://127.0.0.1:7400, if absent. Spooled events are for this address only. */
  url?: string;
  /** `SIGNALBOX_TOKEN` if absent. */
  token?: string;
  /** Instead of a client of its own, with the same address; it is not closed with the agent. */
  client?: Pick<Client, "request" | "fetch" | "watch">;
  clock?: Clock;
  /** 0 ≤ x < 1. */
  random?: () => number;
}

/** Resolves at once: the gateway may be away, events wait on disk. Fails if that cannot be written. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { env } = process;
  const { url = env.SIGNALBOX_URL || "http://127.0.0.1:7400", token = env.SIGNALBOX_TOKEN || undefined } = options;
  const { client: given, clock = systemClock, random = Math.random, spool } = options;
  const own =
    given === undefined
      ? createClient({ url, name: `agent ${options.agentId}`, ...(token === undefined ? {} : { token }) })
      : undefined;
  const client = given ?? own;
  if (client === undefined) throw new TypeError("no client");
  return new Agent(options, { client, url, clock, random, root: spool?.root ?? spoolRoot(env) }, () => own?.close());
}
