/** A session as it was recorded: half an hour of two agents, a process, tests that go red and green, and a question. */

interface RecordedEvent {
  channel: string;
  type: string;
  timestamp: number;
  data: Record<string, unknown>;
}

export interface RecordedSession {
  events: RecordedEvent[];
  moments: Record<"start" | "red" | "green" | "asked" | "end", number>;
  /** Bars of its lanes. */
  bars: number;
  /** What its panels say at a time. */
  stateAt(ms: number): { step: string; tests: string | undefined };
}

const minute = 60_000;

const message = [
  "## Plan",
  "",
  "1. Read the [docs](https://example.org/cart) first",
  "2. **Then** write a test; see [this](javascript:window.ran=1) and <img src=x onerror=window.ran=1>",
  "",
  "```ts",
  "const total = items.reduce((sum, { price }) => sum + price, 0);",
  "```",
  "<script>window.ran = 1</script>",
].join("\n");

const diff = ["--- a/src/cart.ts", "+++ b/src/cart.ts", "@@ -1,3 +1,4 @@", " export", "-old line", "+new line"].join(
  "\n",
);

export function recordedSession(start: number): RecordedSession {
  const events: RecordedEvent[] = [];
  const steps: Array<{ at: number; step: string; tests: string | undefined }> = [];
  let tests: string | undefined;
  const add = (atMs: number, channel: string, type: string, data: Record<string, unknown>): number => {
    events.push({ channel, type, timestamp: start + atMs, data });
    return start + atMs;
  };
  const session = (atMs: number, step: string, more: Record<string, unknown>) => {
    steps.push({ at: start + atMs, step, tests });
    return add(atMs, "session:shop", "session_update", { sessionId: "shop", progress_step: step, ...more });
  };
  const counts = (atMs: number, passing: number, failures: unknown[]) => {
    tests = `${passing} of 3 pass, ${3 - passing} fail`;
    steps.push({ at: start + atMs, step: steps.at(-1)?.step ?? "", tests });
    const data = { agentId: "coder", suite: "cart", total: 3, passing, failing: 3 - passing, failures };
    return add(atMs, "agent:coder", "test_result", data);
  };
  let calls = 0;
  const call = (atMs: number, ms: number, toolName: string, args: unknown, came: Record<string, unknown>) => {
    const toolCallId = `call-${++calls}`;
    add(atMs, "agent:coder", "tool_call", { agentId: "coder", toolCallId, toolName, arguments: args });
    add(atMs + ms, "agent:coder", "tool_result", { agentId: "coder", toolCallId, toolName, ...came });
  };
  add(0, "session:shop", "session_started", {
    ...{ sessionId: "shop", name: "Checkout of the shop", project: "shop", objective: "Reject empty carts" },
    ...{ agents: ["coder", "reviewer"], startedBy: "user:ada" },
  });
  session(1_000, "Reading the code", { status: "active", progress: 10 });
  add(2_000, "agent:coder", "agent_status", {
    agentId: "coder",
    agentType: "coder",
    status: "running",
    sessionId: "shop",
  });
  add(3_000, "agent:coder", "agent_message", { agentId: "coder", text: message });
  add(5_000, "session:shop", "memory_update", {
    ...{ sessionId: "shop", key: "conventions", version: 1, value: "Two spaces", author: "coder" },
  });
  for (let at = 1; at < 6; at++)
    call(at * minute, 9_000, "read_file", { path: `src/cart-${at}.ts` }, { result: "export" });
  add(6 * minute, "agent:coder", "agent_usage", {
    agentId: "coder",
    sessionId: "shop",
    inputTokens: 18_400,
    outputTokens: 920,
    costUsd: 0.0213,
  });
  session(7 * minute, "Writing a test", { status: "testing", progress: 40 });
  add(7 * minute + 500, "agent:coder", "tdd_phase_change", { agentId: "coder", currentPhase: "red" });
  call(8 * minute, 20_000, "bash", { command: "npm test" }, { error: "1 test failed", status: "failed" });
  const red = counts(9 * minute, 2, [
    { name: "rejects an empty cart", file: "cart.test.ts", line: 12, message: "expected 400, got 200" },
  ]);
  call(11 * minute, 40_000, "edit", { path: "src/cart.ts" }, { result: diff });
  add(12 * minute, "process:tests", "process_started", {
    ...{ processId: "tests", command: "npm", args: ["test"], sessionId: "shop", agentId: "coder" },
  });
  add(12 * minute + 4_000, "process:tests", "process_output", {
    processId: "tests",
    output: "\u001b[32m✓\u001b[39m 3 passed",
  });
  add(12 * minute + 5_000, "process:tests", "process_stopped", { processId: "tests", exitCode: 0, signal: null });
  call(13 * minute, 30_000, "bash", { command: "npm test" }, { result: "3 passed" });
  add(13 * minute + 40_000, "session:shop", "memory_update", {
    ...{ sessionId: "shop", key: "conventions", version: 2, value: "Two spaces, no tabs", author: "coder" },
  });
  session(14 * minute, "Tests pass", { progress: 70 });
  const green = counts(15 * minute, 3, []);
  add(15 * minute, "agent:coder", "tdd_phase_change", {
    agentId: "coder",
    previousPhase: "red",
    currentPhase: "green",
  });
  const asked = add(18 * minute, "agent:coder", "checkpoint_required", {
    ...{ checkpointId: `deploy-${start}`, agentId: "coder", title: "Deploy the shop?", risk: "high" },
    checkpointData: { command: "npm run deploy" },
  });
  add(20 * minute, "agent:coder", "checkpoint_decided", { checkpointId: `deploy-${start}`, decision: "approve" });
  add(21 * minute, "agent:reviewer", "agent_status", { agentId: "reviewer", status: "running", sessionId: "shop" });
  add(23 * minute, "agent:reviewer", "agent_status", { agentId: "reviewer", status: "done", sessionId: "shop" });
  add(24 * minute, "agent:coder", "agent_status", { agentId: "coder", status: "done", sessionId: "shop" });
  const end = add(25 * minute, "session:shop", "session_stopped", { sessionId: "shop", status: "done" });
  // Bars: the calls, the process, and the question until it was decided.
  const bars = calls + 2;
  const stateAt = (ms: number) => {
    const last = steps.filter(({ at }) => at <= ms).at(-1);
    return { step: last?.step ?? "", tests: last?.tests };
  };
  return { events, moments: { start, red, green, asked, end }, bars, stateAt };
}
