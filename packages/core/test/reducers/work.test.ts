/** What an agent, a session, an execution, a workflow and its tests are at. */
import { describe, expect, test } from "vitest";
import {
  agentReducer,
  executionReducer,
  sessionReducer,
  tddReducer,
  workflowReducer,
  workStateOf,
} from "../../src/reducers/index.ts";
import { fold } from "../support/fold.ts";

test.each([
  ["busy", "running"],
  ["input-required", "waiting_input"],
  ["INPUT_REQUIRED", "waiting_input"],
  ["AUTH_REQUIRED", "waiting_auth"],
  ["waiting_for_confirmation", "waiting_approval"],
  ["turn.completed", "done"],
  ["RUN_ERROR", "failed"],
  ["CANCELED", "cancelled"],
  ["offline", "lost"],
  ["stopped", "done"],
  [" Waiting approval ", "waiting_approval"],
  ["toString", "unknown"],
  ["dreaming", "unknown"],
])("the status %s means %s", (said, state) => {
  expect(workStateOf(said)).toBe(state);
});

describe("agent", () => {
  test("§14 what it used is added up, whatever it says of it", () => {
    const { usage } = fold(agentReducer, "agent:a", [
      ["agent_usage", { inputTokens: 100, cachedInputTokens: 80, outputTokens: 5, costUsd: 0.25, seconds: 2 }],
      ["agent_usage", { inputTokens: 1, costUsd: 0.5, outputTokens: "many", seconds: -4 }],
    ]);
    expect(usage).toEqual({ inputTokens: 101, cachedInputTokens: 80, outputTokens: 5, costUsd: 0.75, seconds: 2 });
  });

  test("what is said of agents below it is about them, and they know whose they are", () => {
    const state = fold(agentReducer, "agent:lead", [
      ["agent_status", { agentId: "lead", status: "running" }],
      ["agent_status", { agentId: "lead/tests", agentType: "tester", status: "queued" }],
      ["agent_task_update", { agentId: "lead/tests", taskId: "t", status: "running" }],
      ["agent_error", { agentId: "lead/tests", error: "no" }],
    ]);
    expect(state).toMatchObject({ status: "running", task: undefined, errors: 0, parentId: undefined });
    expect(state.children.items).toEqual([
      { agentId: "lead/tests", agentType: "tester", status: "running", updatedAt: 4 },
    ]);
    expect(agentReducer.initial("agent:lead/tests/2").parentId).toBe("lead/tests");
  });

  test("its last tasks, each with how it ended", () => {
    const { tasks, tasksCompleted } = fold(agentReducer, "agent:a", [
      ...Array.from({ length: 20 }, (_, n) => ["task_assigned", { taskId: `t${n}`, title: `Task ${n}` }] as const),
      ["agent_task_update", { taskId: "t19", status: "running", progress: 40 }],
      ["task_completed", { taskId: "t18", status: "failed", error: "timeout" }],
      ["task_completed", { taskId: "t19" }],
    ]);
    expect(tasks.items).toHaveLength(15);
    expect(tasks.cut).toBe(5);
    expect(tasks.items.slice(-2)).toMatchObject([
      { id: "t18", status: "failed", error: "timeout" },
      { id: "t19", title: "Task 19", status: "done", progress: 40 },
    ]);
    expect(tasksCompleted).toBe(2);
  });

  test("§13.3 who drives it, until nobody does", () => {
    const took = ["driver_changed", { channel: "agent:a", driver: "user:ada", how: "took" }] as const;
    const gone = ["driver_changed", { channel: "agent:a", driver: null, previous: "user:ada", how: "left" }] as const;
    expect(fold(agentReducer, "agent:a", [took]).driver).toEqual({ driver: "user:ada", how: "took", since: 1 });
    expect(fold(agentReducer, "agent:a", [took, gone]).driver).toBeUndefined();
  });

  test("§14 its budget, and how far it came", () => {
    const set = ["budget_set", { scope: "agent:a", limits: { costUsd: 5 } }] as const;
    const warned = ["budget_warned", { scope: "agent:a", used: { costUsd: 4.1 }, limits: { costUsd: 5 } }] as const;
    const at = (...events: Array<readonly [string, unknown]>) => fold(agentReducer, "agent:a", events).budget;
    expect(at(set)).toMatchObject({ state: "within", limits: { costUsd: 5 }, used: undefined });
    expect(at(set, warned)).toMatchObject({ state: "warned", used: { costUsd: 4.1 } });
    expect(at(set, warned, ["budget_paused", { used: { costUsd: 5 } }])).toMatchObject({
      state: "paused",
      limits: { costUsd: 5 },
      used: { costUsd: 5 },
    });
    // A higher limit goes on counting; with `reset` it begins anew.
    const more = { scope: "agent:a", limits: { costUsd: 9 } };
    expect(at(set, warned, ["budget_set", more])).toMatchObject({ state: "within", used: { costUsd: 4.1 } });
    expect(at(set, warned, ["budget_set", { ...more, reset: true }])).toMatchObject({ used: undefined });
  });

  test("since when it is in its state", () => {
    const status = (word: string) => ["agent_status", { status: word }] as const;
    const state = fold(agentReducer, "agent:a", [status("running"), status("waiting_input"), status("waiting_input")]);
    expect(state).toMatchObject({ status: "waiting_input", statusSince: 2, updatedAt: 3 });
  });
});

