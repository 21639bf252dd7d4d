/** What `signalbox runner` says: which processes begin and end, and how it stands with the gateway. */
import type { RunnerConfig, RunnerNotice } from "@signalbox/agent/runner";
import type { Out } from "../io.ts";
import { counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

type Lease = Extract<RunnerNotice, { what: "lease" }>["lease"];
type Ended = Extract<RunnerNotice, { what: "ended" }>["result"];

export class RunnerNotices {
  readonly #out: Out;
  readonly #url: string;
  readonly #config: RunnerConfig;
  readonly #json: boolean;
  #wasReady = false;
  /** What was said last about the lease, so that it is said once. */
  #said: string | undefined;

  constructor(out: Out, url: string, config: RunnerConfig, json: boolean) {
    this.#out = out;
    this.#url = url;
    this.#config = config;
    this.#json = json;
  }

  tell(notice: RunnerNotice): void {
    if (this.#json) this.#out.line(JSON.stringify({ at: Date.now(), ...notice }));
    else if (notice.what === "lease") this.#lease(notice.lease);
    else this.#line(this.#words(notice));
  }

  #words(notice: Exclude<RunnerNotice, { what: "lease" }>): string {
    const { paint } = this.#out;
    switch (notice.what) {
      case "started":
        return `${paint.green("started")} ${channelOf(notice.processId)}, pid ${notice.pid}, for ${sanitised(notice.by)}`;
      case "ended":
        return `${paint.bold("ended")} ${channelOf(notice.processId)}: ${endOf(notice.result)}`;
      case "refused":
        return `${paint.yellow(`refused (${sanitised(notice.code)})`)} ${notice.commandId} of ${sanitised(notice.by)}: ${sanitised(notice.message)}`;
      case "unsaid":
        return paint.red(
          `the gateway does not take what this runner says of itself: ${sanitised(notice.problem.message)}`,
        );
      case "recovered":
        return `sent what an earlier run of ${sanitised(notice.channel)} had left${notice.left > 0 ? `; ${counted(notice.left, "event")} still wait` : ""}`;
      case "stopping":
        return notice.running === 0 ? "stopping" : stoppingOf(notice.running, notice.drain);
      case "fault":
        return paint.yellow(sanitised(notice.message));
    }
  }

  #lease({ state, holder, problem }: Lease): void {
    const { paint } = this.#out;
    const why = problem === undefined ? "" : sanitised(problem.message);
    const words = {
      held: this.#wasReady ? "at work again" : this.#ready(),
      waiting:
        holder === undefined
          ? paint.yellow(`no answer from ${this.#url} (${why}); trying again until there is one`)
          : paint.yellow(`another runner named ${this.#config.name} is at work; waiting until its lease ends`),
      fenced: paint.red(`another runner named ${this.#config.name} took over: this one starts nothing more`),
      refused: paint.red(`the gateway refuses this runner: ${why}`),
      released: undefined,
    }[state];
    // Before the first answer it waits for nothing that is worth a word.
    if (words === undefined || words === this.#said || (state === "waiting" && problem === undefined)) return;
    this.#said = words;
    if (state === "held") this.#wasReady = true;
    this.#line(words);
  }

  #ready(): string {
    const recipes = [...this.#config.recipes.keys()].join(", ");
    return `${this.#out.paint.bold(`runner ${this.#config.name}`)} is ready at ${this.#url}: ${recipes}`;
  }

  #line(text: string): void {
    this.#out.line(`${this.#out.paint.dim(new Date().toTimeString().slice(0, 8))} ${text}`);
  }
}

const channelOf = (processId: string): string => `process:${processId}`;

function endOf({ exitCode, signal, startError, reason, lines, left }: Ended): string {
  const how = startError?.message ?? (signal === null ? `exit code ${exitCode}` : signal);
  const stays = left > 0 ? `; ${counted(left, "event")} in the spool` : "";
  return `${sanitised(how)}${reason === undefined ? "" : `, ${sanitised(reason)}`}, ${counted(lines, "line")}${stays}`;
}

const stoppingOf = (running: number, drain: boolean): string =>
  drain
    ? `stopping when ${counted(running, "process has", "processes have")} ended; Ctrl-C cancels`
    : `stopping: ${counted(running, "process is", "processes are")} cancelled`;
