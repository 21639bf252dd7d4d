import Type from "typebox";
import { defineEvent } from "./define.ts";
import { agentId, durationMs, id, list, open, orNull, percent, sessionId, taskId, text, whole } from "./fields.ts";

/** Test reporters may know only the process or session they run in. */
const channel = ["agent:{agentId}", "session:{sessionId}", "process:{processId}"] as const;

const where = {
  agentId: Type.Optional(agentId()),
  sessionId: Type.Optional(sessionId()),
  processId: Type.Optional(id("The process that runs the tests.")),
  taskId: Type.Optional(taskId()),
};

const counts = {
  total: whole("Tests that ran."),
  passing: whole("Tests that passed."),
  failing: whole("Tests that failed."),
  skipped: Type.Optional(whole("Tests that were skipped.")),
};

const coverage = () =>
  Type.Object(
    {
      lines: Type.Optional(percent("Percent of lines.")),
      branches: Type.Optional(percent("Percent of branches.")),
      functions: Type.Optional(percent("Percent of functions.")),
      statements: Type.Optional(percent("Percent of statements.")),
    },
    { description: "How much of the code the tests reach." },
  );

const phases = ["red", "green", "refactor"] as const;

export const tddEvents = [
  defineEvent({
    type: "tdd_phase_change",
    version: "1.0",
    delivery: "lossless",
    summary: "Test-driven work went from one phase to the next.",
    channel,
    tags: ["currentPhase", "taskId"],
    data: Type.Object({
      ...where,
      previousPhase: Type.Optional(orNull(open(phases, "The phase that ended."), "text", "The phase that ended.")),
      currentPhase: open(phases, "The phase that began."),
      testResults: Type.Optional(Type.Object(counts, { description: "The tests at that moment." })),
      coverage: Type.Optional(coverage()),
    }),
    example: {
      agentId: "coder-001",
      taskId: "task-789",
      previousPhase: "red",
      currentPhase: "green",
      testResults: { total: 45, passing: 45, failing: 0 },
      coverage: { lines: 98.5, branches: 95.2, functions: 100 },
    },
  }),
  defineEvent({
    type: "test_result",
    version: "1.0",
    delivery: "lossless",
    summary: "Tests ran. Counts are totals of the run so far; the last event of a run has them all.",
    channel,
    tags: ["runId", "suite", "taskId"],
    data: Type.Object({
      ...where,
      runId: Type.Optional(id("Tells runs apart.")),
      suite: Type.Optional(text("What was tested.")),
      ...counts,
      durationMs: Type.Optional(durationMs()),
      test: Type.Optional(
        Type.Object(
          {
            name: text("The test."),
            outcome: open(["passed", "failed", "skipped"], "How it ended."),
            file: Type.Optional(text("The file it is in.")),
            durationMs: Type.Optional(durationMs()),
          },
          { description: "The test that has just ended, where each is reported." },
        ),
      ),
      failures: Type.Optional(
        list(
          Type.Object({
            name: text("The test."),
            message: Type.Optional(text("What it said.")),
            file: Type.Optional(text("The file it is in.")),
            line: Type.Optional(whole("The line it is at.", 1)),
          }),
          "The tests that failed.",
        ),
      ),
    }),
    example: {
      agentId: "coder-001",
      taskId: "task-789",
      suite: "unit",
      total: 45,
      passing: 44,
      failing: 1,
      durationMs: 2_310,
      failures: [{ name: "rejects an empty name", message: "expected 400, got 200", file: "test/users.test.ts" }],
    },
  }),
  defineEvent({
    type: "coverage_update",
    version: "1.0",
    delivery: "lossless",
    summary: "Coverage was measured.",
    channel,
    tags: ["suite", "taskId"],
    data: Type.Object({ ...where, suite: Type.Optional(text("What was tested.")), coverage: coverage() }),
    example: { agentId: "coder-001", coverage: { lines: 98.5, branches: 95.2, functions: 100 } },
  }),
] as const;
