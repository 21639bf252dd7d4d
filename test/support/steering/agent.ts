/**
 * An agent that may be killed at any point of its work: it takes the lease of its channel, carries out its commands, and
 * asks people before it does its jobs. A later life reads in the journals of the earlier ones what was asked and begun.
 */
import { Recorder, type Subject } from "@signalbox/testkit/history";
import { Asker, outcomeOf } from "./asker.ts";
import { jobId, readEarlierLives } from "./earlier-lives.ts";

export interface Life {
  agentId: string;
  /** Counts the lives of this agent. */
  number: number;
  /** Where all journals of the run are. */
  folder: string;
  seed: number;
  token: string;
  url(): string;
  signal: AbortSignal;
  reached(point: string): void;
  settled(): void;
  /** No new jobs: it ends once everything begun has ended. */
  isFinishing(): boolean;
  fetch?: typeof fetch;
}

interface Command {
  commandId: string;
  state: string;
  args: { fails?: boolean };
}

const ttlMs = 15_000;
/** Jobs of which it takes so many are decided by nobody: their deadline does it. */
const aloneEvery = 9;
const aloneMs = 1_500;
const deadlineMs = 300_000;
const waitS = 5;
/** Resolves when it has finished; rejects when it is killed. */
export async function liveAsAgent(life: Life): Promise<void> {
  const agent = new Agent(life);
  await agent.takeLease();
  const renewing = setInterval(() => void agent.renew(), ttlMs / 3);
  try {
    await Promise.all([agent.work(), agent.doJobs()]);
  } finally {
    clearInterval(renewing);
  }
}

class Agent {
  readonly #life: Life;
  readonly #name: string;
  readonly #channel: string;
  readonly #asker: Asker;
  readonly #journal: Recorder;
  /** The deeds themselves: lines of a file of their own. */
  readonly #deeds: Recorder;
  readonly #begun = new Set<string>();
  /** Commands that this life carried out, or may not. */
  readonly #tried = new Set<string>();
  #epoch = 0;
  #seq = 0;
  #jobsDone = false;

  constructor(life: Life) {
    const { agentId, folder, number, seed } = life;
    this.#life = life;
    this.#name = `${agentId}.${number}`;
    this.#channel = `agent:${agentId}`;
    this.#journal = new Recorder({ folder, process: this.#name, seed });
    this.#deeds = new Recorder({ folder, process: `${this.#name}.deeds`, seed });
    this.#asker = new Asker({ ...life, recorder: this.#journal, name: this.#name, by: `agent:${agentId}` });
  }

