/** What is known of a command, or of several under one id. */
import type { Publication } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import {
  type CommandRow,
  type CommandState,
  type CommandView,
  commandAfter,
  hasEnded,
  laterOf,
} from "./command-steps.ts";
import { dataOf } from "./decode.ts";
import { GatewayError, reasonOf } from "./errors.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Problem } from "./types.ts";

/** Of several: one that was given, or why it was not. */
export interface Given {
  commandId: string;
  target: string;
  error?: Problem;
}

export class CommandLife {
  /** Resolves once, when all have ended. */
  readonly end: Promise<void>;
  readonly subscribe: Listeners["add"];
  readonly #rows = new Map<string, CommandRow>();
  readonly #changed: () => void;
  /** Of several, what they have in common. */
  #whole: CommandRow | undefined;
  #view: CommandView | undefined;
  #ended = (): void => {};

  constructor(row: CommandRow, several: boolean, clock: Clock) {
    const { add, changed } = makeListeners(clock);
    this.subscribe = add;
    this.#changed = changed;
    this.end = new Promise((resolve) => {
      this.#ended = resolve;
    });
    if (several) this.#whole = row;
    else this.#rows.set(row.commandId, row);
  }

  snapshot(): CommandView {
    this.#view ??= this.#look();
    return this.#view;
  }

  hasEnded(): boolean {
    return hasEnded(this.snapshot());
  }

  step(event: Publication): void {
    const next = commandAfter(this.#rows.get(dataOf<CommandRow>(event).commandId), event);
    if (next) this.show(next);
  }

  /** A later picture of one. */
  show(next: CommandRow): void {
    const before = this.#rows.get(next.commandId);
    const row = before ? laterOf(before, { ...before, ...next }) : next;
    if (row === before) return;
    this.#rows.set(row.commandId, row);
    this.#renew();
  }

  /** Several were given. */
  begin(given: readonly Given[]): void {
    const { name = "", args } = this.#whole ?? {};
    for (const { commandId, target, error } of given) {
      const row: CommandRow = { commandId, target, name, args, state: "queued" };
      this.#rows.set(commandId, error ? refused(row, error) : row);
    }
    if (given.length) this.#renew();
    else this.refuse(new Error("Nobody of these is at work."));
  }

  /** False: it was taken, so this is about something else. */
  refuse(error: unknown): boolean {
    const { state, commandId } = this.snapshot();
    if (state !== "sending") return false;
    const why = error instanceof GatewayError ? error : { name: "not_found", message: reasonOf(error) };
    const row = this.#rows.get(commandId);
    if (row) this.#rows.set(commandId, refused(row, why));
    else this.#whole &&= refused(this.#whole, why);
    this.#renew();
    return true;
  }

  #renew(): void {
    this.#view = undefined;
    this.#changed();
    if (this.hasEnded()) this.#ended();
  }

  #look(): CommandView {
    const commands = [...this.#rows.values()];
    const counts: Partial<Record<CommandState, number>> = {};
    for (const { state } of commands) counts[state] = (counts[state] ?? 0) + 1;
    const [first] = commands;
    const whole = this.#whole ?? first;
    if (!whole) throw new Error("a command without a row");
    return { ...whole, ...(this.#whole && first ? together(commands, counts) : {}), counts, commands };
  }
}

const refused = (row: CommandRow, { name, message }: { name: string; message: string }): CommandRow => ({
  ...row,
  state: "refused",
  error: message,
  code: name,
});

/** The state of all of them. */
function together(rows: readonly CommandRow[], counts: CommandView["counts"]): Pick<CommandRow, "state" | "error"> {
  const [state = "done", ...others] = new Set(rows.map((row) => row.state));
  if (!others.length) return { state };
  if (rows.every(hasEnded))
    return { state: "failed", error: `${rows.length - (counts.done ?? 0)} of ${rows.length} are not done.` };
  // Whoever has ended had begun.
  return { state: rows.some((row) => row.state === "started" || hasEnded(row)) ? "started" : "delivered" };
}
