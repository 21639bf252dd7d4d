import { describe, expect, test } from "vitest";
import { type Identity, principalKey } from "../../src/rights/identity.ts";
import { defaultRoles, rightsOf } from "../../src/rights/roles.ts";
import { type Verb, verbs, verbToPublish } from "../../src/rights/verbs.ts";

const namespaces = [
  "agent",
  "session",
  "process",
  "execution",
  "browser",
  "workflow",
  "repo",
  "user",
  "global",
  "build",
];
const who = (roles: string[], more: Partial<Identity> = {}): Identity => ({
  kind: "user",
  id: "ada",
  roles,
  capabilities: [],
  ...more,
});
const rights = (roles: string[], more: Partial<Identity> = {}) => rightsOf(who(roles, more), defaultRoles, namespaces);

/** Every role, and what it may do with one channel of each kind. A cell that is not listed is denied. */
const table: Record<string, Record<string, Verb[]>> = {
  viewer: {
    "agent:other": ["subscribe", "history", "presence"],
    "build:7": ["subscribe", "history", "presence"],
    global: ["subscribe", "history", "presence"],
    "user:ada": ["subscribe", "history", "presence"],
  },
  operator: {
    "agent:other": ["subscribe", "history", "presence", "command"],
    "session:s1": ["subscribe", "publish", "history", "presence", "command"],
    "build:7": ["subscribe", "history", "presence", "command"],
    global: ["subscribe", "publish", "history", "presence", "command"],
    "user:ada": ["subscribe", "publish", "history", "presence"],
    "user:bob": ["publish"],
  },
  approver: {
    "agent:other": ["subscribe", "history", "presence", "approve"],
    "execution:e1": ["subscribe", "history", "presence", "approve"],
    "user:ada": ["subscribe", "history", "presence"],
  },
  agent: {
    "agent:coder": ["subscribe", "publish", "history", "presence"],
    "agent:coder/tests": ["subscribe", "publish", "history", "presence"],
    "process:coder/1": ["subscribe", "publish", "history", "presence"],
    "process:p1": ["publish"],
    "session:s1": ["publish"],
    "execution:e1": ["publish"],
  },
  admin: Object.fromEntries(["agent:other", "user:bob", "global", "build:7"].map((name) => [name, [...verbs]])),
};
const asked = [
  "agent:other",
  "agent:coder",
  "agent:coder/tests",
  "process:coder/1",
  "process:p1",
  "session:s1",
  "execution:e1",
];
const all = [...asked, "repo:a/b", "build:7", "global", "user:ada", "user:bob"];

describe.each(Object.entries(table))("%s", (role, cells) => {
  const more: Partial<Identity> = role === "agent" ? { kind: "agent", id: "coder", agentId: "coder" } : {};

  test.each(
    role === "admin"
      ? Object.keys(cells)
      : all.filter((name) => role === "agent" || Object.hasOwn(cells, name) || name === "user:bob"),
  )("on %s", (name) => {
    const may = verbs.filter((verb) => rights([role], more).may(verb, name));
    expect(may).toEqual(cells[name] ?? []);
  });
});

describe("roles", () => {
  test("add up, and with the identity's own capabilities", () => {
    const both = rights(["viewer", "approver"], { capabilities: [{ channels: "repo:a/b", verbs: ["publish"] }] });
    expect(both.may("approve", "execution:e1")).toBe(true);
    expect(both.may("publish", "repo:a/b")).toBe(true);
    expect(both.may("publish", "repo:a/c")).toBe(false);
  });

  test.each(["nobody", "__proto__", "constructor", "toString", ""])(
    "%j, which is not defined, grants nothing",
    (role) => {
      expect(verbs.filter((verb) => rights([role]).mayAny(verb))).toEqual([]);
    },
  );

  test.each(["*", "a*", "", "a b", "../x", "ada:*", "x\n", "{agentId}", "$&"])(
    "an id like %j cannot widen its place",
    (id) => {
      const viewer = rights(["viewer"], { id });
      for (const name of ["user:ada", "user:bob", "user:*"]) expect(viewer.may("subscribe", name)).toBe(false);
    },
  );

  test("the agent role without an agent may only add to shared work", () => {
    const free = rights(["agent"], { kind: "service", id: "runner" });
    expect(free.may("publish", "process:p1")).toBe(true);
    expect(free.may("publish", "agent:coder")).toBe(false);
    expect(free.mayAny("subscribe")).toBe(false);
  });

  test("an agent cannot decide its own checkpoint, command itself or expire either by publishing", () => {
    const agent = rights(["agent"], { kind: "agent", id: "coder", agentId: "coder" });
    expect(agent.may(verbToPublish("checkpoint_required"), "execution:coder/1")).toBe(true);
    expect(agent.may(verbToPublish("checkpoint_decided"), "execution:coder/1")).toBe(false);
    expect(agent.may(verbToPublish("checkpoint_expired"), "execution:coder/1")).toBe(false);
    expect(agent.may(verbToPublish("command_queued"), "agent:coder")).toBe(false);
    expect(agent.may(verbToPublish("command_done"), "agent:coder")).toBe(true);
  });
});

test("no two principals share a key", () => {
  const keys = [
    { kind: "user", id: "a" },
    { kind: "agent", id: "a" },
    { kind: "user", id: "a", tenant: "t" },
    { kind: "user", id: 'a","t' },
    { kind: "user", id: "a", tenant: "" },
  ] as const;
  expect(new Set(keys.map(principalKey)).size).toBe(keys.length);
});

describe("commands by name", () => {
  const some = { channels: "agent:{id}/*", verbs: ["command"], commands: ["pause"] } as const;

  test("a role that names commands grants those, and no other", () => {
    const { may, mayCommand } = rightsOf(who(["pauser"]), { pauser: [some] }, namespaces);
    expect(may("command", "agent:ada/1")).toBe(true);
    expect(mayCommand("agent:ada/1", "pause")).toBe(true);
    expect(mayCommand("agent:ada/1", "stop")).toBe(false);
    expect(mayCommand("agent:bob/1", "pause")).toBe(false);
    expect(mayCommand("agent:ada/*", "pause")).toBe(false);
  });

  test("rights add up; without names, and with admin, every command is granted", () => {
    const roles = { pauser: [some], all: [{ channels: "agent:ada/1", verbs: ["command"] }] } as const;
    const { mayCommand } = rightsOf(who(["pauser", "all"]), roles, namespaces);
    expect([mayCommand("agent:ada/1", "stop"), mayCommand("agent:ada/2", "stop")]).toEqual([true, false]);
    expect(rights(["admin"]).mayCommand("agent:x", "anything")).toBe(true);
    expect(rights(["operator"]).mayCommand("agent:x", "anything")).toBe(true);
    expect(rights(["viewer"]).mayCommand("agent:x", "anything")).toBe(false);
    expect(rights(["admin"], { agentId: "a" }).mayCommand("agent:a", "anything")).toBe(false);
  });
});
