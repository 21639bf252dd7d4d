/** What lanes, bars and marks are called. */
import { spoken } from "../fleet/condition.ts";
import type { Bar, Mark } from "./bars.ts";

const kindWords: Readonly<Record<Bar["kind"], string>> = {
  state: "State",
  tool: "Tool",
  step: "Step",
  task: "Task",
  process: "Process",
  command: "Command",
  approval: "Approval",
  phase: "Phase",
  tests: "Tests",
  error: "Error",
};

/** `Step checkout: done`. */
export const itemWords = ({ kind, label, state }: Bar | Mark): string =>
  `${kindWords[kind]}${label === "" ? "" : ` ${label}`}: ${spoken(state).toLowerCase()}`;

export function laneTitle(channel: string): { kind: string; id: string } {
  const colon = channel.indexOf(":");
  return colon < 0 ? { kind: "", id: channel } : { kind: channel.slice(0, colon), id: channel.slice(colon + 1) };
}
