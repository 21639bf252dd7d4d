/** What `signalbox run` says on stderr: little, and never in the way of the command's own output. */
import type { RunResult, RunStatus } from "@signalbox/agent";
import type { ErrorData } from "@signalbox/protocol";
import type { Out } from "../io.ts";
import { counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

export interface NoticeOptions {
  quiet?: true;
  json?: true;
}

/** A short wait at the end is not worth a line. */
const patienceMs = 1_000;

export class RunNotices {
  readonly #err: Out;
  readonly #url: string;
  readonly #options: NoticeOptions;
  #begun = false;
  /** What was said last about the gateway, so that it is said once. */
  #said: "live" | "waiting" | "refused" | "fenced" = "live";
  #saidHeld = false;
  #waiting = 0;
  #ticker: NodeJS.Timeout | undefined;
  #drawn = false;

  constructor(err: Out, url: string, options: NoticeOptions) {
    this.#err = err;
    this.#url = url;
    this.#options = options;
  }

  status(status: RunStatus): void {
    if (!this.#begun) this.#begin(status.processId);
    this.#waiting = status.waiting;
    if (status.phase === "sending") this.#ticker ??= setInterval(() => this.#drawWaiting(), patienceMs);
    this.#sayGateway(status);
    if (status.held !== this.#saidHeld) this.#sayHeld(status);
  }

  refused(number: number, error: ErrorData): void {
    const where = error.details?.path === undefined ? "" : ` at ${sanitised(String(error.details.path))}`;
    this.#warn(`the gateway refused event ${number}${where}: ${sanitised(error.message)}`, { refused: number, error });
  }

  earlierFailed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#warn(`what earlier runs left could not be sent: ${why}`, { earlier: why });
  }

  /** Takes back what was drawn. */
  end(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    if (this.#drawn && this.#err.isTerminal) this.#err.write("\r\u001b[K");
  }

  result(command: string, result: RunResult): void {
    const { startError, left, ...rest } = result;
    if (this.#options.json) this.#json({ ...rest, left, ...(startError === undefined ? {} : { startError }) });
    if (startError !== undefined) {
      const why = startError.code === "ENOENT" ? "there is no such command" : startError.message;
      this.#text(this.#err.paint.red(`signalbox: cannot run ${sanitised(command)}: ${why}`));
    }
    if (left > 0) {
      this.#text(
        `signalbox: ${counted(left, "event")} ${left === 1 ? "stays" : "stay"} in the spool; ` +
          "`signalbox spool flush` sends them, and so does the next run",
      );
    }
  }

  #begin(processId: string): void {
    this.#begun = true;
    const page = `${this.#url}/processes/${encodeURIComponent(processId)}`;
    if (this.#options.json) this.#json({ processId, channel: `process:${processId}`, url: page });
    else if (!this.#options.quiet) this.#text(this.#err.paint.dim(`signalbox: watch it at ${page}`));
  }

  #sayGateway({ sender, waiting }: RunStatus): void {
    if (sender.at === this.#said) return;
    this.#said = sender.at;
    if (sender.at === "live") {
      this.#note(`the gateway is back; ${counted(waiting, "event")} to send`, { gateway: "live", waiting });
    } else if (sender.at === "waiting") {
      const why = sanitised(sender.reason);
      this.#note(`no answer from ${this.#url} (${why}); lines are kept and sent when it is back`, {
        gateway: "waiting",
        reason: why,
      });
    } else {
      const { message, help } = sender.error;
      const what = sender.at === "fenced" ? "another producer took over" : "the gateway refuses what is sent";
      this.#warn(`${what}: ${sanitised(message)}. ${sanitised(help)}`, { gateway: sender.at, error: sender.error });
    }
  }

  #sayHeld({ held, diskFault }: RunStatus): void {
    this.#saidHeld = held;
    const why = diskFault === undefined ? "the spool is full" : `the spool cannot be written (${diskFault})`;
    if (held) this.#warn(`${why}: the command waits until there is room`, { held: true, reason: why });
    else this.#note("there is room again: the command goes on", { held: false });
  }

  #drawWaiting(): void {
    if (this.#waiting === 0 || this.#options.json) return;
    const text = `${counted(this.#waiting, "event")} waiting for the gateway at ${this.#url}; Ctrl-C leaves them in the spool`;
    if (this.#err.isTerminal) this.#err.write(`\r\u001b[K${this.#err.paint.dim(text)}`);
    else if (!this.#drawn) this.#err.line(`signalbox: ${text}`);
    this.#drawn = true;
  }

  #note(text: string, json: object): void {
    if (this.#options.json) this.#json(json);
    else if (!this.#options.quiet) this.#text(this.#err.paint.dim(`signalbox: ${text}`));
  }

  #warn(text: string, json: object): void {
    if (this.#options.json) this.#json(json);
    else this.#text(this.#err.paint.yellow(`signalbox: ${text}`));
  }

  #text(line: string): void {
    if (this.#options.json) return;
    const clear = this.#drawn && this.#err.isTerminal ? "\r\u001b[K" : "";
    this.#err.line(clear + line);
  }

  #json(value: object): void {
    this.#err.line(JSON.stringify(value));
  }
}
