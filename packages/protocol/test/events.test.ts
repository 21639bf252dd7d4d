import { decodeFrame, defaultLimits, isChannel, isControlType } from "@signalbox/protocol";
import { catalogue, checkControl, checkEvent, deliveryOf, deriveChannel, families } from "@signalbox/protocol/schemas";
import { describe, expect, test } from "vitest";
import { familyVectors } from "./vectors.ts";

const check = (type: string, data: unknown) => (isControlType(type) ? checkControl : checkEvent)(type, data);

describe.each(familyVectors)("§5.5 the vectors of $family", ({ valid, invalid }) => {
  test.each(valid)("$message.type: $name is valid", ({ message, channel }) => {
    expect(decodeFrame(JSON.stringify(message), defaultLimits)).toMatchObject({ ok: true });
    expect(check(message.type, message.data)).toEqual({ ok: true });
    const derived = deriveChannel(message.type, message.data);
    if (channel === undefined) expect(isChannel(derived)).toBe(false);
    else expect({ derived, proper: isChannel(derived) }).toEqual({ derived: channel, proper: true });
  });

  test.each(invalid)("$message.type: $name is invalid", ({ message, path, rule }) => {
    expect(decodeFrame(JSON.stringify(message), defaultLimits)).toMatchObject({ ok: true });
    expect(check(message.type, message.data)).toEqual({ ok: false, path, rule });
  });
});

describe("the vectors are total", () => {
  const control = ["connect", "disconnect", "ping", "pong", "auth_request", "subscribe", "unsubscribe"];
  const types = [...catalogue.keys(), ...control];

  test.each(["valid", "invalid"] as const)("every type has a %s one", (kind) => {
    const covered = new Set(familyVectors.flatMap((family) => family[kind].map(({ message }) => message.type)));
    expect(types.filter((type) => !covered.has(type))).toEqual([]);
  });

  test("every event family has its file, with its own types only", () => {
    for (const [name, definitions] of Object.entries(families)) {
      const file = familyVectors.find(({ family }) => family === name);
      const found = file?.valid.concat(file.invalid).map(({ message }) => message.type);
      expect(new Set(found)).toEqual(new Set(definitions.map(({ type }) => type)));
    }
  });

  test("every rule that a schema can state is broken by one", () => {
    const rules = [
      ...["is required", "must be an object", "must be an array", "must be a string", "must be a number"],
      ...["must be a whole number", "must be true or false", "must be true", /^must be one of ./],
      ...[/^must be \d+ or more$/, /^must be \d+ or less$/, /^must match \^/, "must be text or null"],
      ...[/^must have \d+ or more characters$/, /^must have \d+ or fewer characters$/],
      ...[/^must have \d+ or fewer items$/, /^must have \d+ or fewer keys$/],
    ];
    const broken = familyVectors.flatMap(({ invalid }) => invalid.map(({ rule }) => rule));
    const reached = (rule: string | RegExp) =>
      broken.some((one) => (typeof rule === "string" ? one === rule : rule.test(one)));
    expect(rules.filter((rule) => !reached(rule))).toEqual([]);
  });
});

describe("the catalogue", () => {
  const all = [...catalogue.values()];

  test("S4 V2 W3 D2 X2 X3 X7 has every type that the documents name", () => {
    const named = [
      ...["agent_status", "agent_task_update", "agent_log", "agent_metric", "agent_error"],
      ...["tdd_phase_change", "test_result", "coverage_update"],
      ...["workflow_started", "workflow_step_complete", "workflow_complete", "workflow_failed"],
      ...["system_notification", "system_alert", "deployment_status"],
      ...["github_issue_update", "github_pr_update", "github_workflow_update"],
      ...["session_update", "memory_update", "session_status_changed"],
      ...["process_started", "process_stopped", "process_output", "process_error", "task_assigned", "task_completed"],
      ...["execution_update", "step_update", "browser_update", "checkpoint_required"],
    ];
    expect(named.filter((type) => !catalogue.has(type))).toEqual([]);
  });

  test("names each type once, apart from the control messages", () => {
    expect(catalogue.size).toBe(Object.values(families).flat().length);
    expect([...catalogue.keys()].filter(isControlType)).toEqual([]);
  });

  test.each(all)("$type: its example is valid and finds its channel", ({ type, example }) => {
    expect(checkEvent(type, example)).toEqual({ ok: true });
    expect(isChannel(deriveChannel(type, example))).toBe(true);
  });

  test.each(all)(
    "$type: channel, key and tags name fields that it has, tags are texts, and every field is explained",
    (definition) => {
      const fields = Object.keys(definition.data.properties);
      const named = definition.channel.flatMap((template) => /\{(.*)\}$/.exec(template)?.[1] ?? []);
      expect(fields).toEqual(expect.arrayContaining([...named, ...definition.key, ...definition.tags]));
      const forms = definition.tags.map((tag) => JSON.stringify(definition.data.properties[tag]));
      expect(forms.filter((form) => !form.includes('"type":"string"') && !form.includes('"enum"'))).toEqual([]);
      const unexplained = Object.entries<{ description?: string }>(definition.data.properties).filter(
        ([, { description }]) => !description?.endsWith("."),
      );
      expect(unexplained).toEqual([]);
      expect(definition.summary).toMatch(/^[A-Z].*\.$/);
      expect(definition.version).toMatch(/^\d+\.\d+$/);
    },
  );

  test("output is coalesced, gauges and frames are latest, presence is not kept, the rest arrives", () => {
    const of = (wanted: string) => [...catalogue.keys()].filter((type) => deliveryOf(type) === wanted);
    expect(of("coalesce")).toEqual(["agent_log", "process_output"]);
    expect(of("latest")).toEqual([
      "agent_metric",
      "session_selection",
      "process_metric",
      "browser_update",
      "command_progress",
    ]);
    expect(of("ephemeral")).toEqual(["presence_joined", "presence_left", "presence_updated"]);
    expect(deliveryOf("acme_thing")).toBe("lossless");
  });
});

describe("types that nobody knows", () => {
  test.each([undefined, null, 1, "x", [], { agentId: 1 }])("§1.4 pass unchecked with data %j", (data) => {
    expect(checkEvent("acme_thing", data)).toEqual({ ok: true });
    expect(deriveChannel("acme_thing", data)).toBeUndefined();
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is one of them", (type) => {
    expect(checkEvent(type, {})).toEqual({ ok: true });
    expect(deriveChannel(type, {})).toBeUndefined();
    expect(deliveryOf(type)).toBe("lossless");
    expect(checkControl(type, {})).toMatchObject({ ok: false, path: "/type" });
  });
});

describe("deriving a channel", () => {
  test.each([[undefined], [null], ["agent"], [[]], [{}], [{ agentId: 7 }], [{ agentId: "" }], [{ agentId: null }]])(
    "§2.4 gives nothing for %j",
    (data) => expect(deriveChannel("agent_status", data)).toBeUndefined(),
  );

  test("does not read what data inherits", () => {
    expect(deriveChannel("agent_status", Object.create({ agentId: "a" }))).toBeUndefined();
  });

  test("leaves it to the caller to ask whether the name is proper", () => {
    expect(deriveChannel("agent_status", { agentId: "a b" })).toBe("agent:a b");
    expect(isChannel("agent:a b")).toBe(false);
  });
});

test("a check that passes allocates nothing", () => {
  const data = { agentId: "a", status: "idle" };
  expect(checkEvent("agent_status", data)).toBe(checkEvent("agent_status", data));
  expect(checkEvent("acme_thing", data)).toBe(checkEvent("agent_status", data));
});
