/** A whole run: agents, givers, publishers and deciders against one gateway, and the history that they write. */
import { setTimeout as pause } from "node:timers/promises";
import { type FinalHistory, type HistoryRecord, Recorder, readHistory } from "@signalbox/testkit/history";
import { tokenOf } from "../issuer.ts";
import type { Around, BeginAgent, RunningAgent } from "./agents.ts";
import { Asker } from "./asker.ts";
import { chance } from "./chance.ts";
import { byCommandLine, byHttp, byWebSocket, decide, type Person } from "./deciders.ts";
import { readFinalHistory } from "./final-history.ts";
import { giveCommands, publishNotes } from "./givers.ts";

/** A gateway that accepts the issuer of `issuer.ts`, and that a run kills and starts again. */
export interface KillableGateway {
  readonly url: string;
  kill9(): Promise<void>;
  restart(): Promise<void>;
}

export interface RunOptions {
  gateway: KillableGateway;
  /** Of the journals: empty. */
  folder: string;
  seed: number;
  agents: number;
  givers: number;
  beginAgent(around: Around): BeginAgent;
  /** Decides with `signalbox approve` as well. */
  commandLine?: true;
  /** How everybody reaches the gateway. */
  fetch?: typeof fetch;
}

export interface Finished {
  /** Did everybody come to an end? */
  isFinished: boolean;
  records: HistoryRecord[];
  final: FinalHistory;
}

interface Agent {
  running: RunningAgent;
  lives: number;
  /** Settles when nobody kills it any more. */
  killed: Promise<void>;
}

export class Run {
  readonly #options: RunOptions;
  readonly #agents = new Map<string, Agent>();
  readonly #beginAgent: BeginAgent;
  readonly #nemesis: Recorder;
  readonly #people: Recorder;
  readonly #over = new AbortController();
  readonly #waiting = new Set<{ isDue(point: string | undefined): boolean; act(): void }>();
  readonly #givers: Promise<unknown>;
  readonly #deciders: Promise<unknown>;
  #answers = 0;
  #giving = true;
  #deciding = true;

