import { decodeValue, defaultLimits } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { cloudEvent, cloudEventBatch } from "../../src/sources/cloudevents/index.ts";
import { typeName } from "../../src/sources/cloudevents/type-name.ts";

const event = { specversion: "1.0", id: "A234", source: "https://ci.example.org/jobs", type: "com.example.job.done" };

test("every attribute has its place, and what follows decodes", () => {
  const mapped = cloudEvent.map({
    ...event,
    subject: "workflow:w1",
    time: "2026-11-20T10:00:00.5Z",
    datacontenttype: "application/json",
    traceparent: "00-abc-def-01",
    data: { ok: true },
  });
  const message = {
    id: "A234",
    type: "job_done",
    timestamp: Date.UTC(2026, 10, 20, 10, 0, 0, 500),
    channel: "workflow:w1",
    data: { ok: true },
    metadata: {
      source: event.source,
      idempotencyKey: `${event.source} A234`,
      cloudevents: {
        specversion: "1.0",
        type: event.type,
        subject: "workflow:w1",
        datacontenttype: "application/json",
        traceparent: "00-abc-def-01",
      },
    },
  };
  expect(mapped).toEqual({ ok: true, drafts: [message] });
  expect(decodeValue([message], defaultLimits).ok).toBe(true);
});

test("the channel is the extension, else a subject that is a channel name, else left to the type", () => {
  const channelOf = (more: object): unknown => {
    const mapped = cloudEvent.map({ ...event, ...more });
    return mapped.ok ? (mapped.drafts[0] as { channel?: string }).channel : mapped;
  };
  expect(channelOf({ channel: "agent:a", subject: "workflow:w1" })).toBe("agent:a");
  expect(channelOf({ subject: "workflow:w1" })).toBe("workflow:w1");
  expect(channelOf({ subject: "some thing" })).toBeUndefined();
  expect(channelOf({})).toBeUndefined();
});

test("ids and sources that are too long or odd still tell events apart", () => {
  const keyOf = (id: string): string => {
    const mapped = cloudEvent.map({ ...event, id });
    if (!mapped.ok) throw new Error(mapped.rule);
    expect(decodeValue(mapped.drafts, defaultLimits).ok).toBe(true);
    return (mapped.drafts[0] as { metadata: { idempotencyKey: string } }).metadata.idempotencyKey;
  };
  expect(keyOf(`${"x".repeat(400)}1`)).not.toBe(keyOf(`${"x".repeat(400)}2`));
  expect(keyOf("ü 1")).toBe(`${event.source} ü 1`);
});

test.each([
  [{ ...event, specversion: "0.3" }, "/specversion"],
  [{ ...event, id: undefined }, "/id"],
  [{ ...event, source: 5 }, "/source"],
  [{ ...event, time: "yesterday" }, "/time"],
  [{ ...event, time: "1" }, "/time"],
  [{ ...event, time: "2026-11-20T10:00" }, "/time"],
  [{ ...event, time: "Fri, 20 Nov 2026 10:00:00 GMT" }, "/time"],
  ["text", ""],
  [[event], ""],
])("%j is refused at %s", (document, path) => {
  expect(cloudEvent.map(document)).toMatchObject({ ok: false, path });
});

test("a batch names the one that is wrong", () => {
  expect(cloudEventBatch.map([event, { ...event, type: "" }])).toMatchObject({ ok: false, path: "/1/type" });
  expect(cloudEventBatch.map(event)).toMatchObject({ ok: false, path: "" });
  expect(cloudEventBatch.map([])).toEqual({ ok: true, drafts: [] });
});

test.each([
  ["com.example.agent.status", "agent_status"],
  ["agent.status", "agent_status"],
  ["agent.task.update", "agent_task_update"],
  ["com.github.pull_request.opened", "pull_request_opened"],
  ["AgentStatus", "agent_status"],
  ["order-created", "order_created"],
  ["com.example", "com_example"],
  ["42", "event_42"],
  ["***", "event"],
  [`${"long.".repeat(30)}tail`, expect.stringMatching(/^[a-z_]{1,64}$/)],
  ["x".repeat(100), "x".repeat(64)],
])("%s becomes %s", (type, name) => {
  expect(typeName(type)).toEqual(name);
});
