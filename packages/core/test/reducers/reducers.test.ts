import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  agentReducer,
  executionReducer,
  processReducer,
  type Reducer,
  sessionReducer,
} from "../../src/reducers/index.ts";
import { fold } from "../support/fold.ts";

describe("process", () => {
  const started: [string, unknown] = ["process_started", { processId: "p", command: "npm", args: ["test"], pid: 7 }];
  const line = (stream: string): [string, unknown] => ["process_output", { stream, output: "hello" }];

  test("runs, prints, ends", () => {
    const running = fold(processReducer, "process:p", [started, line("stdout"), line("stderr")]);
    expect(running).toMatchObject({ processId: "p", status: "running", lines: 2, errorLines: 1, lastOutput: "hello" });
    const done = fold(processReducer, "process:p", [started, ["process_stopped", { exitCode: 0, signal: null }]]);
    expect(done).toMatchObject({ status: "done", exitCode: 0, stoppedAt: 2 });
  });

  test.each([
    [{ exitCode: 1, signal: null }, "failed"],
    [{ exitCode: null, signal: "SIGKILL" }, "killed"],
    [{ exitCode: null, signal: "SIGTERM", cancelledBy: "user:ada" }, "cancelled"],
    [{ exitCode: 0, signal: null, cancelledBy: "user:ada" }, "cancelled"],
  ])("%o means %s", (data, status) => {
    expect(fold(processReducer, "process:p", [started, ["process_stopped", data]]).status).toBe(status);
  });

  test("runs again after it ended, and goes on counting lines", () => {
    const again = fold(processReducer, "process:p", [
      started,
      line("stdout"),
      ["process_stopped", { exitCode: 1, signal: null }],
      started,
      line("stdout"),
    ]);
    expect(again).toMatchObject({ status: "running", lines: 2, exitCode: undefined, stoppedAt: undefined });
  });

  test("stands still while it is paused, and says who steers it and what it was told", () => {
    const at = (...events: Array<[string, unknown]>) => fold(processReducer, "process:p", [started, ...events]);
    expect(at(["process_paused", { by: "user:ada" }])).toMatchObject({ status: "paused", pausedAt: 2 });
    const told: [string, unknown] = ["command_queued", { commandId: "k1", name: "resume", issuedBy: "user:ada" }];
    const resumed = at(["lease_held", { producer: "r", epoch: 1 }], ["process_paused", {}], told, [
      "process_resumed",
      {},
    ]);
    expect(resumed).toMatchObject({ status: "running", pausedAt: undefined, lease: "held" });
    expect(resumed.commands).toMatchObject([{ commandId: "k1", name: "resume", state: "queued" }]);
    const reason = "time limit: 5 s";
    const ended = at(["process_paused", {}], ["process_stopped", { exitCode: null, signal: "SIGTERM", reason }]);
    expect(ended).toMatchObject({ status: "killed", reason, pausedAt: undefined });
    expect(fold(processReducer, "process:p", [["process_paused", {}]]).status).toBe("unknown");
  });

  test("§12 is lost with who watched it, until that one is back or its end is known", () => {
    const lost: Array<[string, unknown]> = [
      started,
      ["lease_held", { producer: "r", epoch: 1 }],
      ["process_paused", {}],
      ["lease_lost", { producer: "r", epoch: 1 }],
    ];
    const at = (...events: Array<[string, unknown]>) => fold(processReducer, "process:p", [...lost, ...events]);
    expect(at()).toMatchObject({ status: "lost", lease: "lost" });
    expect(at(["lease_held", { producer: "r", epoch: 2 }])).toMatchObject({ status: "paused", lease: "held" });
    expect(at(["process_stopped", { exitCode: null, signal: null }]).status).toBe("failed");
    expect(at(["process_stopped", { exitCode: 0, signal: null }], ["lease_lost", {}]).status).toBe("done");
  });

  test("keeps the last sixty samples", () => {
    const samples = Array.from({ length: 100 }, (_, i): [string, unknown] => ["process_metric", { cpuPercent: i }]);
    expect(fold(processReducer, "process:p", samples).cpuHistory).toEqual(Array.from({ length: 60 }, (_, i) => i + 40));
  });
});

