/** Repositories: what happens there, pull requests with their checks, runs, issues. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { Chip } from "../components/chip.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { type LongColumn, LongTable } from "../components/long-table.tsx";
import { PageHead } from "../components/page.tsx";
import { Picker } from "../components/picker.tsx";
import { Tabs } from "../components/tabs.tsx";
import type { CsvColumn } from "../export/csv.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { tableExports } from "../export/exports.ts";
import { spoken } from "../fleet/condition.ts";
import { useIsPast } from "../stores/moment.ts";
import { activityColumns, issueColumns, pullColumns, runColumns } from "./columns.tsx";
import { activityCsv, issueCsv, pullCsv, runCsv } from "./github-export.ts";
import type { GitHubSearch, GitHubTab } from "./github-search.ts";
import { cutOf, isClosed, issueRows, pullRows, runRows } from "./repo-rows.ts";
import { useActivity, useRepos } from "./use-repos.ts";

type Change = (change: Partial<Record<keyof GitHubSearch, string | boolean | undefined>>) => void;

export function GitHubPage() {
  const search: GitHubSearch = useSearch({ from: "/github" });
  const navigate = useNavigate();
  const { repos, loading, truncated, error } = useRepos();
  const activity = useActivity();
  const isPast = useIsPast();
  const change: Change = (next) => {
    const all = Object.fromEntries(Object.entries({ ...search, ...next }).filter(([, value]) => value));
    void navigate({ to: "/github", search: all, replace: true });
  };
  if (repos.size === 0 && activity.rows.length === 0) {
    return (
      <>
        <PageHead title="GitHub" />
        <EmptyState
          title={
            loading
              ? "Asking the gateway for repositories"
              : isPast
                ? "There were no repositories yet"
                : "No repositories yet"
          }
        >
          {error !== undefined && (
            <p>
              <Fault text={error} />
            </p>
          )}
          {!loading && !isPast && <Teaching />}
        </EmptyState>
      </>
    );
  }
  const named = (title: string, many: number) => `${title} ${count(many)}`;
  const [pulls, runs, issues] = [pullRows(repos), runRows(repos), issueRows(repos)];
  const tab = search.tab ?? "activity";
  const tabs: Array<{ name: GitHubTab; label: string }> = [
    { name: "activity", label: "Activity" },
    { name: "pulls", label: named("Pull requests", pulls.filter((one) => !isClosed(one)).length) },
    { name: "runs", label: named("Runs", runs.length) },
    { name: "issues", label: named("Issues", issues.filter((one) => !isClosed(one)).length) },
  ];
  const listed = { search, change, truncated, error };
  return (
    <>
      <PageHead title="GitHub" />
      <Tabs label="Of the repositories" tabs={tabs} chosen={tab} onChoose={(next) => change({ tab: next })}>
        {tab === "activity" && (
          <List
            {...listed}
            name="activity"
            rows={activity.rows}
            whoOf={({ actor }) => actor}
            kindOf={({ kind }) => kind}
            cut={activity.cut}
            columns={activityColumns}
            csv={activityCsv}
          />
        )}
        {tab === "pulls" && (
          <List
            {...listed}
            name="pull requests"
            rows={pulls}
            whoOf={({ author }) => author}
            closedOf={isClosed}
            cut={cutOf(repos, "pullRequests")}
            columns={pullColumns}
            csv={pullCsv}
          />
        )}
        {tab === "runs" && (
          <List
            {...listed}
            name="runs"
            rows={runs}
            whoOf={({ actor }) => actor}
            cut={cutOf(repos, "runs")}
            columns={runColumns}
            csv={runCsv}
          />
        )}
        {tab === "issues" && (
          <List
            {...listed}
            name="issues"
            rows={issues}
            whoOf={({ author }) => author}
            closedOf={isClosed}
            cut={cutOf(repos, "issues")}
            columns={issueColumns}
            csv={issueCsv}
          />
        )}
      </Tabs>
    </>
  );
}

interface ListProps<Row> {
  name: string;
  rows: readonly Row[];
  columns: ReadonlyArray<LongColumn<Row>>;
  csv: ReadonlyArray<CsvColumn<Row>>;
  whoOf: (row: Row) => string | undefined;
  kindOf?: (row: Row) => string;
  closedOf?: (row: Row) => boolean;
  /** Those that are no longer kept. */
  cut: number;
  search: GitHubSearch;
  change: Change;
  truncated: boolean;
  error: string | undefined;
}

const everything = "";

function List<Row extends { key: string; repo: string }>(props: ListProps<Row>) {
  const { name, rows, columns, csv, whoOf, kindOf, closedOf, cut, search, change, truncated, error } = props;
  const closed = closedOf === undefined ? 0 : rows.filter(closedOf).length;
  const shown = rows.filter(
    (row) =>
      (search.repo === undefined || row.repo === search.repo) &&
      (search.author === undefined || whoOf(row) === search.author) &&
      (kindOf === undefined || search.kind === undefined || kindOf(row) === search.kind) &&
      (search.closed || !closedOf?.(row)),
  );
  const choices = (
    all: string,
    of: (row: Row) => string | undefined,
    chosen: string | undefined,
    title = (one: string) => one,
  ) => {
    const known = new Set(rows.flatMap((row) => of(row) ?? []));
    if (chosen !== undefined) known.add(chosen);
    return [{ value: everything, title: all }, ...[...known].sort().map((value) => ({ value, title: title(value) }))];
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-4 py-3 md:px-6">
        <Picker
          label="Repository"
          choices={choices("all", (row) => row.repo, search.repo)}
          chosen={search.repo ?? everything}
          onChoose={(repo) => change({ repo })}
        />
        <Picker
          label="By"
          choices={choices("anybody", whoOf, search.author)}
          chosen={search.author ?? everything}
          onChoose={(author) => change({ author })}
        />
        {kindOf && (
          <Picker
            label="Kind"
            choices={choices("all", kindOf, search.kind, (kind) => spoken(kind.replace(/^github_|_update$/g, "")))}
            chosen={search.kind ?? everything}
            onChoose={(kind) => change({ kind })}
          />
        )}
        {closed > 0 && (
          <Chip pressed={search.closed ?? false} onPress={() => change({ closed: !search.closed })} many={closed}>
            closed, too
          </Chip>
        )}
        <ExportMenu exports={tableExports(`github-${name}`, shown, csv)} />
      </div>
      <div className="flex min-h-0 flex-1 border-t border-rule">
        <LongTable label={spoken(name)} columns={columns} rows={shown} keyOf={({ key }) => key} />
      </div>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
        <span data-testid="github-shown">
          Showing {count(shown.length)} of {count(rows.length + cut)} {name}
        </span>
        {cut > 0 && <span>{count(cut)} older ones are not kept in what is shown</span>}
        {truncated && <span>There are more repositories than the gateway sends at once</span>}
        {error !== undefined && <Fault text={error} />}
      </footer>
    </>
  );
}

const Teaching = () => (
  <>
    <p>
      A repository appears when events are published to its channel <code className="font-mono">repo:owner/name</code>,
      by the command line, a program, or as CloudEvents to <code className="font-mono">POST /v1/events</code>:
    </p>
    <CopyLine
      text={`npx signalbox publish repo:acme/shop github_pr_update '{"repository":"acme/shop","number":42,"action":"opened","title":"Round totals"}'`}
      says="tell of a pull request"
    />
    <p>GitHub's own webhooks are not taken yet.</p>
  </>
);