describe("session", () => {
  test("what its status means, and since when it is so", () => {
    const state = fold(sessionReducer, "session:s", [
      ["session_started", { objective: "Add a login form", project: "shop" }],
      ["session_status_changed", { status: "testing" }],
      ["session_status_changed", { status: "testing", progress: 45 }],
      ["session_stopped", { status: "failed", reason: "no tests" }],
    ]);
    expect(state).toMatchObject({
      ...{ status: "failed", work: "failed", statusSince: 4, title: "Add a login form", project: "shop" },
      ...{ progress: 45, message: "no tests", startedAt: 1, stoppedAt: 4 },
    });
  });

  test("§13.4 notes by their ids: who wrote each first and last, and none that was taken away", () => {
    const note = (noteId: string, text: unknown, by: string) => ["session_note", { noteId, text, by }] as const;
    const { notes } = fold(sessionReducer, "session:s", [
      note("n1", "see line 8", "user:ada"),
      note("n2", "and this", "user:bob"),
      note("n1", "see line 9", "user:bob"),
      note("n2", null, "user:ada"),
      ["session_note", { noteId: "n3" }],
      ["session_note", { text: "nowhere" }],
    ]);
    expect(notes).toMatchObject({
      cut: 0,
      items: [{ noteId: "n1", text: "see line 9", createdBy: "user:ada", by: "user:bob", version: 2, createdAt: 1 }],
    });
  });

  test("§13.4 notes together are within a limit: the oldest go, counted", () => {
    const { notes } = fold(
      sessionReducer,
      "session:s",
      Array.from({ length: 30 }, (_, n) => ["session_note", { noteId: `n${n}`, text: "x".repeat(5_000) }] as const),
    );
    expect(notes.items.map(({ noteId }) => noteId)).toEqual(Array.from({ length: 8 }, (_, n) => `n${n + 22}`));
    expect(notes).toMatchObject({ cut: 22, items: { 0: { size: 5_000 } } });
  });

  test("§13.4 what each person has selected", () => {
    const select = (by: string, selection: unknown) => ["session_selection", { by, selection, at: "log" }] as const;
    const { selections } = fold(sessionReducer, "session:s", [
      select("user:ada", { line: 8 }),
      select("user:bob", { file: "a.ts" }),
      select("user:ada", { line: 9 }),
      select("user:bob", null),
    ]);
    expect(selections.items).toEqual([{ by: "user:ada", selection: { line: 9 }, at: "log", updatedAt: 3 }]);
  });

  test("its workflows and its tasks, as far as they are told there", () => {
    const state = fold(sessionReducer, "session:s", [
      ["workflow_started", { workflowId: "w", name: "release", totalSteps: 2 }],
      ["workflow_step_complete", { workflowId: "w", stepId: "build", progress: 50 }],
      ["task_assigned", { taskId: "t", title: "Write it" }],
      ["workflow_complete", { workflowId: "w" }],
    ]);
    expect(state.workflows.items).toMatchObject([
      { workflowId: "w", name: "release", status: "done", step: "build", stepsDone: 1, totalSteps: 2, progress: 100 },
    ]);
    expect(state.tasks.items).toMatchObject([{ id: "t", title: "Write it", status: "queued" }]);
  });

  test("names of members are kept up to a thousand, and up to a length", () => {
    const agents = Array.from({ length: 1_500 }, (_, n) => `a${n}`);
    expect(fold(sessionReducer, "session:s", [["session_started", { agents }]]).agents).toHaveLength(1_000);
    const long = agents.map((name) => name.padEnd(199, "x"));
    const state = fold(sessionReducer, "session:s", [["session_started", { agents: long }]]);
    expect(state.agents.join("").length).toBeLessThanOrEqual(12_288);
  });
});

