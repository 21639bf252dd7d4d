/** The kinds of things that have a life, and what steering needs to know of each. */
import { type Budget, budgetIsOpen, stepBudget } from "./budget.ts";
import { type Checkpoint, checkpointIsOpen, stepCheckpoint } from "./checkpoint.ts";
import { type Command, commandIsOpen, stepCommand } from "./command.ts";
import { type Declaration, stepDeclaration } from "./declaration.ts";
import { type Driver, isDriven, stepDriver } from "./driver.ts";
import { type Lease, leaseIsHeld, stepLease } from "./lease.ts";
import type { Step, StepFacts, Stepped } from "./step.ts";
import { budgetKey } from "./usage.ts";

export type KindName = "command" | "checkpoint" | "commands" | "lease" | "driver" | "budget";

/** What the states are, by kind. */
export interface States {
  command: Command;
  checkpoint: Checkpoint;
  commands: Declaration;
  lease: Lease;
  driver: Driver;
  budget: Budget;
}

export interface KindFacts extends StepFacts {
  /** Of the thing: unique in its kind. */
  id: string;
  declared: Declaration | undefined;
  /** What was added up beside the state. */
  counts: readonly number[];
}

export interface Kind<State> {
  step(before: State | undefined, step: Step, facts: KindFacts): Stepped<State>;
  /** Is something still to come of it? Then it is never forgotten. */
  isOpen(state: State): boolean;
  /** When it ends by itself, milliseconds since 1970. */
  dueMs(state: State): number | undefined;
  /** The event that ends it then. */
  expiry: string;
  /** The member of data that has its id. */
  idMember: string;
  channelOf(state: State): string | undefined;
}

export const kinds: { readonly [Name in KindName]: Kind<States[Name]> } = {
  command: {
    step: (before, step, facts) => stepCommand(before, step, { ...facts, commandId: facts.id }),
    isOpen: commandIsOpen,
    dueMs: ({ state, expiresAt }) => (state === "queued" || state === "delivered" ? expiresAt : undefined),
    expiry: "command_expired",
    idMember: "commandId",
    channelOf: ({ target }) => target,
  },
  checkpoint: {
    step: (before, step, facts) => stepCheckpoint(before, step, { ...facts, checkpointId: facts.id }),
    isOpen: checkpointIsOpen,
    dueMs: ({ state, deadline }) => (state === "open" ? deadline : undefined),
    expiry: "checkpoint_expired",
    idMember: "checkpointId",
    channelOf: ({ channel }) => channel,
  },
  commands: {
    step: stepDeclaration,
    isOpen: () => true,
    dueMs: () => undefined,
    expiry: "",
    idMember: "agentId",
    channelOf: () => undefined,
  },
  lease: {
    step: stepLease,
    isOpen: leaseIsHeld,
    // Its time is a steady clock's, and every renewal moves it.
    dueMs: () => undefined,
    expiry: "",
    idMember: "channel",
    channelOf: ({ channel }) => channel,
  },
  driver: {
    step: stepDriver,
    isOpen: isDriven,
    // Who is gone leaves by a steady clock, and every sign of life moves that.
    dueMs: () => undefined,
    expiry: "",
    idMember: "channel",
    channelOf: ({ channel }) => channel,
  },
  budget: {
    step: stepBudget,
    isOpen: budgetIsOpen,
    dueMs: () => undefined,
    expiry: "",
    idMember: "scope",
    channelOf: ({ scope }) => scope,
  },
};

const stepTypes: ReadonlyMap<string, KindName> = new Map([
  ...["queued", "delivered", "started", "progress", "done", "failed", "cancelled", "expired"].map(
    (step) => [`command_${step}`, "command"] as const,
  ),
  ...["required", "decided", "approved", "applied", "withdrawn", "expired"].map(
    (step) => [`checkpoint_${step}`, "checkpoint"] as const,
  ),
  ...["held", "released", "lost"].map((step) => [`lease_${step}`, "lease"] as const),
  ...["set", "warned", "paused", "cancelled"].map((step) => [`budget_${step}`, "budget"] as const),
  ["agent_commands", "commands"],
  ["driver_changed", "driver"],
]);

export const kindOf = (type: string): KindName | undefined => stepTypes.get(type);

/** Steps that begin something. */
export const isFirst = (type: string): boolean => first.has(type);

const first: ReadonlySet<string> = new Set(["command_queued", "checkpoint_required", "agent_commands", "budget_set"]);

const properId = /^[A-Za-z0-9._~-]{1,64}$/;

/** An id out of what somebody called an event: itself where it can be one. */
const idFrom = (eventId: string, sha256: (text: string) => string): string =>
  properId.test(eventId) ? eventId : sha256(eventId).slice(0, 32);

/** The key of what a step is about; `undefined` if it does not say. */
export function keyOf(
  type: string,
  data: unknown,
  eventId: string,
  sha256: (text: string) => string,
): string | undefined {
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  const { idMember } = kinds[kind];
  const named: unknown =
    typeof data === "object" && data !== null && Object.hasOwn(data, idMember)
      ? Reflect.get(data, idMember)
      : undefined;
  if (kind === "commands")
    return typeof named === "string" ? declarationKey(`agent:${named.slice(0, 200)}`) : undefined;
  if (kind === "lease") return typeof named === "string" ? leaseKey(named.slice(0, 256)) : undefined;
  if (kind === "driver") return typeof named === "string" ? driverKey(named.slice(0, 256)) : undefined;
  if (kind === "budget") return typeof named === "string" ? budgetKey(named.slice(0, 256)) : undefined;
  if (named === undefined && isFirst(type)) return `${kind}/${idFrom(eventId, sha256)}`;
  return typeof named === "string" && properId.test(named) ? `${kind}/${named}` : undefined;
}

/** Of what the agent of a channel says it understands. */
export const declarationKey = (channel: string): string => `commands/${channel}`;

/** Of who is at work on a channel. */
export const leaseKey = (channel: string): string => `lease/${channel}`;

/** Of a command. */
export const commandKey = (commandId: string): string => `command/${commandId}`;

/** Of who drives a channel. */
export const driverKey = (channel: string): string => `driver/${channel}`;

export const idOfKey = (key: string): string => key.slice(key.indexOf("/") + 1);
