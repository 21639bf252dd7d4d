import type { RepoRun } from "@signalbox/core/reducers";
import { expect, test } from "vitest";
import { activityOf } from "../../src/github/activity.ts";
import { readGitHubSearch } from "../../src/github/github-search.ts";
import { outside } from "../../src/github/outside-link.tsx";
import { checksInWords, checksOf, pullWord } from "../../src/github/repo-rows.ts";

const run = (runId: number, workflow: string, status: string, conclusion?: string, headSha = "abc"): RepoRun => ({
  ...{ runId, workflow, status, conclusion, headSha, headRef: "round", runNumber: undefined, event: undefined },
  ...{ actor: undefined, durationMs: undefined, url: undefined, updatedAt: 1 },
});
const pull = { headSha: "abc", headRef: "round" };

test("checks are the newest run of each workflow on the newest commit", () => {
  const runs = [
    run(1, "CI", "completed", "failure"),
    run(2, "CI", "completed", "success"),
    run(9, "CI", "queued", undefined, "old"),
  ];
  expect(checksOf(pull, runs)).toEqual({ says: "passed", failed: 0, running: 0, passed: 1 });
  expect(checksOf(pull, [...runs, run(3, "Lint", "in_progress")])?.says).toBe("running");
  expect(checksOf(pull, [...runs, run(3, "Lint", "completed", "timed_out"), run(4, "Docs", "queued")])?.says).toBe(
    "failed",
  );
  expect(checksOf({ headSha: "other", headRef: "round" }, runs)).toBeUndefined();
  expect(checksOf({ headSha: undefined, headRef: "round" }, runs)?.says).toBe("running");
});

test("an end that nobody here knows is no success", () => {
  expect(checksOf(pull, [run(1, "CI", "completed", "exploded")])?.says).toBe("failed");
  expect(checksOf(pull, [run(1, "CI", "completed", "constructor")])?.says).toBe("failed");
});

test("checks and pull requests in words", () => {
  expect(checksInWords({ says: "failed", failed: 1, running: 1, passed: 1 })).toBe("1 of 3 failed");
  expect(checksInWords({ says: "passed", failed: 0, running: 0, passed: 2 })).toBe("2 passed");
  expect(pullWord({ state: "open", draft: undefined, review: "changes_requested" })).toBe("Changes requested");
});

test("only https leads out, and never with a name and a password", () => {
  expect(outside("https://github.com/a/b")?.host).toBe("github.com");
  for (const url of [
    "javascript:alert(1)",
    "http://github.com",
    "//github.com",
    "https://github.com@evil.test/",
    "",
    undefined,
  ])
    expect(outside(url)).toBeUndefined();
});

test("events of any type are said in words", () => {
  const event = (type: string, data: unknown) =>
    activityOf({ id: "i", type, data, timestamp: 1, channel: "repo:a/b", epoch: "e", offset: 1 });
  expect(event("github_pr_update", { number: 4, action: "reviewed", review: "approved" }).says).toBe(
    "Pull request #4 reviewed: approved",
  );
  expect(event("push", { ref: "refs/heads/main", pusher: { name: "lin" } })).toMatchObject({
    says: "Push to main",
    actor: "lin",
    repo: "a/b",
  });
  expect(event("anything_else", null)).toMatchObject({ says: "Anything else", title: "", actor: undefined });
});

test("an address with something else shows everything", () => {
  expect(readGitHubSearch({ tab: "pulls", closed: "true", repo: "a/b" })).toEqual({
    tab: "pulls",
    closed: true,
    repo: "a/b",
  });
  expect(readGitHubSearch({ tab: "x", closed: "no" })).toEqual({});
});
