import Type from "typebox";
import { defineEvent } from "./define.ts";
import {
  anything,
  durationMs,
  id,
  list,
  message,
  open,
  orNull,
  progress,
  sessionId,
  steeringId,
  text,
} from "./fields.ts";

/** Older clients write session_id; some name the session only through the channel. */
const channel = ["session:{sessionId}", "session:{session_id}"] as const;

const named = { sessionId: Type.Optional(sessionId()), session_id: Type.Optional(id("The same as sessionId.")) };

const states = ["started", "active", "paused", "testing", "waiting_approval", "waiting_input", "stopped"] as const;

export const sessionEvents = [
  defineEvent({
    type: "session_started",
    version: "1.0",
    delivery: "lossless",
    summary: "A session began.",
    channel,
    tags: ["project"],
    data: Type.Object({
      ...named,
      name: Type.Optional(text("How people call it.")),
      project: Type.Optional(text("What is worked on.")),
      objective: Type.Optional(text("What is to be reached.")),
      agents: Type.Optional(list(id("An agent."), "Who takes part.")),
      startedBy: Type.Optional(text("Who started it.")),
    }),
    example: { sessionId: "s1", project: "shop", objective: "Add a login form", agents: ["coder-001"] },
  }),
  defineEvent({
    type: "session_update",
    version: "1.0",
    delivery: "lossless",
    summary: "A session got further.",
    channel,
    tags: ["status"],
    data: Type.Object({
      ...named,
      status: Type.Optional(open(states, "What the session is at.")),
      progress_step: Type.Optional(
        Type.Union([Type.String(), Type.Number()], {
          title: "text or number",
          description: "The step that is being done.",
        }),
      ),
      progress: Type.Optional(progress()),
      message: Type.Optional(message()),
      details: Type.Optional(anything("More about it.")),
    }),
    example: { sessionId: "s1", status: "active", progress_step: "Running tests" },
  }),
  defineEvent({
    type: "session_status_changed",
    version: "1.0",
    delivery: "lossless",
    summary: "A session is in a new state.",
    channel,
    tags: ["status"],
    data: Type.Object({
      ...named,
      status: open(states, "What the session is at."),
      previousStatus: Type.Optional(text("What it was at before.")),
      progress: Type.Optional(progress()),
      message: Type.Optional(message()),
    }),
    example: { sessionId: "sess_123", status: "testing", progress: 45, message: "Executing UI tests..." },
  }),
  defineEvent({
    type: "session_stopped",
    version: "1.0",
    delivery: "lossless",
    summary: "A session came to its end.",
    channel,
    tags: ["status"],
    data: Type.Object({
      ...named,
      status: Type.Optional(open(["done", "failed", "cancelled"], "How it ended.")),
      reason: Type.Optional(text("Why it ended.")),
      durationMs: Type.Optional(durationMs()),
    }),
    example: { sessionId: "s1", status: "done", durationMs: 941_000 },
  }),
  defineEvent({
    type: "session_note",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody wrote a note, changed it or removed it.",
    channel,
    tags: ["noteId", "by"],
    data: Type.Object({
      ...named,
      noteId: steeringId("The note; the same id makes its next version."),
      text: orNull(Type.String({ maxLength: 16_384 }), "text", "What it says; null removes it."),
      at: Type.Optional(anything("What it is about, in the form of whoever shows it.")),
      by: Type.Optional(text("Who wrote it; stamped.")),
    }),
    example: { sessionId: "s1", noteId: "n1", text: "This is where it went wrong.", at: { line: 812 }, by: "user:ada" },
  }),
  defineEvent({
    type: "session_selection",
    version: "1.0",
    delivery: "latest",
    summary: "Somebody points at something.",
    channel,
    key: ["by"],
    tags: ["by"],
    data: Type.Object({
      ...named,
      selection: anything("What is selected, in the form of whoever shows it; null: nothing."),
      at: Type.Optional(anything("Where that is.")),
      by: Type.Optional(text("Who selected it; stamped.")),
    }),
    example: { sessionId: "s1", selection: { file: "src/login.ts", lines: [10, 24] }, by: "user:ada" },
  }),
] as const;
