/** An afternoon of a fleet, as events with their times: what the pictures in docs/ show, the same each time but for the clock. */
import { seeded } from "../../bench/load/random.ts";

export interface Told {
  type: string;
  channel?: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  data: Record<string, unknown>;
}

export interface Story {
  nowMs: number;
  /** Agents beside those that the story is about. */
  others: number;
}

const second = 1_000;
const minute = 60 * second;

/** In the order of their times. */
export function storyOf({ nowMs, others }: Story): Told[] {
  const ago = (ms: number): number => nowMs - ms;
  return [...checkout(ago), ...payments(ago), ...house(ago), ...github(ago), ...crowd(nowMs, others)].sort(
    (one, other) => one.timestamp - other.timestamp,
  );
}

type Ago = (ms: number) => number;

/** Adds a coupon field, test by test; it waits for somebody to allow a migration. */
function checkout(ago: Ago): Told[] {
  const sessionId = "checkout-coupons";
  const agentId = "coder-001";
  const at = (minutes: number, type: string, data: Record<string, unknown>): Told => ({
    type,
    timestamp: ago(minutes * minute),
    data: { agentId, sessionId, ...data },
  });
  const inSession = (minutes: number, type: string, data: Record<string, unknown>): Told => ({
    type,
    channel: `session:${sessionId}`,
    timestamp: ago(minutes * minute),
    data: { sessionId, ...data },
  });
  const run = (minutes: number, runId: string, total: number, failures: object[]): Told[] => {
    const test = { runId, suite: "checkout", total, passing: total - failures.length, failing: failures.length };
    const said = { ...test, durationMs: 2_310, failures };
    return [at(minutes, "test_result", said), inSession(minutes, "test_result", said)];
  };
  const phase = (minutes: number, previousPhase: string | null, currentPhase: string, lines: number): Told[] => {
    const coverage = { lines, branches: lines - 4.2, functions: Math.min(100, lines + 2) };
    return [
      at(minutes, "tdd_phase_change", { previousPhase, currentPhase, coverage }),
      inSession(minutes, "tdd_phase_change", { previousPhase, currentPhase, coverage }),
      inSession(minutes, "coverage_update", { coverage, suite: "checkout" }),
    ];
  };
  const expired = {
    name: "rejects a coupon that has expired",
    message: "expected 422, got 200\n    at test/coupons.test.ts:41:18",
    file: "test/coupons.test.ts",
    line: 41,
  };
  const twice = {
    name: "takes a coupon only once",
    message: "expected 409, got 200",
    file: "test/coupons.test.ts",
    line: 63,
  };
  return [
    inSession(46, "session_started", {
      name: "Coupons in the checkout",
      project: "shop",
      objective: "Customers can enter a coupon before they pay",
      agents: [agentId, "reviewer-002"],
      startedBy: "user:ada",
    }),
    at(46, "agent_status", { status: "running", agentType: "coder", name: "Coder 1", currentTask: null }),
    at(45, "task_assigned", { taskId: "t-1", title: "A coupon field in the checkout", status: "running" }),
    at(45, "agent_task_update", {
      taskId: "t-1",
      title: "A coupon field",
      status: "running",
      progress: 5,
      step: "Reading the code",
    }),
    at(44, "agent_log", { level: "info", message: "Cloned the repository, 1,204 files", logger: "git" }),
    inSession(44, "memory_update", {
      key: "conventions",
      version: 1,
      value: "Tests beside the code, `*.test.ts`.",
      author: agentId,
    }),
    at(43, "agent_usage", {
      model: "large-1",
      inputTokens: 18_400,
      cachedInputTokens: 16_000,
      outputTokens: 920,
      costUsd: 0.21,
      seconds: 9,
    }),
    ...phase(40, null, "red", 91.2),
    ...run(40, "r1", 42, [expired]),
    ...run(36, "r2", 43, [expired, twice]),
    at(35, "agent_log", {
      level: "warn",
      message: "Two coupons at once are not covered by any test",
      logger: "review",
    }),
    ...run(31, "r3", 43, [twice]),
    at(31, "agent_usage", {
      model: "large-1",
      inputTokens: 44_100,
      cachedInputTokens: 30_000,
      outputTokens: 3_412,
      costUsd: 0.62,
      seconds: 31,
    }),
    ...run(27, "r4", 43, []),
    ...phase(27, "red", "green", 94.8),
    inSession(26, "memory_update", {
      key: "conventions",
      version: 2,
      value: "Tests beside the code, `*.test.ts`.\nMoney is whole cents, never floats.",
      author: agentId,
    }),
    inSession(25, "memory_update", {
      key: "coupons/rules",
      version: 1,
      value: { once: true, stacks: false, expires: "end of day, shop time" },
      author: "reviewer-002",
    }),
    ...phase(20, "green", "refactor", 95.1),
    ...run(16, "r5", 44, []),
    inSession(12, "session_update", { status: "active", progress: 70, progress_step: "Preparing the migration" }),
    at(11, "agent_task_update", {
      taskId: "t-1",
      title: "A coupon field",
      status: "running",
      progress: 70,
      step: "Preparing the migration",
    }),
    at(9, "agent_error", { error: "The registry did not answer within 30 s", code: "timeout", recoverable: true }),
    at(8, "agent_usage", {
      model: "large-1",
      inputTokens: 61_700,
      cachedInputTokens: 52_000,
      outputTokens: 1_802,
      costUsd: 0.48,
      seconds: 18,
    }),
    at(4, "agent_status", {
      status: "waiting_approval",
      agentType: "coder",
      name: "Coder 1",
      message: "May I migrate the database?",
      currentTask: { id: "t-1", title: "A coupon field", progress: 70 },
    }),
    at(46, "agent_commands", {
      commands: [
        { name: "pause", title: "Pause" },
        { name: "resume", title: "Resume" },
        { name: "cancel", title: "Cancel", confirm: true },
        {
          name: "focus",
          title: "Focus on…",
          args: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
        },
      ],
    }),
    ...log(ago, "checkout-tests", { sessionId, agentId, minutes: 16, failing: false }),
    ...log(ago, "checkout-tests-red", { sessionId, agentId, minutes: 36, failing: true }),
  ];
}

