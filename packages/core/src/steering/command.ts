/** The life of a command (§10): queued → delivered → started → done | failed; before its start also expired | cancelled. */
import { isLargerThan, partBytes } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";
import { type Declaration, misunderstood } from "./declaration.ts";
import { refuseInput } from "./driver.ts";
import {
  isByGateway,
  pick,
  refuse,
  type Step,
  type StepFacts,
  type Stepped,
  type StepRefused,
  textOf,
  unknownId,
  without,
  wrong,
} from "./step.ts";

export type CommandStateName = "queued" | "delivered" | "started" | "done" | "failed" | "expired" | "cancelled";

export interface Command {
  commandId: string;
  /** The channel of whoever is to do it. */
  target: string;
  name: string;
  args?: unknown;
  state: CommandStateName;
  issuedBy: string;
  /** Milliseconds since 1970, as all times here. */
  issuedAt: number;
  expiresAt: number;
  group?: string;
  /** Deliveries so far. */
  attempts: number;
  startedAt?: number;
  startedBy?: string;
  /** Epoch of the lease under which it was. */
  startedEpoch?: number;
  endedAt?: number;
  result?: unknown;
  error?: string;
  code?: string;
  /** 0 to 100. */
  progress?: number;
  message?: string;
  cancelledBy?: string;
  reason?: string;
}

/** Facts that only commands need. */
export interface CommandFacts extends StepFacts {
  commandId: string;
  /** What the target says it understands. */
  declared: Declaration | undefined;
}

/** Ids of commands that budgets give: nobody else can take them first. */
export const ofBudgets = "budget.";

const defaultTtlMs = 600_000;
const longestTtlMs = 7 * 86_400_000;

const ended: ReadonlySet<CommandStateName> = new Set(["done", "failed", "expired", "cancelled"]);
export const commandIsOpen = ({ state }: Command): boolean => !ended.has(state);

/** Time ends what has not begun, also before the gateway has said so. */
const stateAt = ({ state, expiresAt }: Command, nowMs: number): CommandStateName =>
  (state === "queued" || state === "delivered") && nowMs >= expiresAt ? "expired" : state;

/** From which states a step may be taken. */
const from: Readonly<Record<string, readonly CommandStateName[]>> = {
  command_delivered: ["queued", "delivered"],
  command_started: ["queued", "delivered"],
  command_progress: ["started"],
  command_done: ["started"],
  command_failed: ["queued", "delivered", "started"],
  command_cancelled: ["queued", "delivered"],
};

const byTarget = (type: string): boolean => type !== "command_cancelled";

export function stepCommand(before: Command | undefined, step: Step, facts: CommandFacts): Stepped<Command> {
  if (step.type === "command_queued") return queue(before, step, facts);
  if (before === undefined || before.target !== facts.channel) return noSuch;
  if (step.type === "command_expired") return expire(before, step, facts);
  // Before its state is told: who may give other commands there need not know of this one.
  if (!byTarget(step.type) && !facts.rights.mayCommand(before.target, before.name)) return notCancelled(before, facts);
  const { holder, producer } = facts;
  const interrupts = isByGateway(facts);
  if (interrupts && (before.startedEpoch === undefined || before.startedEpoch === facts.holderEpoch)) {
    return refuse("wrong_state", "the command is not cut off from who began it", { commandId: before.commandId });
  }
  if (holder !== undefined && producer !== holder && byTarget(step.type) && !interrupts) {
    return refuse("fenced", `${holder} holds the lease of ${before.target}`, { producer: holder });
  }
  // What it begins would be nobody's if it is gone: no lease ends any more that says so.
  if (facts.hasEnded === true && step.type === "command_started") {
    return refuse("fenced", `the lease of ${before.target} has ended: take it again`, { producer });
  }
  const state = stateAt(before, facts.nowMs);
  if (!from[step.type]?.includes(state)) {
    return refuse("wrong_state", `the command is ${state}`, { state, commandId: before.commandId });
  }
  return change[step.type]?.(before, step.data, facts) ?? refuse("internal", `${step.type} is no step of a command`);
}

