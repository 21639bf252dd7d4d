import Type from "typebox";
import { defineEvent } from "./define.ts";
import { id, open, text, whole } from "./fields.ts";

const channel = ["{channel}"] as const;
const leased = () => id("The channel that the lease is of.");
const producer = () => id("The producer that holds it.");
const epoch = () => whole("The producer's epoch; older ones are fenced.");

export const leaseEvents = [
  defineEvent({
    type: "lease_held",
    version: "1.0",
    delivery: "lossless",
    summary: "A producer is at work on a channel. Published by the gateway.",
    channel,
    tags: ["producer"],
    data: Type.Object({
      channel: leased(),
      producer: producer(),
      epoch: epoch(),
      ttlMs: whole("So long it lasts without a renewal, in milliseconds."),
      progressMs: Type.Optional(whole("A running agent that publishes nothing for so long is stuck.")),
      by: Type.Optional(text("Who took it.")),
      previous: Type.Optional(
        Type.Object(
          {
            producer: producer(),
            epoch: epoch(),
            state: open(["held", "released", "lost"], "How that lease was when this one began."),
          },
          { description: "The lease before it." },
        ),
      ),
    }),
    example: { channel: "agent:coder-001", producer: "coder-001", epoch: 3, ttlMs: 15_000, by: "agent:coder-001" },
  }),
  defineEvent({
    type: "lease_released",
    version: "1.0",
    delivery: "lossless",
    summary: "A producer ended its work on a channel. Published by the gateway.",
    channel,
    tags: ["producer"],
    data: Type.Object({ channel: leased(), producer: producer(), epoch: epoch() }),
    example: { channel: "agent:coder-001", producer: "coder-001", epoch: 3 },
  }),
  defineEvent({
    type: "lease_lost",
    version: "1.0",
    delivery: "lossless",
    summary: "A lease was not renewed in time. Published by the gateway; an agent gets the status lost instead.",
    channel,
    tags: ["producer"],
    data: Type.Object({
      channel: leased(),
      producer: producer(),
      epoch: epoch(),
      reason: Type.Optional(text("What was waited for.")),
    }),
    example: { channel: "execution:run-7", producer: "runner-2", epoch: 1, reason: "not renewed for 15000 ms" },
  }),
] as const;