describe("execution", () => {
  const step = (stepId: string, status: string, more = {}) =>
    ["step_update", { executionId: "e", stepId, status, ...more }] as const;

  test("its steps in order, with what came of them and when", () => {
    const state = fold(executionReducer, "execution:e", [
      ["execution_update", { status: "running", currentStep: "build", progress: 10 }],
      step("build", "running", { name: "Build", index: 1 }),
      step("test", "queued"),
      step("build", "done", { result: { files: 3 }, durationMs: 900 }),
      step("test", "failed", { error: "2 failed", result: "x".repeat(1_000) }),
      ["execution_update", { status: "failed", error: "tests" }],
    ]);
    expect(state).toMatchObject({
      status: "failed",
      work: "failed",
      currentStep: "build",
      progress: 10,
      error: "tests",
    });
    expect(state).toMatchObject({ startedAt: 1, endedAt: 6, statusSince: 6 });
    expect(state.steps.items).toMatchObject([
      { stepId: "build", name: "Build", index: 1, status: "done", result: { files: 3 }, startedAt: 2, endedAt: 4 },
      { stepId: "test", status: "failed", error: "2 failed", result: "x".repeat(200), resultSize: 1_000 },
    ]);
  });

  test("one that is run again begins anew", () => {
    const at = (status: string) => ["execution_update", { status }] as const;
    const again = fold(executionReducer, "execution:e", [at("running"), at("failed"), at("running")]);
    expect(again).toMatchObject({ startedAt: 3, endedAt: undefined, error: undefined });
  });

  test("a result that is no text is shown whole or not at all", () => {
    const result = { files: "x".repeat(500) };
    const { steps } = fold(executionReducer, "execution:e", [step("a", "done", { result })]);
    expect(steps.items[0]).toMatchObject({ result: undefined, resultSize: JSON.stringify(result).length });
  });

  test("of hundreds of steps the last ones, and how many others", () => {
    const many = Array.from({ length: 200 }, (_, n) => step(`s${n}`, "done"));
    const { steps } = fold(executionReducer, "execution:e", [...many, step("s199", "failed")]);
    expect(steps.items).toHaveLength(80);
    expect(steps.cut).toBe(120);
    expect(steps.items.at(-1)).toMatchObject({ stepId: "s199", status: "failed" });
  });
});

