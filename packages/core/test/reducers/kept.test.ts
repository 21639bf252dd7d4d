/** A session's memory, a repository, what concerns everybody. */
import { describe, expect, test } from "vitest";
import { compileHiding } from "../../src/index.ts";
import { globalReducer, memoryReducer, repoReducer } from "../../src/reducers/index.ts";
import { fold } from "../support/fold.ts";

describe("V11 memory", () => {
  const write = (key: string, version: number | undefined, value: unknown, author = "a", scope?: string) =>
    ["memory_update", { sessionId: "s", key, version, value, author, scope }] as const;

  test("each entry has its newest version, with who wrote it, when, and in which event", () => {
    const { entries } = fold(memoryReducer, "session:s", [
      write("style", 1, "tabs", "ada"),
      write("style", 2, "two spaces", "bob"),
      write("style", 1, "of another scope", "ada", "team"),
    ]);
    expect(entries.items).toMatchObject([
      { scope: "", key: "style", version: 2, value: "two spaces", author: "bob", at: 2, offset: 2, conflicts: 0 },
      { scope: "team", key: "style", version: 1, value: "of another scope", offset: 3 },
    ]);
    expect(entries.items[0]?.versions).toMatchObject([
      { version: 1, author: "ada", at: 1, offset: 1, diff: undefined },
      { version: 2, author: "bob", at: 2, offset: 2 },
    ]);
  });

  test("a version that is no higher than the known one is old news: counted, with its author, and nothing else", () => {
    const { entries } = fold(memoryReducer, "session:s", [
      write("k", 5, "five", "ada"),
      write("k", 4, "four", "bob"),
      write("k", 5, "other five", "eve"),
      write("k", undefined, "six", "ada"),
    ]);
    expect(entries.items).toMatchObject([
      { version: 6, value: "six", conflicts: 2, lastConflict: { version: 5, author: "eve", at: 3, offset: 3 } },
    ]);
    expect(entries.items[0]?.versions.map(({ version }) => version)).toEqual([5, 6]);
  });

  test("what a version changed: lines of a text, members of anything else", () => {
    const { entries } = fold(memoryReducer, "session:s", [
      write("text", 1, "one\ntwo\nthree\nfour"),
      write("text", 2, "one\n2\n2.5\nthree\nfour"),
      write("table", 1, { a: 1, b: { c: 1, d: 2 }, e: [1] }),
      write("table", 2, { b: { c: 1, d: 3 }, e: [1, 2], f: "new" }),
      write("kind", 1, "text"),
      write("kind", 2, 7),
    ]);
    expect(entries.items.map(({ versions }) => versions[1]?.diff)).toEqual([
      { kind: "lines", from: 2, removed: ["two"], added: ["2", "2.5"] },
      { kind: "merge", patch: { a: null, b: { d: 3 }, e: [1, 2], f: "new" } },
      { kind: "merge", patch: 7 },
    ]);
  });

  test("what is hidden from somebody by its name is hidden in what changed too", () => {
    const { entries } = fold(memoryReducer, "session:s", [
      write("k", 1, { login: "ada", password: "old" }),
      write("k", 2, { login: "bob", password: "new" }),
    ]);
    const view = compileHiding([{ fields: ["password"], unless: [] }]).viewOf({ roles: [] });
    expect(JSON.stringify(view?.state(entries))).not.toMatch(/old|new/);
    expect(view?.state(entries)).toMatchObject({
      items: [{ versions: { 1: { diff: { patch: { login: "bob", password: "[hidden]" } } } } }],
    });
  });

  test("a change that is too long to be shown is said to be so, and a long value is cut", () => {
    const { entries } = fold(memoryReducer, "session:s", [
      write("a", 1, "x"),
      write("a", 2, "y".repeat(1_000)),
      write("b", 1, "z".repeat(10_000)),
      write("b", 2, "z"),
      write("c", 1, { long: "z".repeat(10_000) }),
    ]);
    expect(entries.items).toMatchObject([
      { value: "y".repeat(1_000), size: undefined, versions: { 1: { diff: { kind: "too_long" } } } },
      { value: "z", versions: { 1: { diff: { kind: "too_long" } } } },
      { value: undefined, size: 10_011 },
    ]);
  });

  test("a deleted entry stays, with who deleted it, and can be written again", () => {
    const gone = ["memory_update", { key: "k", version: 2, deleted: true, author: "bob" }] as const;
    const at = (...events: Array<readonly [string, unknown]>) =>
      fold(memoryReducer, "session:s", events).entries.items[0];
    expect(at(write("k", 1, "x"), gone)).toMatchObject({ deleted: true, value: undefined, author: "bob", version: 2 });
    expect(at(write("k", 1, "x"), gone, write("k", 3, "y"))).toMatchObject({ deleted: false, value: "y" });
  });

  test("the last twenty versions are kept", () => {
    const { entries } = fold(
      memoryReducer,
      "session:s",
      Array.from({ length: 50 }, (_, n) => write("k", n + 1, `${n}`)),
    );
    expect(entries.items[0]?.versions.map(({ version }) => version)).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 31),
    );
  });

  test("beyond the limit of all, entries written long ago lose their older versions first, then go", () => {
    const often = Array.from({ length: 10 }, (_, n) => write("old", n + 1, `${n}`.repeat(100)));
    const more = (count: number) => Array.from({ length: count }, (_, n) => write(`k${n}`, 1, "x".repeat(1_000)));
    const counts = Array.from({ length: 40 }, (_, n) => n + 130);
    const shortened = counts
      .map((count) => fold(memoryReducer, "session:s", [...often, ...more(count)]).entries)
      .find(({ items }) => items[0]?.key === "old" && items[0].versions.length < 10);
    expect(shortened).toMatchObject({ cut: 0, items: { 0: { version: 10, versions: { length: 1 } } } });
    const all = fold(memoryReducer, "session:s", [...often, ...more(200)]).entries;
    expect(all.items.at(-1)?.key).toBe("k199");
    expect(all.items.some(({ key }) => key === "old")).toBe(false);
    expect(all.items.length + all.cut).toBe(201);
  });
});