describe("agent", () => {
  test("§12 shows who is at work as it, and that it was lost until it says more", () => {
    const held = (epoch: number): [string, unknown] => ["lease_held", { producer: "p", epoch, ttlMs: 15_000 }];
    const lost: [string, unknown] = [
      "agent_status",
      { status: "lost", previousStatus: "busy", producer: "p", epoch: 1 },
    ];
    const at = (...events: Array<[string, unknown]>) => fold(agentReducer, "agent:a", events);
    const working = at(held(1), ["agent_status", { status: "busy" }]);
    expect(working).toMatchObject({ status: "busy", lease: { producer: "p", epoch: 1, ttlMs: 15_000, state: "held" } });
    expect(at(held(1), lost)).toMatchObject({ status: "lost", lease: { epoch: 1, state: "lost" } });
    expect(at(held(1), lost, held(2))).toMatchObject({ status: "unknown", lease: { epoch: 2, state: "held" } });
    expect(at(held(1), held(2), ["lease_released", { epoch: 1 }])).toMatchObject({
      lease: { epoch: 2, state: "held" },
    });
    expect(at(held(1), ["lease_lost", { epoch: 1 }])).toMatchObject({ status: "unknown", lease: { state: "lost" } });
    expect(at(held(1), ["lease_released", { epoch: 1 }])).toMatchObject({ lease: { state: "released" } });
    expect(at(lost)).toMatchObject({ status: "lost", lease: undefined });
  });

  test("S5 the documents' example events are understood", () => {
    const state = fold(agentReducer, "agent:coder-001", [
      [
        "agent_status",
        {
          agentId: "coder-001",
          agentType: "coder",
          status: "busy",
          currentTask: { id: "task-789", type: "implement_feature", progress: 65 },
          metrics: { cpuUsage: 45.2, memoryUsage: 1024000000, tasksCompleted: 12 },
        },
      ],
      [
        "tdd_phase_change",
        {
          previousPhase: "red",
          currentPhase: "green",
          testResults: { total: 45, passing: 45, failing: 0 },
          coverage: { lines: 98.5, branches: 95.2, functions: 100 },
        },
      ],
    ]);
    expect(state).toMatchObject({
      status: "busy",
      agentType: "coder",
      task: { id: "task-789", type: "implement_feature", progress: 65 },
      tasksCompleted: 12,
      cpuPercent: 45.2,
      tdd: { phase: "green", total: 45, passing: 45, failing: 0, lineCoverage: 98.5 },
    });
  });

  test("gauges arrive one by one", () => {
    const events: Array<[string, unknown]> = [
      ["agent_metric", { name: "cpuUsage", value: 12.5 }],
      ["agent_metric", { name: "memoryUsage", value: 1_000 }],
      ["agent_metric", { name: "toString", value: 1 }],
    ];
    expect(fold(agentReducer, "agent:a", events)).toMatchObject({ cpuPercent: 12.5, memoryBytes: 1_000 });
  });

  test("an idle agent has no task", () => {
    const events: Array<[string, unknown]> = [
      ["agent_status", { status: "busy", currentTask: { id: "t" } }],
      ["agent_status", { status: "idle" }],
    ];
    expect(fold(agentReducer, "agent:a", events)).toMatchObject({ status: "idle", task: undefined });
  });
});

describe("session", () => {
  test("starts, progresses, stops", () => {
    const state = fold(sessionReducer, "session:s1", [
      ["session_started", { name: "Refactor", agents: ["a", "b"] }],
      ["session_update", { status: "active", progress_step: "tests", progress: 40, agentId: "b" }],
      ["session_stopped", {}],
    ]);
    expect(state).toMatchObject({
      status: "stopped",
      title: "Refactor",
      step: "tests",
      progress: 40,
      agents: ["a", "b"],
      startedAt: 1,
      stoppedAt: 3,
    });
  });
});

