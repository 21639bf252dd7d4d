/** Prints events as they come: output of processes as text, all others as one line each. */
import type { Gap, Publication } from "@signalbox/protocol";
import type { Out } from "../io.ts";
import { describeEvent, describeGap } from "../text/describe.ts";
import { Sanitiser, sanitised } from "../text/sanitise.ts";

export interface PrinterOptions {
  /** Messages as JSON, one a line. */
  json: boolean;
  /** Say before each line of output which channel it is from. */
  prefix: boolean;
}

interface OutputData {
  output: string;
  stream: string;
  partial: boolean;
}

export class Printer {
  readonly #out: Out;
  readonly #options: PrinterOptions;
  readonly #sanitisers = new Map<string, Sanitiser>();
  /** The stream whose line is not finished on the screen. */
  #open: string | undefined;

  constructor(out: Out, options: PrinterOptions) {
    this.#out = out;
    this.#options = options;
  }

  /** Events that came together are written together. */
  events(events: readonly Publication[]): void {
    this.#out.write(events.map((event) => this.#event(event)).join(""));
  }

  gap(channel: string, gap: Gap): void {
    if (this.#options.json) this.#out.line(JSON.stringify({ type: "gap", channel, data: gap }));
    else this.#out.write(`${this.#newLine()}${this.#out.paint.yellow(`── ${describeGap(channel, gap)} ──`)}\n`);
  }

  /** Ends a line that has not ended. */
  end(): void {
    this.#out.write(this.#newLine());
  }

  #event(event: Publication): string {
    if (this.#options.json) return `${JSON.stringify(event)}\n`;
    const output = event.type === "process_output" ? decodeOutput(event.data) : undefined;
    if (output !== undefined) return this.#output(event.channel, output);
    return `${this.#newLine()}${describeEvent(event, this.#out.paint)}\n`;
  }

  #output(channel: string, { output, stream, partial }: OutputData): string {
    const source = `${channel} ${stream}`;
    const sanitiser = this.#sanitiserOf(source);
    const redraws = output.startsWith("\r");
    const text = sanitiser.piece(output);
    let start: string;
    if (this.#open !== source) start = this.#newLine() + this.#prefix(channel, stream);
    else if (!redraws) start = "";
    else if (this.#out.isTerminal) start = `\r\u001b[K${this.#prefix(channel, stream)}`;
    else start = `\n${this.#prefix(channel, stream)}`;
    this.#open = partial ? source : undefined;
    if (!partial) sanitiser.endLine();
    return partial ? start + text : `${start}${text}\n`;
  }

  #sanitiserOf(source: string): Sanitiser {
    const known = this.#sanitisers.get(source);
    if (known !== undefined) return known;
    const made = new Sanitiser({ colours: this.#out.paint.isColorSupported });
    this.#sanitisers.set(source, made);
    return made;
  }

  #prefix(channel: string, stream: string): string {
    if (!this.#options.prefix) return "";
    const { paint } = this.#out;
    return `${stream === "stderr" ? paint.red(channel) : paint.cyan(channel)} ${paint.dim("|")} `;
  }

  #newLine(): string {
    const before = this.#open === undefined ? "" : "\n";
    this.#open = undefined;
    return before;
  }
}

function decodeOutput(data: unknown): OutputData | undefined {
  if (typeof data !== "object" || data === null || !("output" in data) || typeof data.output !== "string") return;
  return {
    output: data.output,
    stream: "stream" in data && typeof data.stream === "string" ? sanitised(data.stream) : "stdout",
    partial: "partial" in data && data.partial === true,
  };
}