  constructor(options: RunOptions) {
    const { agents, folder, givers, seed, gateway, fetch } = options;
    this.#options = options;
    this.#nemesis = new Recorder({ folder, process: "nemesis", seed });
    this.#people = new Recorder({ folder, process: "people", seed });
    const url = (): string => gateway.url;
    const settled = (): void => this.#settled();
    const agentToken = (agentId: string): string => tokenOf(agentId, { role: "agent", kind: "agent", agentId });
    const around = { folder, seed, url, settled, tokenOf: agentToken };
    this.#beginAgent = options.beginAgent(fetch === undefined ? around : { ...around, fetch });
    for (let n = 1; n <= agents; n++) {
      const agentId = `a${n}`;
      const running = this.#beginAgent({ agentId, number: 1 });
      this.#agents.set(agentId, { running, lives: 1, killed: Promise.resolve() });
    }
    const givings = Array.from({ length: givers }, (_, index) => {
      const name = `giver${index + 1}`;
      const isStopped = (): boolean => !this.#giving;
      return giveCommands(this.#asker(name, "operator"), this.agentIds, chance(seed, name), isStopped);
    });
    const noting = publishNotes(this.#asker("notes", "operator"), chance(seed, "notes"), () => !this.#giving);
    this.#givers = this.#watched(Promise.all([...givings, noting]));
    const watcher = this.#asker("watcher", "approver");
    this.#deciders = this.#watched(decide(watcher, this.#persons(), chance(seed, "decide"), () => !this.#deciding));
  }

  get agentIds(): string[] {
    return [...this.#agents.keys()];
  }

  /** Resolves once so many more things got their answers: something went on. */
  goesOn(answers: number): Promise<void> {
    const enough = this.#answers + answers;
    return this.#when(
      () => this.#answers >= enough,
      () => {},
    );
  }

  /** Acts the next time that somebody other than an agent is at this point of the work. */
  at<Result>(point: string, act: () => Result): Promise<Awaited<Result>> {
    return this.#when((reached) => reached === point, act);
  }

  /** Kills a process of an agent, at a point of its work or at once, and begins the next one. Kills of one agent take turns. */
  killAgent(agentId: string, point?: string): Promise<void> {
    const agent = this.#agents.get(agentId);
    if (agent === undefined) throw new Error(`no agent ${agentId}`);
    const kill = async (): Promise<void> => {
      await agent.running.kill(point);
      this.#nemesis.record({ what: "kill", of: "agent", at: point ?? "any point" });
      agent.running = this.#beginAgent({ agentId, number: ++agent.lives });
    };
    agent.killed = this.#watched(agent.killed.then(kill));
    return agent.killed;
  }

  killed(point: string): void {
    this.#nemesis.record({ what: "kill", of: "gateway", at: point });
  }

  /**
   * Lets everything come to its end, and reads it. The gateway is killed once more: what it has then is what it kept. What has
   * not come to its end within the time is ended.
   */
  async finish(withinMs: number): Promise<Finished> {
    this.#nemesis.record({ what: "healed" });
    const isFinished = await Promise.race([this.#allEnds().then(() => true), pause(withinMs, false, { ref: false })]);
    if (!isFinished) await this.abort();
    const { folder, gateway } = this.#options;
    await gateway.kill9();
    await gateway.restart();
    const reader = this.#asker("reader", "admin", new AbortController().signal);
    await nothingOpen(reader);
    return { isFinished, final: await readFinalHistory(reader), records: readHistory(folder) };
  }

  async #allEnds(): Promise<void> {
    this.#giving = false;
    await this.#givers;
    await this.#watched(Promise.all([...this.#agents.values()].map(({ running }) => running.finish())));
    this.#deciding = false;
    await this.#deciders;
  }

  /** Ends everything where it is, after a failure too. */
  async abort(): Promise<void> {
    this.#over.abort();
    await Promise.allSettled([this.#givers, this.#deciders]);
    await Promise.allSettled([...this.#agents.values()].map(({ running }) => running.kill()));
  }

  #asker(name: string, role: string, signal = this.#over.signal): Asker {
    const { gateway, fetch } = this.#options;
    return new Asker({
      ...{ name, by: `user:${name}`, token: tokenOf(name, { role }), recorder: this.#people },
      ...{ url: () => gateway.url, signal },
      reached: (point) => this.#reached(point),
      settled: () => this.#settled(),
      ...(fetch === undefined ? {} : { fetch }),
    });
  }

  #persons(): Person[] {
    const person = (name: string, decide: Person["decide"], every = 3): Person => ({
      ...{ asker: this.#asker(name, "approver"), decide, every },
      repeats: true,
    });
    const people = [
      person("ada", byHttp),
      person("bob", byHttp),
      person("eve", byWebSocket),
      person("kim", byWebSocket),
    ];
    if (!this.#options.commandLine) return people;
    return [...people, { ...person("cli", byCommandLine(this.#options.folder), 1), repeats: false }];
  }

  #settled(): void {
    this.#answers++;
    this.#reached(undefined);
  }

  #reached(point: string | undefined): void {
    for (const one of [...this.#waiting]) if (one.isDue(point)) one.act();
  }

  #when<Result>(isDue: (point: string | undefined) => boolean, act: () => Result): Promise<Awaited<Result>> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#over;
      const stop = (): void => reject(signal.reason);
      const one = {
        isDue,
        act: () => {
          this.#waiting.delete(one);
          signal.removeEventListener("abort", stop);
          Promise.resolve(act()).then(resolve, reject);
        },
      };
      this.#waiting.add(one);
      signal.addEventListener("abort", stop);
    });
  }

  /** Where one part fails, the others need not wait for it. */
  #watched<Result>(part: Promise<Result>): Promise<Result> {
    part.catch((error: unknown) => this.#over.abort(error));
    return part;
  }
}

/** The gateway ends what is due at most 2 s after its time (spec §11.3). */
const patienceMs = 3_000;

/** Once every command and checkpoint has ended; gives up where one is open after its time. */
async function nothingOpen(reader: Asker): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const commands = await reader.read("/v1/commands?state=open");
    const checkpoints = await reader.read("/v1/checkpoints?state=open");
    const open = [commands.body.commands, checkpoints.body.checkpoints].flat();
    // What is still open then is for the checker to judge.
    if (open.length === 0 || Date.now() > end) return;
    await reader.pause(100);
  }
}
