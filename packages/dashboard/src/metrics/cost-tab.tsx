/** What was used: all together, over time, and by session, agent or model. */
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Button } from "../components/button.tsx";
import { Chart } from "../components/chart.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { count, duration } from "../components/figures.ts";
import { Panel, Stat } from "../components/panel.tsx";
import { type Column, Table } from "../components/table.tsx";
import { csv } from "../export/csv.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { save } from "../export/save.ts";
import { calm } from "../text/visible.ts";
import { type Group, groups, type MetricsSearch, type Range, ranges, type Sort } from "./search.ts";
import { dollars, told } from "./units.ts";
import { saidOf, tokensOf, type UsageRow, type UsageTotals } from "./usage-book.ts";
import { useUsage } from "./use-usage.ts";

/** Rows of the table; the others are in the export. */
const rowsMost = 200;
const curveSteps: Readonly<Record<Range, number>> = { "15m": 60_000, "1h": 60_000, "24h": 1_800_000 };

interface CostTabProps {
  search: MetricsSearch;
  range: Range;
  toMs: number;
  onSearch: (change: Partial<MetricsSearch>) => void;
}

export function CostTab({ search, range, toMs, onSearch }: CostTabProps) {
  const view = useUsage();
  const { book, events } = view;
  const { by = "session", sort = "cost" } = search;
  const stepMs = curveSteps[range];
  const endMs = Math.ceil(toMs / stepMs) * stepMs;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the book is the same, what stands in it is not
  const curve = useMemo(() => book.curve(endMs - ranges[range], endMs, stepMs), [book, events, endMs, range, stepMs]);
  if (view.error !== undefined) {
    return <EmptyState title="Usage cannot be shown">{calm(view.error)}</EmptyState>;
  }
  if (events === 0) {
    return (
      <EmptyState title="No usage yet">
        <p>Agents say what they used in steps, on their own channel:</p>
        <CopyLine
          text={`npx signalbox publish agent:coder-001 agent_usage '{"agentId":"coder-001","sessionId":"s1","inputTokens":18400,"outputTokens":920,"costUsd":0.0213}'`}
          says="publish what an agent used"
        />
      </EmptyState>
    );
  }
  const { totals } = book;
  const rows = sorted(rowsBy(totals, by), sort);
  const each = stepMs === 60_000 ? "minute" : "half hour";
  return (
    <>
      <p className="text-xs text-ink-3">
        Added up from {count(events)} events agent_usage that are kept
        {view.full && "; there are more: this page adds up no further"}
        {view.truncated && "; of some agents only: there are more than one subscription may have"}.
      </p>
      <div className="flex flex-wrap gap-x-10 gap-y-3">
        <Stat label="Cost" value={costOf(totals.all)} says={untoldCost(totals.all)} />
        <Stat
          label="Tokens read"
          value={saidOf(totals.all, "tokens") === "none" ? "not said" : count(totals.all.inputTokens)}
          says={totals.all.cachedInputTokens > 0 ? `${count(totals.all.cachedInputTokens)} from a cache` : undefined}
        />
        <Stat
          label="Tokens written"
          value={saidOf(totals.all, "tokens") === "none" ? "not said" : count(totals.all.outputTokens)}
        />
        <Stat label="Working time" value={secondsOf(totals.all)} />
        <Stat label="Steps" value={count(totals.all.steps)} says={`${count(totals.byAgent.size)} agents`} />
      </div>
      <div className="grid min-w-0 gap-4 md:grid-cols-2">
        <Panel title={`Cost, each ${each}`}>
          {saidOf(totals.all, "cost") === "none" ? (
            <p className="py-6 text-center text-[13px] text-ink-3">No agent said what it costs.</p>
          ) : (
            <Chart label="Cost" at={curve.at} lines={[{ label: "cost", values: curve.costUsd }]} told={usd} />
          )}
        </Panel>
        <Panel title={`Tokens, each ${each}`}>
          <Chart label="Tokens" at={curve.at} lines={[{ label: "tokens", values: curve.tokens }]} told={tokens} />
        </Panel>
      </div>
      <Panel
        title={`By ${by}`}
        beside={
          <>
            <fieldset className="flex gap-1" aria-label="Added up by">
              {groups.map((group) => (
                <Button key={group} className="h-7" aria-pressed={group === by} onClick={() => onSearch({ by: group })}>
                  {group}
                </Button>
              ))}
            </fieldset>
            <label className="flex items-center gap-1.5 text-[13px] text-ink-2">
              sorted by
              <select
                value={sort}
                onChange={({ target }) => onSearch({ sort: target.value as Sort })}
                className="h-7 rounded-md border border-rule bg-raised px-1.5 text-ink"
              >
                <option value="cost">cost</option>
                <option value="tokens">tokens</option>
                <option value="seconds">working time</option>
                <option value="name">name</option>
              </select>
            </label>
            <span className="flex-1" />
            <ExportMenu exports={exportsOf(by, rows)} />
          </>
        }
      >
        <div className="-mx-4 overflow-x-auto">
          <Table
            label={`Usage by ${by}`}
            columns={columnsOf(by)}
            rows={rows.slice(0, rowsMost)}
            keyOf={({ key }) => key}
          />
        </div>
        {rows.length > rowsMost && (
          <p className="text-xs text-ink-3">
            Showing {count(rowsMost)} of {count(rows.length)}; the export has all.
          </p>
        )}
      </Panel>
    </>
  );
}

