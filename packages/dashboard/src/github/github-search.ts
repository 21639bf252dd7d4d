/** What of the repositories is shown: kept in the address. */

export type GitHubTab = "activity" | "pulls" | "runs" | "issues";

export interface GitHubSearch {
  tab?: GitHubTab;
  /** owner/name. */
  repo?: string;
  /** Login of who did it, or opened it. */
  author?: string;
  /** Type of the activity. */
  kind?: string;
  /** Also what is closed or merged. */
  closed?: boolean;
}

const gitHubTabs: readonly GitHubTab[] = ["activity", "pulls", "runs", "issues"];

const text = (value: unknown): string | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? `${value}` : undefined;

export function readGitHubSearch(search: Record<string, unknown>): GitHubSearch {
  const tab = gitHubTabs.find((one) => one === search.tab);
  const [repo, author, kind] = [text(search.repo), text(search.author), text(search.kind)];
  return {
    ...(tab ? { tab } : {}),
    ...(repo ? { repo } : {}),
    ...(author ? { author } : {}),
    ...(kind ? { kind } : {}),
    ...(search.closed === true || search.closed === "true" ? { closed: true } : {}),
  };
}
