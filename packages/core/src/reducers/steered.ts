/** What steering shows of a channel: what is to come, who drives, what may be used. */
import { foldCheckpoints, foldCommands, type OpenCheckpoint, type OpenCommand } from "./open-steps.ts";
import { Fields, type FoldedEvent } from "./reducer.ts";
import { type Budget, foldBudget } from "./usage.ts";

/** Who drives (§13.3). */
export interface Driver {
  /** `KIND:ID`. */
  driver: string;
  how: string | undefined;
  /** Milliseconds since 1970. */
  since: number;
}

export interface Steered {
  /** What it was told and has not ended, and what it asks people. */
  commands: readonly OpenCommand[];
  checkpoints: readonly OpenCheckpoint[];
  driver: Driver | undefined;
  budget: Budget | undefined;
}

export const notSteered: Steered = { commands: [], checkpoints: [], driver: undefined, budget: undefined };

/** What changed; `undefined` if nothing did. */
export function foldSteered(state: Steered, event: FoldedEvent): Steered | undefined {
  const commands = foldCommands(state.commands, event);
  const checkpoints = foldCheckpoints(state.checkpoints, event);
  const driver = foldDriver(state.driver, event);
  const budget = foldBudget(state.budget, event);
  const same =
    commands === state.commands &&
    checkpoints === state.checkpoints &&
    driver === state.driver &&
    budget === state.budget;
  return same ? undefined : { commands, checkpoints, driver, budget };
}

function foldDriver(before: Driver | undefined, { type, data, timestamp }: FoldedEvent): Driver | undefined {
  if (type !== "driver_changed") return before;
  const fields = new Fields(data);
  const driver = fields.text("driver");
  return driver === undefined ? undefined : { driver, how: fields.word("how"), since: timestamp };
}