describe("repo", () => {
  test("issues, pull requests and runs by their numbers, with what was said last", () => {
    const state = fold(repoReducer, "repo:acme/shop", [
      ["github_issue_update", { number: 41, action: "opened", title: "Login fails", author: "ada", labels: ["bug"] }],
      ["github_pr_update", { number: 42, action: "opened", title: "Mend login", headRef: "fix" }],
      ["github_pr_update", { number: 42, action: "reviewed", review: "approved", state: "open", actor: "bob" }],
      ["github_workflow_update", { runId: 9, workflow: "CI", status: "in_progress", conclusion: null }],
      ["github_workflow_update", { runId: 9, workflow: "CI", status: "completed", conclusion: "success" }],
      ["github_pr_update", { number: 42, action: "closed", merged: true, state: "closed" }],
      ["github_issue_update", { number: 41, action: "closed" }],
    ]);
    expect(state.issues.items).toMatchObject([
      { number: 41, state: "closed", title: "Login fails", author: "ada", labels: ["bug"], action: "closed" },
    ]);
    expect(state.pullRequests.items).toMatchObject([
      { number: 42, state: "merged", review: "approved", headRef: "fix" },
    ]);
    expect(state.runs.items).toMatchObject([{ runId: 9, workflow: "CI", status: "completed", conclusion: "success" }]);
  });

  test("those that changed longest ago go first, counted", () => {
    const issue = (number: number) => ["github_issue_update", { number, action: "edited" }] as const;
    const { issues } = fold(repoReducer, "repo:acme/shop", [
      ...Array.from({ length: 60 }, (_, n) => issue(n + 1)),
      issue(1),
      issue(61),
    ]);
    expect(issues.items).toHaveLength(60);
    expect(issues.cut).toBe(1);
    const numbers = issues.items.map(({ number }) => number);
    expect(numbers).toContain(1);
    expect(numbers).not.toContain(2);
  });
});

describe("global", () => {
  test("W10 notifications, the alerts that are not over, deployments and the fleet's budget", () => {
    const state = fold(globalReducer, "global", [
      ["system_notification", { message: "The gateway restarts", level: "warning" }],
      ["system_alert", { alertId: "disk", message: "80 %", severity: "warning" }],
      ["system_alert", { alertId: "disk", message: "95 %", severity: "critical" }],
      ["system_alert", { message: "Slow", component: "db" }],
      ["deployment_status", { environment: "staging", component: "api", status: "running" }],
      ["deployment_status", { environment: "staging", component: "api", status: "succeeded", version: "2" }],
      ["system_alert", { alertId: "disk", message: "freed", resolved: true }],
      ["system_alert", { alertId: "unheard", message: "?", resolved: true }],
      ["budget_set", { scope: "global", limits: { costUsd: 50 } }],
    ]);
    expect(state.notifications.items).toMatchObject([{ level: "warning", message: "The gateway restarts", at: 1 }]);
    expect(state.alerts.items).toMatchObject([{ component: "db", severity: "critical", message: "Slow" }]);
    expect(state.alertsResolved).toBe(1);
    expect(state.deployments.items).toMatchObject([{ environment: "staging", status: "succeeded", version: "2" }]);
    expect(state.budget).toMatchObject({ limits: { costUsd: 50 }, state: "within" });
  });
});