describe.each([
  ["process", processReducer as Reducer<unknown>],
  ["agent", agentReducer as Reducer<unknown>],
  ["session", sessionReducer as Reducer<unknown>],
])("the %s reducer", (name, reducer) => {
  const type = fc.oneof(
    fc.constantFrom("process_started", "process_output", "process_metric", "process_stopped", "process_error"),
    fc.constantFrom(
      "process_paused",
      "process_resumed",
      "lease_held",
      "lease_lost",
      "lease_released",
      "command_queued",
    ),
    fc.constantFrom(
      "agent_status",
      "agent_task_update",
      "agent_log",
      "agent_error",
      "tdd_phase_change",
      "task_assigned",
    ),
    fc.constantFrom("session_started", "session_update", "session_stopped", "constructor", "__proto__", "toString"),
  );

  test("takes any data without throwing", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(type, fc.jsonValue())), (events) => {
        expect(() => JSON.stringify(fold(reducer, `${name}:x`, events))).not.toThrow();
      }),
    );
  });

  test("B4 a snapshot saved anywhere and folded on equals the whole fold", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(type, fc.jsonValue()), { maxLength: 20 }), fc.nat(20), (events, cut) => {
        const stamped = events.map(([type, data], i) => ({ type, data, timestamp: i + 1 }));
        const apply = (from: unknown, some: typeof stamped): unknown =>
          some.reduce((s, e) => reducer.apply(s, e), from);
        const whole = apply(reducer.initial(`${name}:x`), stamped);
        const saved = JSON.parse(JSON.stringify(apply(reducer.initial(`${name}:x`), stamped.slice(0, cut)))) as unknown;
        expect(JSON.parse(JSON.stringify(apply(saved, stamped.slice(cut))))).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
    );
  });
});

describe("what is still to come", () => {
  const given = (commandId: string): [string, unknown] => [
    "command_queued",
    { commandId, target: "agent:a", name: "pause", issuedBy: "user:ada", expiresAt: 9 },
  ];
  const asked = (checkpointId: string): [string, unknown] => [
    "checkpoint_required",
    { checkpointId, title: "Deploy?", requestedBy: "agent:a", payloadHash: "sha256:0", deadline: 9, approvals: 2 },
  ];

  test("§10 an agent's open commands, with their states, until they end", () => {
    const open = fold(agentReducer, "agent:a", [
      given("k1"),
      given("k2"),
      given("k3"),
      ["command_started", { commandId: "k1" }],
      ["command_progress", { commandId: "k1", progress: 40 }],
      ["command_delivered", { commandId: "k2" }],
      ["command_cancelled", { commandId: "k3" }],
      ["command_done", { commandId: "unknown" }],
    ]);
    expect(open.commands).toMatchObject([
      { commandId: "k1", name: "pause", state: "started", progress: 40, issuedBy: "user:ada", expiresAt: 9 },
      { commandId: "k2", state: "delivered" },
    ]);
    for (const end of ["command_done", "command_failed", "command_expired"]) {
      expect(agentReducer.apply(open, { type: end, data: { commandId: "k1" }, timestamp: 9 }).commands).toHaveLength(1);
    }
  });

  test.each([agentReducer, executionReducer])("§11.5 open checkpoints, with who approved so far: $name", (reducer) => {
    const first: Array<[string, unknown]> = [
      asked("c1"),
      asked("c2"),
      ["checkpoint_approved", { checkpointId: "c1", approvedBy: "user:ada" }],
    ];
    const channel = `${reducer.name}:a`;
    const open = fold(reducer as Reducer<{ checkpoints: readonly unknown[] }>, channel, first);
    expect(open.checkpoints).toMatchObject([
      { checkpointId: "c1", needed: 2, approvedBy: ["user:ada"], title: "Deploy?", deadline: 9 },
      { checkpointId: "c2", approvedBy: [] },
    ]);
    for (const end of ["checkpoint_decided", "checkpoint_expired", "checkpoint_withdrawn"]) {
      const after = fold(reducer as Reducer<{ checkpoints: readonly unknown[] }>, channel, [
        ...first,
        [end, { checkpointId: "c1" }],
      ]);
      expect(after.checkpoints).toMatchObject([{ checkpointId: "c2" }]);
    }
  });

  test("never more than a hundred, and events about nothing change nothing", () => {
    const many = fold(
      agentReducer,
      "agent:a",
      Array.from({ length: 150 }, (_, i) => given(`k${i}`)),
    );
    expect(many.commands).toHaveLength(100);
    expect(many.commands.at(-1)?.commandId).toBe("k149");
    for (const data of [{}, null, { commandId: 7 }, { commandId: "none" }]) {
      for (const type of ["command_done", "command_unheard", "checkpoint_decided"]) {
        expect(agentReducer.apply(many, { type, data, timestamp: 9 })).toBe(many);
      }
    }
    const status = fold(executionReducer, "execution:e", [
      ["execution_update", { status: "running" }],
      ["step_update", {}],
    ]);
    expect(status).toMatchObject({ executionId: "e", status: "running", updatedAt: 1 });
  });
});
