/** A repository on a code host: its issues, pull requests and workflow runs, the newest of each. */
import { type Kept, nothingKept, updated } from "./kept.ts";
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";
import { repoShape } from "./shapes.ts";

interface Numbered {
  number: number;
  title: string | undefined;
  /** open, closed, and merged for a pull request; undefined until it was said. */
  state: string | undefined;
  author: string | undefined;
  labels: readonly string[];
  url: string | undefined;
  /** What was done last, and who did it. */
  action: string | undefined;
  actor: string | undefined;
  /** Milliseconds since 1970. */
  updatedAt: number;
}

export interface RepoIssue extends Numbered {
  assignees: readonly string[];
}

export interface RepoPullRequest extends Numbered {
  draft: boolean | undefined;
  /** What the last review says. */
  review: string | undefined;
  headRef: string | undefined;
  headSha: string | undefined;
  baseRef: string | undefined;
}

export interface RepoRun {
  runId: number;
  runNumber: number | undefined;
  workflow: string;
  /** queued, in_progress, completed. */
  status: string;
  conclusion: string | undefined;
  event: string | undefined;
  headRef: string | undefined;
  headSha: string | undefined;
  actor: string | undefined;
  durationMs: number | undefined;
  url: string | undefined;
  updatedAt: number;
}

export interface RepoState {
  /** owner/name. */
  repository: string;
  issues: Kept<RepoIssue>;
  pullRequests: Kept<RepoPullRequest>;
  runs: Kept<RepoRun>;
  updatedAt: number;
}

/** Those that changed longest ago go first. */
const issuesKept = 60;
const pullRequestsKept = 60;
const runsKept = 50;
const labelsKept = 10;

export const repoReducer: Reducer<RepoState> = {
  ...repoShape,
  initial: (channel) => ({
    repository: idOf(channel),
    issues: nothingKept,
    pullRequests: nothingKept,
    runs: nothingKept,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = repoAfter(state, new Fields(event.data), event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

function repoAfter(state: RepoState, data: Fields, { type, timestamp }: FoldedEvent): Partial<RepoState> | undefined {
  if (type === "github_workflow_update") {
    const runId = data.number("runId");
    if (runId === undefined) return undefined;
    const change = (before: RepoRun | undefined): RepoRun => runAfter(before, runId, data, timestamp);
    return { runs: updated(state.runs, (run) => run.runId === runId, change, runsKept) };
  }
  const number = data.number("number");
  if (number === undefined) return undefined;
  const is = (one: Numbered): boolean => one.number === number;
  if (type === "github_issue_update") {
    const change = (before: RepoIssue | undefined): RepoIssue => ({
      ...numberedAfter(before, number, data, timestamp),
      assignees: listAfter(before?.assignees, data, "assignees"),
    });
    return { issues: updated(state.issues, is, change, issuesKept) };
  }
  if (type !== "github_pr_update") return undefined;
  const change = (before: RepoPullRequest | undefined): RepoPullRequest => ({
    ...numberedAfter(before, number, data, timestamp),
    draft: data.flag("draft") ?? before?.draft,
    review: data.word("review") ?? before?.review,
    headRef: data.text("headRef") ?? before?.headRef,
    headSha: data.text("headSha") ?? before?.headSha,
    baseRef: data.text("baseRef") ?? before?.baseRef,
  });
  return { pullRequests: updated(state.pullRequests, is, change, pullRequestsKept) };
}

const numberedAfter = (before: Numbered | undefined, number: number, data: Fields, at: number): Numbered => ({
  number,
  title: data.text("title") ?? before?.title,
  state: stateOf(data) ?? before?.state,
  author: data.text("author") ?? before?.author,
  labels: listAfter(before?.labels, data, "labels"),
  url: data.text("url") ?? before?.url,
  action: data.word("action") ?? before?.action,
  actor: data.text("actor"),
  updatedAt: at,
});

/** Some say only what was done. */
const stateOf = (data: Fields): string | undefined =>
  data.flag("merged") === true ? "merged" : (data.word("state") ?? stateAfter.get(data.word("action") ?? ""));

const stateAfter: ReadonlyMap<string, string> = new Map([
  ["opened", "open"],
  ["reopened", "open"],
  ["closed", "closed"],
  ["merged", "merged"],
]);

const listAfter = (before: readonly string[] = [], data: Fields, name: string): readonly string[] =>
  data.value(name) === undefined ? before : data.texts(name, labelsKept);

const runAfter = (before: RepoRun | undefined, runId: number, data: Fields, at: number): RepoRun => ({
  runId,
  runNumber: data.number("runNumber") ?? before?.runNumber,
  workflow: data.text("workflow") ?? before?.workflow ?? "",
  status: data.word("status") ?? before?.status ?? "unknown",
  // A run that was started again has none.
  conclusion: data.word("conclusion"),
  event: data.text("event") ?? before?.event,
  headRef: data.text("headRef") ?? before?.headRef,
  headSha: data.text("headSha") ?? before?.headSha,
  actor: data.text("actor") ?? before?.actor,
  durationMs: data.number("durationMs"),
  url: data.text("url") ?? before?.url,
  updatedAt: at,
});
