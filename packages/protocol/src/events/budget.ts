import Type from "typebox";
import { defineEvent } from "./define.ts";
import { amount, id, list, moment, orNull, text, whole } from "./fields.ts";

const channel = ["{scope}"] as const;

const scope = () => id("What it is a budget of: agent:ID, session:ID, or global for the whole fleet.");

/** So that a share of a limit is always below what a count can hold. */
const limit = (most: number, description: string) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: most, description }));

const limits = () =>
  Type.Object(
    {
      costUsd: limit(1_000_000, "Cost in US dollars."),
      tokens: limit(1_000_000_000_000_000, "Tokens, read and written."),
      seconds: limit(1_000_000_000, "Working time in seconds."),
    },
    { description: "What may be used; each that is named counts for itself." },
  );

const share = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 9, description });
const shareOrNever = (description: string) => Type.Optional(orNull(share("A share of a limit."), "share", description));

const used = () =>
  Type.Object(
    {
      costUsd: amount("Cost in US dollars."),
      tokens: amount("Tokens, read and written."),
      seconds: amount("Working time in seconds."),
    },
    { description: "What was used since the count began; stamped." },
  );

const passed = {
  scope: scope(),
  used: used(),
  limits: limits(),
  share: share("The share of a limit that was reached."),
  round: whole("Which setting of the budget it is about.", 1),
};

const steered = {
  ...passed,
  at: Type.Optional(moment("When the gateway began to give the commands, in milliseconds.")),
  group: Type.Optional(text("The group of the commands that were given.")),
  given: Type.Optional(whole("Agents that were given one.")),
  commands: list(text("An id."), "The commands, at most 256 of them; all are found by the group."),
  refused: Type.Optional(list(text("A channel."), "Agents that do not understand the command; at most 256.")),
};

const example = {
  scope: "session:s1",
  used: { costUsd: 4.02, tokens: 812_000, seconds: 1_904 },
  limits: { costUsd: 5 },
  share: 0.8,
  round: 1,
};

const group = "budget.0f3a9c57e1b24d68a7c95e0b13d2f486";
const commands = [`${group}.5b0a1c2d3e4f5061`];

export const budgetEvents = [
  defineEvent({
    type: "budget_set",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody said what an agent, a session or the fleet may use from now on.",
    channel,
    data: Type.Object({
      scope: scope(),
      limits: limits(),
      warnAt: shareOrNever("A share of a limit at which people are warned; 0.8 if absent, null for never."),
      pauseAt: shareOrNever("At which agents are told to pause; 1 if absent, null for never."),
      cancelAt: shareOrNever("At which agents are told to cancel; 1.2 if absent, null for never."),
      reset: Type.Optional(Type.Boolean({ description: "Begin a new count." })),
      setBy: Type.Optional(text("Who set it; stamped.")),
      round: Type.Optional(whole("Which setting of the budget it is, from 1; stamped.", 1)),
      used: Type.Optional(used()),
    }),
    example: { scope: "session:s1", limits: { costUsd: 5 }, warnAt: 0.8, pauseAt: 1, cancelAt: 1.2, setBy: "user:ada" },
  }),
  defineEvent({
    type: "budget_warned",
    version: "1.0",
    delivery: "lossless",
    summary: "A budget is nearly used up. Published by the gateway.",
    channel,
    data: Type.Object(passed),
    example,
  }),
  defineEvent({
    type: "budget_paused",
    version: "1.0",
    delivery: "lossless",
    summary: "A budget is used up, and its agents were told to pause. Published by the gateway.",
    channel,
    data: Type.Object(steered),
    example: { ...example, share: 1, group, given: 1, commands },
  }),
  defineEvent({
    type: "budget_cancelled",
    version: "1.0",
    delivery: "lossless",
    summary: "A budget is exceeded, and its agents were told to cancel. Published by the gateway.",
    channel,
    data: Type.Object(steered),
    example: { ...example, share: 1.2, group, given: 1, commands },
  }),
] as const;
