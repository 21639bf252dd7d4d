/** What the lives of commands and checkpoints have in common: a step comes, the state allows it or not. */
import type { ErrorName } from "@signalbox/protocol";
import type { Fence } from "../ports.ts";
import type { Rights } from "../rights/rights.ts";

/** An event that wants to be a step: its type, and its data as checked by the catalogue. */
export interface Step {
  type: string;
  data: Readonly<Record<string, unknown>>;
}

/** Everything a step is decided by, beside the state. */
export interface StepFacts {
  /** Of the event. */
  eventId: string;
  channel: string;
  /** Milliseconds since 1970. */
  nowMs: number;
  /** `KIND:ID` of who sends it. */
  by: string;
  roles: readonly string[];
  /** The producer that the event names, and the one that holds the lease of its channel. */
  producer?: string | undefined;
  holder?: string | undefined;
  /** The epoch of that lease. */
  holderEpoch?: number | undefined;
  /** Nobody holds it, and the event's producer was the last who did. */
  hasEnded?: boolean;
  /** Who drives the channel. */
  driver?: string | null | undefined;
  rights: Pick<Rights, "may" | "mayCommand">;
  /** Hex SHA-256 of a text's UTF-8. */
  sha256(text: string): string;
}

export interface Changed<State> {
  did: "change";
  /** The event as it is kept: stamped, and perhaps of another type. */
  type: string;
  data: Record<string, unknown>;
  next: State;
  fence?: Fence;
  /** The counts of its register begin anew with these. */
  counts?: readonly number[];
}

/** The same was kept before: the event that did it is the state's first, or its newest step. */
interface Repeated {
  did: "repeat";
  newest?: true;
}

export interface StepRefused {
  did: "refuse";
  failed: ErrorName;
  message: string;
  details?: Record<string, unknown>;
}

export type Stepped<State> = Changed<State> | Repeated | StepRefused;

/** Nobody else is called so. */
export const isByGateway = ({ by }: Pick<StepFacts, "by">): boolean => by.startsWith("gateway:");

export const refuse = (failed: ErrorName, message: string, details?: Record<string, unknown>): StepRefused =>
  details === undefined ? { did: "refuse", failed, message } : { did: "refuse", failed, message, details };

/** What is said of what never was, and of what somebody may not know of. */
export const unknownId = "there is nothing with this id";

/** `path`: JSON pointer into the message. */
export const wrong = (path: string, rule: string): StepRefused =>
  refuse("invalid_message", `${path} ${rule}`, { path, rule });

/** The members of data with this name, if it is a text. */
export const textOf = (data: Step["data"], name: string): string | undefined => {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  return typeof value === "string" ? value : undefined;
};

/** The named members that are there. */
export function pick<Key extends string>(data: Step["data"], keys: readonly Key[]): Partial<Record<Key, unknown>> {
  const picked: Partial<Record<Key, unknown>> = {};
  for (const key of keys) if (Object.hasOwn(data, key) && data[key] !== undefined) picked[key] = data[key];
  return picked;
}

/** Data without members that only the gateway may write. */
export function without(data: Step["data"], keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
}
