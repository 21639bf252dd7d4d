/** How checkpoints are spoken of. */
import type { Checkpoint } from "@signalbox/client/steering";
import { calm } from "../text/visible.ts";

/** Names by which agents say that it is dangerous. */
const grave = /^(high|critical|severe|dangerous|destructive)\b/i;

/** Deciding these takes more than a click. */
export const isGrave = ({ risk }: Pick<Checkpoint, "risk">): boolean => risk !== undefined && grave.test(risk.trim());

/** Nothing in it acts, and nothing is left out: who decides must see what stands there. */
export const titleOf = ({ title, checkpointData, checkpointId }: Checkpoint): string =>
  calm(title || commandIn(checkpointData) || checkpointId);

/** The command that is asked about, where the payload names one. */
function commandIn(data: unknown): string | undefined {
  if (typeof data === "string") return data.split("\n", 1)[0];
  if (typeof data !== "object" || data === null || !("command" in data)) return undefined;
  const { command } = data;
  return typeof command === "string" ? command : Array.isArray(command) ? command.map(String).join(" ") : undefined;
}

export const decisionWord: Readonly<Record<string, string>> = { approve: "Approved", deny: "Denied" };

/** `user:ada` → `ada`; the kind is said where it is no person. */
export const whoIs = (by: string): string =>
  by === "gateway:deadline" ? "the deadline" : calm(by.startsWith("user:") ? by.slice("user:".length) : by);

interface Part {
  /** Of the member that it is; `undefined`: of all others, or of the whole. */
  name: string | undefined;
  text: string;
}

/** A payload in parts that can be read: its texts of several lines as they are, the rest as JSON. */
export function partsOf(data: unknown): readonly Part[] {
  if (typeof data === "string") return [{ name: undefined, text: data }];
  if (typeof data !== "object" || data === null || Array.isArray(data)) return [{ name: undefined, text: json(data) }];
  const isText = ([name, value]: [string, unknown]): boolean =>
    typeof value === "string" && (value.includes("\n") || name === "command");
  const members = Object.entries(data);
  const rest = members.filter((member) => !isText(member));
  return [
    ...members.filter(isText).map(([name, value]) => ({ name, text: String(value) })),
    ...(rest.length === 0 ? [] : [{ name: undefined, text: json(Object.fromEntries(rest)) }]),
  ];
}

const json = (value: unknown): string => JSON.stringify(value, undefined, 2) ?? "nothing";
