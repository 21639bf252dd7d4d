import Type from "typebox";
import { defineEvent } from "./define.ts";
import { agentId, anything, id, list, moment, oneOf, text, timestamp } from "./fields.ts";

const channel = ["execution:{executionId}"] as const;

const executionId = id("The execution that waits.");
const checkpointId = id("The checkpoint it is about.");
const decision = (description: string) => oneOf(["approve", "deny"], description);
const payloadHash = text("Hash of the payload that was shown.");

export const checkpointEvents = [
  defineEvent({
    type: "checkpoint_required",
    version: "1.0",
    delivery: "lossless",
    summary: "An execution asks people to decide.",
    channel,
    tags: ["checkpointId", "stepId", "agentId"],
    data: Type.Object({
      executionId,
      checkpointId: Type.Optional(checkpointId),
      stepId: Type.Optional(id("The step that waits.")),
      agentId: Type.Optional(agentId()),
      checkpointData: anything("What is to be decided, as it is shown to people."),
      title: Type.Optional(text("The question in a few words.")),
      deadline: Type.Optional(moment("When the default applies.")),
      default: Type.Optional(decision("What applies at the deadline; deny if absent.")),
      roles: Type.Optional(list(text("A role."), "Who may decide; whoever may approve if absent.")),
      answerSchema: Type.Optional(anything("JSON Schema of an edited answer.")),
      payloadHash: Type.Optional(payloadHash),
      timestamp: Type.Optional(timestamp()),
    }),
    example: {
      executionId: "e1",
      checkpointId: "c1",
      stepId: "deploy",
      checkpointData: { command: "terraform apply", changes: 3 },
      title: "Deploy to production?",
      deadline: 1_703_775_800_000,
      default: "deny",
      roles: ["operator"],
    },
  }),
  defineEvent({
    type: "checkpoint_decided",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody decided a checkpoint. The first decision stands.",
    channel,
    tags: ["checkpointId", "decision"],
    data: Type.Object({
      executionId,
      checkpointId,
      decision: decision("What was decided."),
      decidedBy: text("Who decided."),
      answer: Type.Optional(anything("The edited answer.")),
      reason: Type.Optional(text("Why.")),
      payloadHash: Type.Optional(payloadHash),
    }),
    example: { executionId: "e1", checkpointId: "c1", decision: "approve", decidedBy: "user:ada" },
  }),
  defineEvent({
    type: "checkpoint_applied",
    version: "1.0",
    delivery: "lossless",
    summary: "The execution acted on a decision.",
    channel,
    tags: ["checkpointId", "decision"],
    data: Type.Object({
      executionId,
      checkpointId,
      decision: Type.Optional(decision("The decision that was acted on.")),
      agentId: Type.Optional(agentId()),
      outcome: Type.Optional(anything("What came of it.")),
      payloadHash: Type.Optional(payloadHash),
    }),
    example: { executionId: "e1", checkpointId: "c1", decision: "approve", agentId: "coder-001" },
  }),
  defineEvent({
    type: "checkpoint_expired",
    version: "1.0",
    delivery: "lossless",
    summary: "Nobody decided in time: the default applies.",
    channel,
    tags: ["checkpointId"],
    data: Type.Object({
      executionId,
      checkpointId,
      default: decision("What applies now."),
    }),
    example: { executionId: "e1", checkpointId: "c1", default: "deny" },
  }),
] as const;