describe("tdd", () => {
  const phase = (currentPhase: string, testResults?: object) =>
    ["tdd_phase_change", { taskId: "t", currentPhase, testResults }] as const;

  test("the phases one after another, with the tests at that moment", () => {
    const state = fold(tddReducer, "agent:a", [
      phase("red", { total: 3, passing: 1, failing: 2 }),
      phase("green", { total: 3, passing: 3, failing: 0 }),
      ["coverage_update", { coverage: { lines: 91, branches: 80 } }],
    ]);
    expect(state).toMatchObject({ phase: "green", run: { failing: 0 }, coverage: { lines: 91, branches: 80, at: 3 } });
    expect(state.phases.items).toMatchObject([
      { phase: "red", failing: 2, at: 1 },
      { phase: "green", failing: 0, taskId: "t", at: 2 },
    ]);
  });

  test("which tests fail: as a list, or one by one as they end", () => {
    const counts = { runId: "r1", total: 3, passing: 2, failing: 1 };
    const one = (name: string, outcome: string) => ["test_result", { ...counts, test: { name, outcome } }] as const;
    const names = (...events: Array<readonly [string, unknown]>) =>
      fold(tddReducer, "agent:a", events).failures.items.map(({ name }) => name);
    expect(names(one("a", "failed"), one("b", "passed"), one("c", "failed"))).toEqual(["a", "c"]);
    expect(names(one("a", "failed"), one("c", "failed"), one("a", "passed"))).toEqual(["c"]);
    const list = ["test_result", { ...counts, failures: [{ name: "x", message: "no", line: 7 }, 9] }] as const;
    expect(names(one("a", "failed"), list)).toEqual(["x"]);
    // Another run has other failures, and one without any has none.
    expect(names(list, ["test_result", { ...counts, runId: "r2" }])).toEqual([]);
    expect(names(list, ["test_result", { ...counts, failing: 0 }])).toEqual([]);
  });

  test("of a thousand failing tests the first hundred by name, and how many there are", () => {
    const failures = Array.from({ length: 1_000 }, (_, n) => ({ name: `t${n}` }));
    const { failures: kept } = fold(tddReducer, "agent:a", [["test_result", { failing: 1_000, failures }]]);
    expect(kept.items).toHaveLength(100);
    expect(kept.cut).toBe(900);
  });
});

describe("workflow", () => {
  const started = ["workflow_started", { workflowId: "w", name: "release", steps: [{ id: "build" }, { id: "ship" }] }];

  test("its steps, what they made, and what came of it", () => {
    const state = fold(workflowReducer, "workflow:w", [
      started as [string, unknown],
      ["workflow_step_complete", { stepId: "build", name: "Build", durationMs: 9, progress: 50 }],
      ["workflow_step_complete", { stepId: "ship", status: "failed" }],
      [
        "workflow_complete",
        { result: "ok", artifacts: [{ name: "app.tgz", bytes: 8 }], metrics: { tests: 812, x: "y" } },
      ],
    ]);
    expect(state).toMatchObject({
      status: "done",
      name: "release",
      progress: 100,
      result: "ok",
      metrics: { tests: 812 },
    });
    expect(state.steps.items).toMatchObject([
      { stepId: "build", name: "Build", status: "done", durationMs: 9, endedAt: 2 },
      { stepId: "ship", status: "failed" },
    ]);
    expect(state.artifacts.items).toMatchObject([{ name: "app.tgz", bytes: 8 }]);
    expect(state).toMatchObject({ startedAt: 1, endedAt: 4 });
  });

  test("where it failed, and that it begins anew when it is started again", () => {
    const failed = ["workflow_failed", { error: "no answer", stepId: "ship", recoverable: true }] as const;
    expect(fold(workflowReducer, "workflow:w", [started as [string, unknown], failed])).toMatchObject({
      ...{ status: "failed", error: "no answer", failedStep: "ship", recoverable: true, endedAt: 2 },
    });
    expect(
      fold(workflowReducer, "workflow:w", [started as [string, unknown], failed, started as [string, unknown]]),
    ).toMatchObject({ status: "running", error: undefined, failedStep: undefined, endedAt: undefined, startedAt: 3 });
  });
});
