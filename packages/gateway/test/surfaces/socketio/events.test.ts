/** D1, D2 (S§4): Socket.IO's own clients through a real gateway. */
import { describe, expect, test } from "vitest";
import { openGateway, token } from "../../support/gateway.ts";
import { ask, bringing, heard, newKinds, oldKinds, once } from "./clients.ts";

const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe.each([...newKinds, ...oldKinds])("$name", (kind) => {
  test("D1 D2 a room per process, exactly the document's events, and what is for everybody", async () => {
    const gateway = await openGateway();
    const client = kind.open(gateway.url, bringing(kind, token));
    const other = kind.open(gateway.url, bringing(kind, token));
    const all = heard(client);
    const others = heard(other);
    await Promise.all([once(client, "connect"), once(other, "connect")]);
    expect(await ask(client, "subscribe-process", "p1")).toEqual({ ok: true, processId: "p1", recovered: true });
    expect(await ask(other, "subscribe-process", "p2")).toMatchObject({ ok: true });
    await gateway.publish([
      { type: "process_started", data: { processId: "p1", command: "npm", args: ["test"] } },
      {
        type: "process_output",
        data: { processId: "p1", output: "\u001b[32m✓\u001b[39m ok", stream: "stderr", line: 1 },
      },
      { type: "process_metric", data: { processId: "p1", cpuPercent: 1, memoryBytes: 1 } },
      { type: "process_error", data: { processId: "p1", error: "no such program", code: "ENOENT" } },
      { type: "process_stopped", data: { processId: "p1", exitCode: 0, signal: null } },
      { type: "task_assigned", data: { taskId: "t1", agentId: "coder", status: "running", title: "Add a form" } },
      { type: "task_assigned", data: { taskId: "t2", sessionId: "s1" } },
      { type: "task_completed", data: { taskId: "t1", agentId: "coder", result: { tests: 3 } } },
      { type: "system_alert", data: { message: "The disk is full", severity: "critical" } },
    ]);
    await expect.poll(() => all.length).toBe(8);
    const shared = (list: typeof all) =>
      list
        .filter(([name]) => !name.startsWith("process-"))
        .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(all.filter(([name]) => name.startsWith("process-"))).toEqual([
      ["process-started", { processId: "p1", command: "npm", args: ["test"], timestamp: at }],
      ["process-output", { processId: "p1", output: "\u001b[32m✓\u001b[39m ok", timestamp: at }],
      ["process-error", { processId: "p1", error: "no such program", code: "ENOENT", timestamp: at }],
      ["process-stopped", { processId: "p1", exitCode: 0, signal: null, timestamp: at }],
    ]);
    expect(shared(all)).toEqual([
      ["system-alert", { message: "The disk is full", severity: "critical", timestamp: at }],
      ["task-assigned", { taskId: "t1", status: "running", timestamp: at }],
      ["task-assigned", { taskId: "t2", status: "queued", timestamp: at }],
      ["task-completed", { taskId: "t1", agentId: "coder", status: "done", result: { tests: 3 }, timestamp: at }],
    ]);
    await expect.poll(() => others.length).toBe(4);
    expect(shared(others)).toEqual(shared(all));
  });
});
