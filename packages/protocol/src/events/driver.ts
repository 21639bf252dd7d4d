import Type from "typebox";
import { defineEvent } from "./define.ts";
import { flag, id, open, orNull, text } from "./fields.ts";

export const driverEvents = [
  defineEvent({
    type: "driver_changed",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody else drives, or nobody.",
    channel: ["{channel}"],
    tags: ["driver"],
    data: Type.Object({
      channel: id("The channel that is driven, such as agent:coder-001."),
      driver: Type.Optional(
        orNull(
          Type.String({ pattern: "^(user|agent|service):.{1,200}$" }),
          "KIND:ID",
          "Who drives from now on; absent: who publishes this; null: nobody.",
        ),
      ),
      take: Type.Optional(flag("Even if somebody else drives.")),
      previous: Type.Optional(text("Who drove before; stamped.")),
      how: Type.Optional(open(["took", "gave", "released", "left"], "How it came about; stamped.")),
      by: Type.Optional(text("Who did it; stamped.")),
    }),
    example: { channel: "agent:coder-001", driver: "user:ada", how: "took", by: "user:ada" },
  }),
] as const;
