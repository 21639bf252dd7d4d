import Type from "typebox";
import { defineEvent } from "./define.ts";
import {
  amount,
  anything,
  durationMs,
  error,
  id,
  message,
  moment,
  progress,
  steeringId,
  text,
  whole,
} from "./fields.ts";

/** Every change of a command is a publication on its target's channel. */
const channel = ["{target}"] as const;

const target = id("The channel of whoever is to do it, such as agent:coder-001.");

const about = {
  commandId: steeringId("The command it is about."),
  target: Type.Optional(target),
};
const tags = ["commandId"] as const;

export const commandEvents = [
  defineEvent({
    type: "command_queued",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody gave a command; it is kept until its target takes it.",
    channel,
    tags: ["commandId", "name", "issuedBy"],
    data: Type.Object({
      commandId: Type.Optional(steeringId("Its id; made from the event's id if absent.")),
      target,
      name: Type.String({ minLength: 1, maxLength: 64, description: "What is to be done, such as pause." }),
      args: Type.Optional(anything("How, in the form that the target declared; at most 64 KiB.")),
      ttlMs: Type.Optional(amount("How long it may wait, in milliseconds; 10 minutes if absent, at most 7 days.")),
      group: Type.Optional(text("Commands that were given together.")),
      issuedBy: Type.Optional(text("Who gave it; stamped.")),
      issuedAt: Type.Optional(moment("When; stamped, in milliseconds.")),
      expiresAt: Type.Optional(moment("When it will not be begun any more; stamped, in milliseconds.")),
    }),
    example: {
      commandId: "k1",
      target: "agent:coder-001",
      name: "pause",
      ttlMs: 60_000,
      issuedBy: "user:ada",
      issuedAt: 1_703_775_000_000,
      expiresAt: 1_703_775_060_000,
    },
  }),
  defineEvent({
    type: "command_delivered",
    version: "1.0",
    delivery: "lossless",
    summary: "The target has a command.",
    channel,
    tags,
    data: Type.Object({ ...about, attempt: Type.Optional(whole("Which delivery it is, from 1; stamped.", 1)) }),
    example: { commandId: "k1", target: "agent:coder-001", attempt: 1 },
  }),
  defineEvent({
    type: "command_started",
    version: "1.0",
    delivery: "lossless",
    summary: "The target began to carry out a command.",
    channel,
    tags,
    data: Type.Object(about),
    example: { commandId: "k1", target: "agent:coder-001" },
  }),
  defineEvent({
    type: "command_progress",
    version: "1.0",
    delivery: "latest",
    summary: "The target got further with a command.",
    channel,
    key: ["commandId"],
    tags,
    data: Type.Object({ ...about, progress: Type.Optional(progress()), message: Type.Optional(message()) }),
    example: { commandId: "k1", target: "agent:coder-001", progress: 50, message: "Waiting for the test run" },
  }),
  defineEvent({
    type: "command_done",
    version: "1.0",
    delivery: "lossless",
    summary: "The target carried out a command.",
    channel,
    tags,
    data: Type.Object({
      ...about,
      result: Type.Optional(anything("What came of it; at most 64 KiB.")),
      durationMs: Type.Optional(durationMs()),
    }),
    example: { commandId: "k1", target: "agent:coder-001", result: { paused: true } },
  }),
  defineEvent({
    type: "command_failed",
    version: "1.0",
    delivery: "lossless",
    summary: "The target could not carry out a command.",
    channel,
    tags: ["commandId", "code"],
    data: Type.Object({ ...about, error: error(), code: Type.Optional(text("A stable name of the error.")) }),
    example: { commandId: "k1", target: "agent:coder-001", error: "Nothing is running", code: "not_running" },
  }),
  defineEvent({
    type: "command_expired",
    version: "1.0",
    delivery: "lossless",
    summary: "A command waited too long and will not be carried out.",
    channel,
    tags,
    data: Type.Object(about),
    example: { commandId: "k1", target: "agent:coder-001" },
  }),
  defineEvent({
    type: "command_cancelled",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody took a command back.",
    channel,
    tags,
    data: Type.Object({
      ...about,
      cancelledBy: Type.Optional(text("Who took it back; stamped.")),
      reason: Type.Optional(text("Why.")),
    }),
    example: { commandId: "k1", target: "agent:coder-001", cancelledBy: "user:ada", reason: "No longer needed" },
  }),
] as const;
