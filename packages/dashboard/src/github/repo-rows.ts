/** What all repositories say, as rows: the pull requests with what their checks say. */
import type { RepoIssue, RepoPullRequest, RepoRun, RepoState } from "@signalbox/core/reducers";
import type { LampName } from "../fleet/condition.ts";

export interface Checks {
  /** What all of them together say. */
  says: "failed" | "running" | "passed";
  failed: number;
  running: number;
  passed: number;
}

export interface PullRow extends RepoPullRequest {
  key: string;
  repo: string;
  /** Undefined: no run of its newest commit is known. */
  checks: Checks | undefined;
}

export interface RunRow extends RepoRun {
  key: string;
  repo: string;
}

export interface IssueRow extends RepoIssue {
  key: string;
  repo: string;
}

const newestFirst = (a: { updatedAt: number }, b: { updatedAt: number }): number => b.updatedAt - a.updatedAt;

const conclusions: Readonly<Record<string, "failed" | "passed">> = Object.assign(Object.create(null), {
  success: "passed",
  neutral: "passed",
  skipped: "passed",
  failure: "failed",
  cancelled: "failed",
  timed_out: "failed",
  action_required: "failed",
  startup_failure: "failed",
});

const saysOf = ({ status, conclusion }: Pick<RepoRun, "status" | "conclusion">): Checks["says"] =>
  status === "completed" ? (conclusions[conclusion ?? ""] ?? "failed") : "running";

/** Of the pull request's newest commit, the newest run of each workflow; by its branch where no commit was told. */
export function checksOf(
  pull: Pick<RepoPullRequest, "headSha" | "headRef">,
  runs: readonly RepoRun[],
): Checks | undefined {
  const { headSha, headRef } = pull;
  const own = runs.filter((run) =>
    headSha !== undefined && run.headSha !== undefined
      ? run.headSha === headSha
      : headRef !== undefined && run.headRef === headRef,
  );
  const newest = new Map<string, RepoRun>();
  for (const run of own) if (run.runId >= (newest.get(run.workflow)?.runId ?? 0)) newest.set(run.workflow, run);
  if (newest.size === 0) return undefined;
  const checks = { failed: 0, running: 0, passed: 0 };
  for (const run of newest.values()) checks[saysOf(run)]++;
  return { ...checks, says: checks.failed > 0 ? "failed" : checks.running > 0 ? "running" : "passed" };
}

export const checksInWords = ({ says, failed, running, passed }: Checks): string => {
  const all = failed + running + passed;
  if (says === "failed") return `${failed} of ${all} failed`;
  return says === "running" ? `${running} of ${all} run` : `${all} passed`;
};

type Repos = ReadonlyMap<string, RepoState>;

export const pullRows = (repos: Repos): PullRow[] =>
  [...repos.values()]
    .flatMap(({ repository, pullRequests, runs }) =>
      pullRequests.items.map((pull) => ({
        ...pull,
        key: `${repository}#${pull.number}`,
        repo: repository,
        checks: checksOf(pull, runs.items),
      })),
    )
    .sort(newestFirst);

export const runRows = (repos: Repos): RunRow[] =>
  [...repos.values()]
    .flatMap(({ repository, runs }) =>
      runs.items.map((run) => ({ ...run, key: `${repository} ${run.runId}`, repo: repository })),
    )
    .sort(newestFirst);

export const issueRows = (repos: Repos): IssueRow[] =>
  [...repos.values()]
    .flatMap(({ repository, issues }) =>
      issues.items.map((issue) => ({ ...issue, key: `${repository}#${issue.number}`, repo: repository })),
    )
    .sort(newestFirst);

/** Not kept any more, over all repositories. */
export const cutOf = (repos: Repos, kind: "issues" | "pullRequests" | "runs"): number =>
  [...repos.values()].reduce((sum, repo) => sum + repo[kind].cut, 0);

export const checksLamp: Readonly<Record<Checks["says"], LampName>> = {
  failed: "failed",
  running: "running",
  passed: "done",
};

export const runLamp = (run: Pick<RepoRun, "status" | "conclusion">): LampName =>
  run.status === "queued" ? "queued" : run.conclusion === "cancelled" ? "cancelled" : checksLamp[saysOf(run)];

export const isClosed = ({ state }: { state: string | undefined }): boolean => state === "closed" || state === "merged";

/** A pull request waits for people, or for its author. */
export function pullLamp({ state, draft, review }: Pick<RepoPullRequest, "state" | "draft" | "review">): LampName {
  if (state === "merged") return "done";
  if (state === "closed") return "cancelled";
  if (draft) return "paused";
  if (review === "changes_requested") return "stuck";
  return review === "approved" ? "idle" : "waiting_approval";
}

export function pullWord({ state, draft, review }: Pick<RepoPullRequest, "state" | "draft" | "review">): string {
  if (state === "merged") return "Merged";
  if (state === "closed") return "Closed";
  if (draft) return "Draft";
  if (review === "changes_requested") return "Changes requested";
  return review === "approved" ? "Approved" : "Needs a review";
}
