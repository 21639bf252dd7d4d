import { agentReducer, processReducer, sessionReducer } from "@signalbox/core/reducers";
import { expect, test } from "vitest";
import { agentItem, processItem, sessionItem, silentAfterMs, withSilence } from "../../src/fleet/item.ts";

const process = (...events: ReadonlyArray<[string, object]>) =>
  processItem(
    "process:p1",
    events.reduce(
      (state, [type, data], at) => processReducer.apply(state, { type, timestamp: at, data }),
      processReducer.initial("process:p1"),
    ),
  );

const started: [string, object] = ["process_started", { command: "npm", args: ["test"], host: "build-3" }];

test("a process is shown by its command and its last line", () => {
  expect(process(started, ["process_output", { output: "ok" }])).toMatchObject({
    title: "npm test",
    condition: "running",
    word: "Running",
    said: "ok",
    lines: 1,
  });
});

test.each<[object, string, string]>([
  [{ exitCode: 0 }, "done", "Done"],
  [{ exitCode: 3 }, "failed", "Exit 3"],
  [{ signal: "SIGKILL" }, "failed", "SIGKILL"],
  [{ signal: "SIGTERM", cancelledBy: "user:ada" }, "done", "Cancelled"],
])("a process that stopped with %j is %s", (data, condition, word) => {
  expect(process(started, ["process_stopped", data])).toMatchObject({ condition, word });
});

test("a running process that sends nothing any more does not look alive", () => {
  const running = process(started);
  expect(withSilence(running, silentAfterMs - 1)).toBe(running);
  expect(withSilence(running, silentAfterMs + 1)).toMatchObject({ condition: "lost", word: "Silent" });
  const done = process(started, ["process_stopped", { exitCode: 0 }]);
  expect(withSilence(done, 10 * silentAfterMs)).toBe(done);
});

test("an agent that waits for an approval needs a person, and says so in its own words", () => {
  const state = agentReducer.apply(agentReducer.initial("agent:a"), {
    type: "agent_status",
    timestamp: 1,
    data: { status: "waiting_approval", currentTask: { id: "t", title: "Deploy", progress: 40 } },
  });
  expect(agentItem("agent:a", state)).toMatchObject({ condition: "waiting", word: "Waiting approval", progress: 40 });
});

test("a session is shown by its objective", () => {
  const state = sessionReducer.apply(sessionReducer.initial("session:s1"), {
    type: "session_started",
    timestamp: 1,
    data: { objective: "Add a login form", agents: ["coder-001"] },
  });
  expect(sessionItem("session:s1", state)).toMatchObject({ title: "Add a login form", subtitle: "s1 · 1 agent" });
});

test("a stuck agent is stuck since it showed something last, as the gateway says it", () => {
  const stuck = agentReducer.apply(agentReducer.initial("agent:a"), {
    type: "agent_status",
    timestamp: 1_000_000,
    data: { status: "stuck", reason: "published nothing for 720000 ms" },
  });
  expect(agentItem("agent:a", stuck)).toMatchObject({ condition: "stuck", since: 280_000, reason: "" });
});

test("a lost agent is lost since that was said", () => {
  const lost = agentReducer.apply(agentReducer.initial("agent:a"), {
    type: "agent_status",
    timestamp: 5_000,
    data: { status: "lost", reason: "no heartbeat" },
  });
  expect(agentItem("agent:a", lost)).toMatchObject({ condition: "lost", since: 5_000, reason: "no heartbeat" });
});