const usd = (value: number | null): string => told(value, "usd");
const tokens = (value: number | null): string => told(value, "tokens");

const rowsBy = ({ byAgent, bySession, byModel }: UsageTotals, by: Group): UsageRow[] => [
  ...(by === "agent" ? byAgent : by === "model" ? byModel : bySession).values(),
];

const sortValue: Readonly<Record<Exclude<Sort, "name">, (row: UsageRow) => number>> = {
  tokens: tokensOf,
  cost: ({ costUsd }) => costUsd,
  seconds: ({ seconds }) => seconds,
};

const sorted = (rows: readonly UsageRow[], sort: Sort): UsageRow[] =>
  rows.toSorted(
    (a, b) =>
      (sort === "name" ? 0 : sortValue[sort](b) - sortValue[sort](a)) ||
      a.key.localeCompare(b.key, "en", { numeric: true }),
  );

const costOf = (row: UsageRow): string => (saidOf(row, "cost") === "none" ? "not said" : dollars(row.costUsd));
const untoldCost = ({ untold, steps }: UsageRow): string | undefined =>
  untold.cost === 0 || untold.cost === steps
    ? undefined
    : `not known of ${count(untold.cost)} of ${count(steps)} steps`;
const secondsOf = (row: UsageRow): string =>
  saidOf(row, "seconds") === "none" ? "not said" : duration(row.seconds * 1_000);
const tokensSaid = (row: UsageRow, amount: number): string =>
  saidOf(row, "tokens") === "none" ? "not said" : count(amount);

function columnsOf(by: Group): ReadonlyArray<Column<UsageRow>> {
  return [
    {
      name: by === "session" ? "Session" : by === "agent" ? "Agent" : "Model",
      className: "max-w-64",
      cell: ({ key }) => <Name by={by} name={key} />,
    },
    {
      name: "Cost",
      align: "right",
      cell: (row) => (
        <span title={untoldCost(row)}>{saidOf(row, "cost") === "some" ? `≥ ${costOf(row)}` : costOf(row)}</span>
      ),
    },
    { name: "Read", align: "right", cell: (row) => tokensSaid(row, row.inputTokens) },
    { name: "From cache", align: "right", wideOnly: true, cell: (row) => tokensSaid(row, row.cachedInputTokens) },
    { name: "Written", align: "right", cell: (row) => tokensSaid(row, row.outputTokens) },
    { name: "Time", align: "right", wideOnly: true, cell: secondsOf },
    { name: "Steps", align: "right", wideOnly: true, cell: ({ steps }) => count(steps) },
  ];
}

function Name({ by, name }: { by: Group; name: string }) {
  if (name === "") return <span className="text-ink-3">no {by} named</span>;
  const className = "block truncate font-medium";
  if (by === "model") {
    return (
      <span className={className} title={calm(name)}>
        {calm(name)}
      </span>
    );
  }
  return (
    <Link
      to={by === "agent" ? "/agents/$id" : "/sessions/$id"}
      params={{ id: name }}
      className={`${className} hover:underline`}
      title={calm(name)}
    >
      {calm(name)}
    </Link>
  );
}

const exportsOf = (by: Group, rows: readonly UsageRow[]) => [
  {
    label: `CSV, ${count(rows.length)} rows`,
    run: () => save(`signalbox-usage-by-${by}.csv`, usageCsv(by, rows), "text/csv"),
  },
  {
    label: `JSON, ${count(rows.length)} rows`,
    run: () => save(`signalbox-usage-by-${by}.json`, JSON.stringify(rows, undefined, 2), "application/json"),
  },
];

/** What was not said is empty, not 0. */
const usageCsv = (by: Group, rows: readonly UsageRow[]): string =>
  csv<UsageRow>(
    [
      { name: by, value: ({ key }) => key },
      { name: "costUsd", value: (row) => (saidOf(row, "cost") === "none" ? undefined : row.costUsd) },
      { name: "inputTokens", value: (row) => (saidOf(row, "tokens") === "none" ? undefined : row.inputTokens) },
      {
        name: "cachedInputTokens",
        value: (row) => (saidOf(row, "tokens") === "none" ? undefined : row.cachedInputTokens),
      },
      { name: "outputTokens", value: (row) => (saidOf(row, "tokens") === "none" ? undefined : row.outputTokens) },
      { name: "seconds", value: (row) => (saidOf(row, "seconds") === "none" ? undefined : row.seconds) },
      { name: "steps", value: ({ steps }) => steps },
    ],
    rows,
  );