function queue(before: Command | undefined, { type, data }: Step, facts: CommandFacts): Stepped<Command> {
  const { commandId, channel, nowMs, by } = facts;
  const name = textOf(data, "name") ?? "";
  if (commandId.startsWith(ofBudgets) && !isByGateway(facts)) {
    return wrong("/data/commandId", `must not begin with ${ofBudgets}`);
  }
  if (textOf(data, "target") !== channel) return wrong("/channel", "must be the command's target");
  if (!facts.rights.mayCommand(channel, name)) return notYours(name, channel);
  if (before !== undefined) {
    const same = before.target === channel && before.name === name && before.issuedBy === by;
    if (same && canonicalJson(before.args ?? null) === canonicalJson(data.args ?? null)) return { did: "repeat" };
    return refuse("already_exists", "another command has this id", { commandId });
  }
  const notDriving = refuseInput(facts.driver, name, by);
  if (notDriving !== undefined) return notDriving;
  if (isLargerThan(data.args, partBytes)) return tooBig("arguments have");
  const fault = facts.declared && misunderstood(facts.declared, name, data.args);
  if (fault !== undefined) return wrong(fault.path, fault.rule);
  const ttlMs = typeof data.ttlMs === "number" ? data.ttlMs : defaultTtlMs;
  if (ttlMs > longestTtlMs) return wrong("/data/ttlMs", `must be ${longestTtlMs} or less`);
  const stamped = { commandId, issuedBy: by, issuedAt: nowMs, expiresAt: Math.round(nowMs + ttlMs) };
  const group = textOf(data, "group");
  return {
    did: "change",
    type,
    data: { ...data, ...stamped },
    next: {
      ...{ ...stamped, target: channel, name, state: "queued", attempts: 0 },
      ...pick(data, ["args"]),
      ...(group === undefined ? {} : { group }),
    },
  };
}

function expire(before: Command, { type }: Step, { nowMs }: CommandFacts): Stepped<Command> {
  const { commandId, target, state, expiresAt } = before;
  if (!from.command_started?.includes(state) || nowMs < expiresAt) {
    return refuse("wrong_state", `the command is ${state}`, { state, commandId });
  }
  return { did: "change", type, data: { commandId, target }, next: { ...before, state: "expired", endedAt: nowMs } };
}

type Change = (before: Command, data: Step["data"], facts: CommandFacts) => Stepped<Command>;

const change: Readonly<Record<string, Change>> = {
  command_delivered: (before, data) => {
    const attempt = before.attempts + 1;
    return changed("command_delivered", { ...data, attempt }, { ...before, state: "delivered", attempts: attempt });
  },
  command_started: (before, data, { nowMs, by, holderEpoch }) =>
    changed("command_started", data, {
      ...{ ...before, state: "started", startedAt: nowMs, startedBy: by },
      ...(holderEpoch === undefined ? {} : { startedEpoch: holderEpoch }),
    }),
  command_progress: (before, data) => {
    const message = textOf(data, "message");
    return changed("command_progress", data, {
      ...before,
      ...(typeof data.progress === "number" ? { progress: data.progress } : {}),
      ...(message === undefined ? {} : { message: message.slice(0, messageLength) }),
    });
  },
  command_done: (before, data, { nowMs }) => {
    if (isLargerThan(data.result, partBytes)) return tooBig("a result has");
    return changed("command_done", data, { ...before, ...pick(data, ["result"]), state: "done", endedAt: nowMs });
  },
  command_failed: (before, data, { nowMs }) => {
    const code = textOf(data, "code");
    return changed("command_failed", data, {
      ...before,
      ...{ state: "failed", endedAt: nowMs, error: (textOf(data, "error") ?? "").slice(0, messageLength) },
      ...(code === undefined ? {} : { code: code.slice(0, codeLength) }),
    });
  },
  command_cancelled: (before, data, { nowMs, by }) => {
    const reason = textOf(data, "reason");
    return changed(
      "command_cancelled",
      { ...data, cancelledBy: by },
      {
        ...{ ...before, state: "cancelled", endedAt: nowMs, cancelledBy: by },
        ...(reason === undefined ? {} : { reason: reason.slice(0, messageLength) }),
      },
    );
  },
};

/** Enough to be understood; the event has all of it. */
const messageLength = 2_000;
const codeLength = 64;

/** Every step names its command and its target, whatever its sender left out. */
const changed = (type: string, data: Step["data"], next: Command): Stepped<Command> => {
  const { commandId, target } = next;
  return { did: "change", type, data: { ...without(data, ["commandId", "target"]), commandId, target }, next };
};

const tooBig = (what: string): StepRefused =>
  refuse("payload_too_big", `${what} at most 64 KiB`, { limitBytes: partBytes });

const noSuch = refuse("not_found", unknownId);

const notCancelled = ({ name, target, issuedBy }: Command, { by, rights }: CommandFacts): StepRefused =>
  issuedBy === by || rights.may("history", target) ? notYours(name, target) : noSuch;

const notYours = (name: string, channel: string): StepRefused =>
  refuse("forbidden", `this token may not give the command ${name.slice(0, 64)} in ${channel}`, {
    channel,
    verb: "command",
    name,
  });
