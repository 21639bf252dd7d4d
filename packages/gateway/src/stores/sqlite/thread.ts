/** The store's side of a thread: questions with promises; when the thread ends, every open question fails. */
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { StoreFailed } from "@signalbox/core";
import type { Answer, Asks, Question } from "./messages.ts";

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** An answer as it comes through the port: whoever asked knows the shape of the value. */
type Incoming = Exclude<Answer, { value: unknown }> | { id: number; value: never };

export interface ThreadOptions {
  /** File name without extension, beside this module. */
  file: "writer" | "searcher";
  data: object;
  nowMs: () => number;
  warn: (message: string) => void;
}

export class Thread<All extends Asks<All>> {
  readonly #worker: Worker;
  readonly #nowMs: () => number;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #ended: string | undefined;
  /** Why writing ended; set with the first answer that says so. */
  #writesEnded: StoreFailed | undefined;

  constructor({ file, data, nowMs, warn }: ThreadOptions) {
    this.#nowMs = nowMs;
    // Run from sources in development, from dist when built.
    const source = import.meta.url.endsWith(".ts");
    // A thread has a compile cache only if it is told so: without, it compiles its modules at each start.
    const cache = getCompileCacheDir();
    this.#worker = new Worker(new URL(`./${file}.${source ? "ts" : "js"}`, import.meta.url), {
      workerData: data,
      name: `signalbox ${file}`,
      ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: dirname(cache) } }),
      execArgv: ["--disable-warning=ExperimentalWarning", ...(source ? ["--conditions=source"] : [])],
    });
    this.#worker.on("message", (answer: Incoming) => {
      if ("warn" in answer) warn(answer.warn);
      else this.#settle(answer);
    });
    this.#worker.on("error", (error) => this.#end(`the ${file} thread broke down: ${error.message}`));
    this.#worker.on("exit", (code) => this.#end(`the ${file} thread ended with code ${code}`));
  }

  /** Set once the thread can take no more questions. */
  get ended(): string | undefined {
    return this.#ended;
  }

  get writesEnded(): StoreFailed | undefined {
    return this.#writesEnded;
  }

  ask<Name extends keyof All>(what: Name, ask: All[Name]["ask"]): Promise<All[Name]["answer"]> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(new StoreFailed(this.#ended));
        return;
      }
      const id = ++this.#asked;
      this.#waiting.set(id, { resolve, reject });
      const question: Question<All, Name> = { id, what, ask, nowMs: this.#nowMs() };
      this.#worker.postMessage(question);
    });
  }

  async stop(): Promise<void> {
    this.#end("the store is closed");
    await this.#worker.terminate();
  }

  #settle(answer: Exclude<Incoming, { warn: string }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("value" in answer) {
      waiting?.resolve(answer.value);
      return;
    }
    const failed = answer.ended ? new StoreFailed(answer.error) : undefined;
    this.#writesEnded ??= failed;
    waiting?.reject(failed ?? new Error(answer.error));
  }

  #end(why: string): void {
    this.#ended ??= why;
    for (const { reject } of this.#waiting.values()) reject(new StoreFailed(this.#ended));
    this.#waiting.clear();
  }
}