/** Somebody else's session: it went wrong and was stopped. */
function payments(ago: Ago): Told[] {
  const sessionId = "payments-retry";
  const agentId = "coder-007";
  const at = (minutes: number, type: string, data: Record<string, unknown>): Told => ({
    type,
    timestamp: ago(minutes * minute),
    data: { sessionId, ...data },
  });
  return [
    at(80, "session_started", {
      name: "Retries for payments",
      project: "shop",
      agents: [agentId],
      startedBy: "user:grace",
    }),
    at(79, "agent_status", { agentId, status: "running", agentType: "coder", name: "Coder 7" }),
    at(60, "session_update", { status: "active", progress: 40, progress_step: "Tests" }),
    at(52, "agent_usage", {
      agentId,
      model: "small-2",
      inputTokens: 9_100,
      outputTokens: 2_204,
      costUsd: 0.03,
      seconds: 44,
    }),
    at(41, "agent_error", { agentId, error: "429 from the model, gave up after five tries", code: "rate_limited" }),
    at(40, "agent_status", {
      agentId,
      status: "failed",
      agentType: "coder",
      name: "Coder 7",
      reason: "429 from the model",
    }),
    at(40, "session_stopped", { status: "failed", reason: "The model refused", durationMs: 40 * minute }),
  ];
}

/** What runs beside: a stuck runner, a lost browser, a deploy that ended. */
function house(ago: Ago): Told[] {
  const status = (minutes: number, agentId: string, data: Record<string, unknown>): Told => ({
    type: "agent_status",
    timestamp: ago(minutes * minute),
    data: { agentId, ...data },
  });
  return [
    status(30, "reviewer-002", {
      status: "running",
      agentType: "reviewer",
      name: "Reviewer",
      sessionId: "checkout-coupons",
      currentTask: { id: "t-2", title: "Review of the coupon rules", progress: 30 },
    }),
    status(22, "runner-03", {
      status: "stuck",
      agentType: "runner",
      name: "Runner 3",
      message: "No progress for 12 minutes",
    }),
    status(18, "browser-01", { status: "lost", agentType: "browser", name: "Browser 1", reason: "its lease ended" }),
    status(15, "docs-01", {
      status: "waiting_input",
      agentType: "writer",
      name: "Docs",
      message: "Which of the two names shall stay?",
    }),
    status(14, "deploy-01", { status: "done", agentType: "deployer", name: "Deploy", message: "shop 4.12.0 is out" }),
    status(6, "planner-01", { status: "paused", agentType: "planner", name: "Planner" }),
    {
      type: "workflow_started",
      timestamp: ago(33 * minute),
      data: { workflowId: "release-4.12", name: "release", totalSteps: 4 },
    },
    {
      type: "workflow_step_complete",
      timestamp: ago(30 * minute),
      data: { workflowId: "release-4.12", stepId: "build", index: 1, totalSteps: 4, durationMs: 61_200 },
    },
    {
      type: "workflow_complete",
      timestamp: ago(14 * minute),
      data: { workflowId: "release-4.12", durationMs: 1_140_000 },
    },
  ];
}

