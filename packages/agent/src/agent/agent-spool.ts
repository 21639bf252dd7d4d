/** Where an agent's events wait until the gateway has them: on disk, behind what earlier processes of it left there. */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Client } from "@signalbox/client";
import { channelName, type Draft, type ErrorData } from "@signalbox/protocol";
import type { Asker } from "../ask.ts";
import { Outbox } from "../outbox.ts";
import { thisOwner } from "../owner.ts";
import type { SharedNumbers } from "../sender.ts";
import { Spool } from "../spool.ts";
import { Value } from "../value.ts";
import { adoptLeftovers, sendLeftovers } from "./leftovers.ts";

interface AgentSpoolOptions extends Asker {
  client: Pick<Client, "request" | "fetch">;
  agentId: string;
  url: string;
  /** The producer of its lease. */
  producer: string;
  sessionId: string | undefined;
  root: string;
  maxBytes: number | undefined;
  /** An event was refused for good; the others go on. */
  onRefused(error: ErrorData): void;
}

export class AgentSpool {
  /** The agent's channel. */
  readonly spool: Spool;
  /** A file for what is to be remembered beside events. */
  readonly memoryFile: string;
  readonly #options: AgentSpoolOptions;
  readonly #prefix: string;
  readonly #leftovers: Spool[];
  readonly #leave = new AbortController();
  /** The session's channel, from the first event on; it needs no lease. */
  #session: Spool | undefined;
  readonly #outboxes: Outbox[] = [];
  readonly #stage = new Value<"waiting" | "leftovers" | "own">("waiting");
  /** Log lines and metrics for which there was no room. */
  #leftOut = 0;

  constructor(options: AgentSpoolOptions) {
    const { agentId, url, root, clock, producer } = options;
    this.#options = options;
    const digest = createHash("sha256").update(`${url} ${agentId}`).digest("hex").slice(0, 12);
    this.#prefix = `agent-${channelName(agentId)
      .replaceAll(/[^A-Za-z0-9_-]/g, "_")
      .slice(0, 60)}-${digest}`;
    this.#leftovers = adoptLeftovers(root, `${this.#prefix}-`, clock);
    this.spool = this.#create(`agent:${agentId}`, producer);
    this.memoryFile = join(root, `${this.#prefix}.memory.json`);
  }

  /** Never fails; of log lines and metrics some are left out, and counted, while the spool is full. */
  publish(draft: Draft): void {
    if (this.spool.full && droppable.has(draft.type)) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0 && !this.spool.full) {
      const message = `${this.#leftOut} log lines and metrics were left out while the spool was full`;
      this.#leftOut = 0;
      const data = { agentId: this.#options.agentId, level: "warn", message };
      this.spool.append([{ ...draft, type: "agent_log", data }]);
    }
    this.spool.append([draft]);
  }

  publishToSession(draft: Draft): void {
    const { sessionId } = this.#options;
    if (this.#session === undefined) {
      this.#session = this.#create(`session:${sessionId}`);
      if (this.#stage.snapshot() === "own") this.#send(this.#session);
    }
    this.#session.append([draft]);
  }

  /** The lease is held in its first epoch: what was left goes first, then ours. */
  async start(shared: SharedNumbers): Promise<void> {
    if (this.#stage.snapshot() !== "waiting") return;
    this.#stage.set("leftovers");
    await sendLeftovers(this.#leftovers, this.#options, this.#leave.signal);
    if (!this.#leave.signal.aborted) {
      this.#send(this.spool, shared);
      if (this.#session !== undefined) this.#send(this.#session);
    }
    this.#stage.set("own");
  }

  /** Waits until the gateway has everything, or `leave` fires. Returns how many events stay on disk. */
  async settle(leave: AbortSignal): Promise<number> {
    const give = (): void => {
      this.#leave.abort();
      // Nobody begins any more.
      if (this.#stage.snapshot() === "waiting") this.#stage.set("own");
    };
    leave.addEventListener("abort", give);
    if (leave.aborted) give();
    await this.#stage.until((stage) => stage === "own");
    leave.removeEventListener("abort", give);
    await Promise.all(this.#outboxes.map((outbox) => outbox.settle(leave)));
    const spools = [...this.#leftovers, this.spool, ...(this.#session === undefined ? [] : [this.#session])];
    const unsent = spools.filter(({ waiting }) => waiting > 0);
    for (const spool of unsent) spool.abandon();
    return unsent.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  #send(spool: Spool, shared?: SharedNumbers): void {
    const { client, clock, random, onRefused } = this.#options;
    const more = shared === undefined ? {} : { shared };
    const outbox = new Outbox(spool, client, {
      clock,
      random,
      ...more,
      onRefused: (_number, error) => onRefused(error),
    });
    this.#outboxes.push(outbox);
  }

  #create(channel: string, leased?: string): Spool {
    const { url, root, clock, maxBytes, agentId } = this.#options;
    const producer = `${channel.startsWith("session:") ? "session" : "agent"}-${randomBytes(8).toString("hex")}`;
    const about = {
      version: 1,
      producer,
      channel,
      url,
      title: `agent ${agentId}`,
      // Spools are sent in the order of their times, also when the clock was set back.
      createdMs: Math.max(clock.nowMs(), ...this.#leftovers.map(({ about }) => about.createdMs + 1)),
      owner: thisOwner(),
    } as const;
    const limits = { ...(maxBytes === undefined ? {} : { maxBytes }), ...(leased === undefined ? {} : { leased }) };
    return Spool.create(join(root, `${this.#prefix}-${producer}`), about, clock, limits);
  }
}

const droppable: ReadonlySet<string> = new Set(["agent_log", "agent_metric"]);