  async takeLease(): Promise<void> {
    const lease = { producer: this.#life.agentId, ttlMs };
    for (;;) {
      const answer = await this.#asker.request("PUT", `/v1/leases/${this.#channel}`, lease);
      if (answer?.status === 200) {
        this.#epoch = Number(answer.body.epoch);
        this.#seq = 0;
        return;
      }
      await this.#asker.pause();
    }
  }

  async renew(): Promise<void> {
    const lease = { producer: this.#life.agentId, ttlMs, epoch: this.#epoch };
    const answer = await this.#asker.request("PUT", `/v1/leases/${this.#channel}`, lease);
    const isOver = answer !== undefined && answer.status >= 400 && answer.status < 429;
    if (isOver && !this.#life.signal.aborted) await this.takeLease().catch(() => {});
  }

  async work(): Promise<void> {
    for (let since = "now"; ; ) {
      const path = `/v1/channels/${this.#channel}/events?types=command_queued&since=${since}`;
      const { next } = (await this.#asker.read(since === "now" ? path : `${path}&wait=${waitS}`)).body;
      const { epoch, offset } = (next ?? {}) as { epoch?: string; offset?: number };
      // None: the gateway has lost what it had shown, and begins anew.
      since = epoch === undefined ? "now" : `${epoch}:${offset}`;
      const open = await this.#asker.read(`/v1/commands?target=${this.#channel}&state=open&limit=100`);
      const commands = open.body.commands as Command[];
      for (const command of commands) if (!this.#tried.has(command.commandId)) await this.#carryOut(command);
      if (this.#jobsDone && commands.length === 0) return;
    }
  }

  async #carryOut({ commandId, args, state }: Command): Promise<void> {
    // An earlier life began it: the gateway says that it was interrupted.
    if (state === "started") return;
    this.#tried.add(commandId);
    const delivered = await this.#step("deliver", "command_delivered", commandId, {});
    if (delivered !== "ok" || (await this.#step("start", "command_started", commandId, {})) !== "ok") return;
    this.#do("command", commandId);
    if (args.fails) await this.#step("end", "command_failed", commandId, { error: "as it was told to" });
    else await this.#step("end", "command_done", commandId, { result: { by: this.#name } });
  }

  /** A step of a command, under an id of this life and lease: what an earlier one was granted is not granted to this one. */
  async #step(op: "deliver" | "start" | "end", type: string, commandId: string, more: object): Promise<string> {
    const epoch = this.#epoch;
    const id = `${commandId}~${op}~${this.#name}~${epoch}`;
    const data = { commandId, ...more };
    const seq = this.#seq + 1;
    const metadata = { producer: { id: this.#life.agentId, epoch, seq } };
    const event = { type, id, channel: this.#channel, data, metadata };
    const wanted = { op, id, type, channel: this.#channel, subject: commandId, data };
    const answer = await this.#asker.settle(wanted, () => this.#asker.publish(event));
    if (answer.did === "ok" && epoch === this.#epoch) this.#seq = seq;
    if (answer.did === "refused") {
      // Another lease is another chance.
      if (answer.error === "fenced") this.#tried.delete(commandId);
      // The gateway has lost an event of ours, which the checker shall say; without this nothing would go on.
      if (answer.error === "sequence_gap") this.#seq = Number(answer.details.expected) - 1;
    }
    return answer.did;
  }

  /** Once at most, whatever happens in between: what was begun is not begun again. */
  #do(of: Subject, id: string): void {
    const { reached } = this.#life;
    this.#journal.recordSynced({ what: "begin", of, id });
    reached("begun");
    this.#deeds.recordSynced({ what: "effect", of, id });
    reached("done");
    this.#journal.recordSynced({ what: "end", of, id });
    reached("ended");
  }

  async doJobs(): Promise<void> {
    const { agentId, folder } = this.#life;
    const earlier = readEarlierLives(folder, agentId, this.#name);
    for (const id of earlier.begun) this.#begun.add(id);
    for (const job of earlier.openJobs) await this.#doJob(job);
    for (let job = earlier.nextJob; !this.#life.isFinishing(); job++) await this.#doJob(job);
    this.#jobsDone = true;
  }

  async #doJob(number: number): Promise<void> {
    const { agentId } = this.#life;
    const id = jobId(agentId, number);
    const channel = `execution:${agentId}/jobs`;
    const alone = number % aloneEvery === 0;
    const data = { checkpointId: id, checkpointData: { number, alone } };
    const deadline = Date.now() + (alone ? aloneMs : deadlineMs);
    const asked = { ...data, channel, executionId: agentId, deadline, default: "deny" };
    const about = { channel, subject: id };
    await this.#asker.settle({ op: "ask", id, type: "checkpoint_required", ...about, data }, async () => {
      const answer = await this.#asker.request("POST", "/v1/checkpoints", asked);
      const outcome = outcomeOf(answer);
      return outcome.did === "ok" ? { ...outcome, duplicate: answer?.status === 200 } : outcome;
    });
    const decision = await this.#decisionOf(id);
    if (decision === "approve" && !this.#begun.has(id)) this.#do("checkpoint", id);
    const applied = { checkpointId: id, decision };
    // The same id in every life: it is applied once.
    const event = { type: "checkpoint_applied", id: `${id}~applied`, channel, data: applied };
    const wanted = { op: "apply", id: event.id, type: event.type, ...about, data: applied } as const;
    await this.#asker.settle(wanted, () => this.#asker.publish(event));
  }

  async #decisionOf(id: string): Promise<string> {
    for (;;) {
      const { body } = await this.#asker.read(`/v1/checkpoints/${id}?wait=${waitS}`);
      const { state, decision, decidedBy } = body;
      if (typeof decision !== "string") continue;
      const told = { state: String(state), decision, decidedBy: String(decidedBy) };
      this.#journal.recordSynced({ what: "told", of: "checkpoint", id, ...told });
      this.#life.reached("told");
      return decision;
    }
  }
}
