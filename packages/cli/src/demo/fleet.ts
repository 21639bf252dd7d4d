/** A small fleet that really works: three agents, their processes, one session. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, runProcess, spoolRoot, startAgent } from "@signalbox/agent";
import type { Client } from "@signalbox/client";
import type { Draft, EventData, EventType } from "@signalbox/protocol";
import type { Io } from "../io.ts";
import { build } from "./builder.ts";
import { check } from "./checker.ts";
import { develop } from "./developer.ts";
import { LineTap } from "./line-tap.ts";
import { pause } from "./pause.ts";

export interface FleetOptions {
  client: Client;
  url: string;
  io: Io;
  /** Ends the work; everything is then said to have ended. */
  stop: AbortSignal;
}

/** A real process that an agent runs. */
export interface Job {
  agentId: string;
  /** Ends it. */
  stop: AbortSignal;
  /** The same for each run of the same job, so that its page keeps its history. */
  processId: string;
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}

/** What the agents share. */
export interface Site {
  /** A directory of their own; removed at the end. */
  directory: string;
  url: string;
  env: NodeJS.ProcessEnv;
  stop: AbortSignal;
  /** Its events wait on disk while the gateway is away; people can pause and cancel it. */
  agent(agentId: string, agentType: string): Promise<Agent>;
  run(job: Job): Promise<{ exitCode: number | null }>;
  say(who: string, what: string): void;
}

const patienceMs = 5_000;

export async function runFleet({ client, url, io, stop }: FleetOptions): Promise<void> {
  const sessionId = `demo-${randomBytes(3).toString("hex")}`;
  const directory = await mkdtemp(join(tmpdir(), "signalbox-demo-"));
  const begunMs = Date.now();
  const publish = publisherOf(client, io);
  // A gateway that went away must not keep the demo: what is left stays in the spool.
  const leave = new AbortController();
  stop.addEventListener("abort", () => setTimeout(() => leave.abort(), patienceMs).unref(), { once: true });
  const site: Site = {
    directory,
    url,
    env: io.env,
    stop,
    agent: (agentId, agentType) =>
      startAgent({ agentId, agentType, sessionId, client, url, spool: { root: spoolRoot(io.env) } }),
    run: ({ agentId, processId, name, command, args, stop: end, env = io.env, onLine }) =>
      runProcess({
        ...{ command, args, name, processId, agentId, sessionId, env, url, stop: end },
        cwd: directory,
        leave: leave.signal,
        gateway: client,
        spool: { root: spoolRoot(io.env) },
        ...(onLine === undefined ? {} : { stdout: new LineTap(onLine) }),
      }),
    say: (who, what) => io.out.line(`${io.out.paint.dim(who.padEnd(10))} ${what}`),
  };
  const session: EventData["session_started"] = {
    sessionId,
    name: "Demo",
    project: "till",
    objective: "Write the arithmetic of a till, test by test",
    agents: ["demo-developer", "demo-builder", "demo-checker"],
  };
  publish("session_started", `session:${sessionId}`, session);
  try {
    const onStep = (progress: number, step: string): void =>
      publish("session_update", `session:${sessionId}`, { sessionId, status: "active", progress, progress_step: step });
    await Promise.all([develop(site, onStep), build(site), check(site)]);
  } finally {
    const durationMs = Date.now() - begunMs;
    publish("session_stopped", `session:${sessionId}`, { sessionId, status: "done", durationMs });
    await rm(directory, { recursive: true, force: true });
    await Promise.race([publish.settled(), pause(patienceMs, leave.signal)]);
  }
}

export interface Publish {
  <Type extends EventType>(type: Type, channel: string, data: EventData[Type]): void;
  /** After this all was acknowledged, or refused and said. */
  settled(): Promise<void>;
}

function publisherOf(client: Client, io: Io): Publish {
  const open = new Set<Promise<void>>();
  const publish = <Type extends EventType>(type: Type, channel: string, data: EventData[Type]): void => {
    // Its data was checked where it was given.
    const draft: Draft = { type, channel, data, timestamp: Date.now() };
    const sent = client
      .publish(draft)
      .then(
        () => undefined,
        (error: unknown) => io.err.line(`${type} was not published: ${error instanceof Error ? error.message : error}`),
      )
      .finally(() => open.delete(sent));
    open.add(sent);
  };
  return Object.assign(publish, { settled: async () => void (await Promise.all(open)) });
}