function github(ago: Ago): Told[] {
  const repository = "acme/shop";
  const at = (minutes: number, type: string, data: Record<string, unknown>): Told => ({
    type,
    timestamp: ago(minutes * minute),
    data: { repository, ...data },
  });
  const coupons = {
    number: 412,
    title: "Coupons in the checkout",
    author: "coder-001",
    headRef: "coupons",
    baseRef: "main",
  };
  const url = "https://github.example/acme/shop/pull/412";
  return [
    at(240, "github_issue_update", {
      number: 398,
      action: "opened",
      state: "open",
      title: "Coupons cannot be entered",
      author: "mira",
      url,
    }),
    at(28, "github_pr_update", { ...coupons, action: "opened", state: "open", draft: true, url }),
    at(27, "github_workflow_update", {
      workflow: "CI",
      runId: 9_123,
      runNumber: 812,
      status: "in_progress",
      headRef: "coupons",
    }),
    at(22, "github_workflow_update", {
      workflow: "CI",
      runId: 9_123,
      runNumber: 812,
      status: "completed",
      conclusion: "failure",
      headRef: "coupons",
      durationMs: 302_000,
    }),
    at(17, "github_pr_update", {
      ...coupons,
      action: "reviewed",
      state: "open",
      review: "changes_requested",
      actor: "reviewer-002",
      url,
    }),
    at(13, "github_workflow_update", {
      workflow: "CI",
      runId: 9_127,
      runNumber: 813,
      status: "completed",
      conclusion: "success",
      headRef: "coupons",
      durationMs: 288_000,
    }),
    at(7, "github_pr_update", {
      ...coupons,
      action: "reviewed",
      state: "open",
      review: "approved",
      actor: "grace",
      url,
    }),
  ];
}

const kinds = ["coder", "tester", "reviewer", "runner"] as const;
const states = ["running", "running", "running", "running", "idle", "done", "queued"] as const;
const titles = [
  "Move the cart to whole cents",
  "Retry what the bank times out",
  "A page for gift cards",
  "Sizes that are sold out",
  "Faster search for long names",
  "Invoices as PDF",
] as const;

function crowd(nowMs: number, count: number): Told[] {
  const random = seeded(7);
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  return Array.from({ length: count }, (_, index): Told[] => {
    const agentType = one(kinds);
    const agentId = `${agentType}-${String(100 + index)}`;
    const sessionId = `work-${Math.floor(index / 4)}`;
    const status = one(states);
    const startMs = nowMs - Math.floor((5 + random() * 50) * minute);
    const title = one(titles);
    return [
      ...(index % 4 === 0
        ? [
            {
              type: "session_started",
              timestamp: startMs - second,
              data: { sessionId, name: title, project: "shop", startedBy: "user:ada" },
            },
          ]
        : []),
      {
        type: "agent_status",
        timestamp: startMs,
        data: {
          agentId,
          agentType,
          sessionId,
          status: "running",
          currentTask: { id: `t-${index}`, title, progress: 0 },
        },
      },
      {
        type: "agent_usage",
        timestamp: startMs + minute,
        data: {
          agentId,
          sessionId,
          model: one(["large-1", "small-2"]),
          inputTokens: Math.floor(random() * 60_000),
          outputTokens: Math.floor(random() * 4_000),
          costUsd: Math.round(random() * 900) / 1_000,
          seconds: Math.floor(random() * 60),
        },
      },
      {
        type: "agent_status",
        timestamp: startMs + 3 * minute,
        data: {
          agentId,
          agentType,
          sessionId,
          status,
          currentTask: status === "running" ? { id: `t-${index}`, title, progress: Math.floor(random() * 100) } : null,
        },
      },
    ];
  }).flat();
}

interface Log {
  sessionId: string;
  agentId: string;
  minutes: number;
  failing: boolean;
}

/** A test run with colours, as its reporter writes them. */
function log(ago: Ago, processId: string, { sessionId, agentId, minutes, failing }: Log): Told[] {
  const startMs = ago(minutes * minute);
  const green = (text: string): string => `\u001b[32m✓\u001b[39m ${text} \u001b[90m(${text.length} ms)\u001b[39m`;
  const names = ["adds a coupon", "shows what it takes off", "keeps the total above zero", "says why one is refused"];
  const passed = Array.from({ length: 40 }, (_, at) => green(`checkout > ${names[at % names.length]} ${at + 1}`));
  const failed = [
    "\u001b[31m✗ checkout > takes a coupon only once\u001b[39m",
    "    AssertionError: expected 409, got 200",
    "      at test/coupons.test.ts:63:12",
  ];
  const lines = [
    "> shop@4.12.0 test",
    "> vitest run",
    "",
    ...passed,
    ...(failing ? failed : []),
    "",
    failing ? "Tests  1 failed | 42 passed (43)" : "Tests  44 passed (44)",
  ];
  const started = {
    ...{ processId, agentId, sessionId, command: "npm", args: ["test"], cwd: "/srv/shop", pid: 4_711, host: "build-3" },
    name: failing ? "npm test, red" : "npm test",
  };
  return [
    { type: "process_started", timestamp: startMs, data: started },
    { type: "process_started", channel: `session:${sessionId}`, timestamp: startMs, data: started },
    ...lines.map(
      (output, at): Told => ({
        type: "process_output",
        timestamp: startMs + at * 50,
        data: { processId, stream: /Assertion|✗/.test(output) ? "stderr" : "stdout", output, line: at + 1 },
      }),
    ),
    {
      type: "process_stopped",
      timestamp: startMs + 4 * second,
      data: { processId, exitCode: failing ? 1 : 0, signal: null, durationMs: 4_000, lines: lines.length },
    },
  ];
}
