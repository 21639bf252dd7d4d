import Type from "typebox";
import { defineEvent } from "./define.ts";
import { anything, flag, id, sessionId, text, whole } from "./fields.ts";

export const memoryEvents = [
  defineEvent({
    type: "memory_update",
    version: "1.0",
    delivery: "lossless",
    summary: "An entry of a session's memory was written or deleted.",
    channel: ["session:{sessionId}", "session:{session_id}"],
    tags: ["key", "scope", "author"],
    data: Type.Object({
      sessionId: Type.Optional(sessionId()),
      session_id: Type.Optional(id("The same as sessionId.")),
      key: text("The entry."),
      version: Type.Optional(whole("Counts the writes of this entry, from 1; a lower one than known is old news.", 1)),
      value: Type.Optional(anything("What the entry says now.")),
      deleted: Type.Optional(flag("The entry is gone.")),
      author: Type.Optional(text("Who wrote it.")),
      scope: Type.Optional(text("The part of the memory it is in.")),
    }),
    example: { sessionId: "s1", key: "conventions", version: 3, value: "Two spaces, no tabs", author: "coder-001" },
  }),
] as const;
