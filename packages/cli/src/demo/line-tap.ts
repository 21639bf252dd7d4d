/** Listens to a command's output, line by line. */
import { StringDecoder } from "node:string_decoder";
import type { Sink } from "@signalbox/agent";

export class LineTap implements Sink {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Uint8Array): boolean {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
    return true;
  }

  /** It is never full and never fails. */
  once(): void {}
  on(): void {}
}
