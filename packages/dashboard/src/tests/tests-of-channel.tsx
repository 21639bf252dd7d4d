/** One channel's tests: phases, runs and coverage above, every test below. */

import { Chip } from "../components/chip.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count, duration } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { LongTable } from "../components/long-table.tsx";
import { Panel, Stat } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { WordFilter } from "../components/word-filter.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { tableExports } from "../export/exports.ts";
import type { LampName } from "../fleet/condition.ts";
import { useMoment } from "../stores/moment.ts";
import { calm } from "../text/visible.ts";
import { CoverageChart } from "./coverage-chart.tsx";
import { PhaseStrip } from "./phase-strip.tsx";
import { Rewind } from "./rewind.tsx";
import { RunBars } from "./run-bars.tsx";
import { testColumns } from "./test-columns.tsx";
import { TestDetail } from "./test-detail.tsx";
import { testCsv } from "./test-export.ts";
import type { TestView } from "./test-fold.ts";
import { countsBy, testsShown } from "./test-order.ts";
import { outcomeOf } from "./test-record.ts";
import { type TestFilter, type TestSearch, testFilters } from "./test-search.ts";
import { lookedBack } from "./test-source.ts";
import { useTests } from "./use-tests.ts";

interface TestsOfChannelProps {
  channel: string;
  search: TestSearch;
  onSearch: (search: TestSearch) => void;
}

const filterLamp: Readonly<Record<TestFilter, LampName>> = {
  failing: "failed",
  flaky: "waiting",
  passing: "done",
  skipped: "idle",
};

export function TestsOfChannel({ channel, search, onSearch }: TestsOfChannelProps) {
  const { view, status, error, gaps } = useTests(channel);
  const moment = useMoment();
  const asked = status === "live" || status === "refused";
  if (view.updatedAt === 0) {
    const none =
      moment === undefined
        ? `No tests in the last ${count(lookedBack)} events of ${calm(channel)}`
        : "No tests up to this moment";
    return (
      <EmptyState title={asked ? none : "Asking the gateway for tests"}>
        {error !== undefined && (
          <p>
            <Fault text={error} />
          </p>
        )}
      </EmptyState>
    );
  }
  const rows = testsShown(view.tests, search);
  const open = view.tests.find(({ key }) => key === search.test);
  const change = (next: Partial<Record<keyof TestSearch, string | undefined>>) =>
    onSearch(Object.fromEntries(Object.entries({ ...search, channel, ...next }).filter(([, value]) => value)));
  const counts = countsBy(view.tests);
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <Overview view={view} channel={channel} />
      <div className="flex flex-wrap items-center gap-2 px-4 pb-3 md:px-6">
        <fieldset className="flex flex-wrap gap-1.5" aria-label="Only these tests">
          {testFilters.map((only) => (
            <Chip
              key={only}
              pressed={search.only === only}
              onPress={() => change({ only: search.only === only ? undefined : only })}
              icon={<Lamp name={filterLamp[only]} size={14} silent />}
              many={counts[only]}
            >
              {only}
            </Chip>
          ))}
        </fieldset>
        <WordFilter label="Only tests with these words" value={search.q ?? ""} onChange={(q) => change({ q })} />
        <ExportMenu exports={tableExports(`tests-${channel}`, rows, testCsv)} />
      </div>
      <div className="flex min-h-80 flex-1 border-t border-rule max-md:flex-col">
        <LongTable
          label="Tests"
          columns={testColumns((test) => change({ test: test.key }))}
          rows={rows}
          keyOf={({ key }) => key}
          sort={search.sort}
          onSort={(sort) => change({ sort })}
          chosen={search.test}
        />
        {open && <TestDetail test={open} channel={channel} onClose={() => change({ test: undefined })} />}
      </div>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
        <span data-testid="tests-shown">
          Showing {count(rows.length)} of {count(view.tests.length + view.testsCut)} tests
        </span>
        {view.tests.length === 0 && <span>Only counts were told, no names</span>}
        {gaps > 0 && <span>Some events are no longer kept, or were not sent: marks may be missing</span>}
        <span>
          Last told <RelativeTime ms={view.updatedAt} />
        </span>
      </footer>
    </div>
  );
}

function Overview({ view, channel }: { view: TestView; channel: string }) {
  const run = view.runs.at(-1);
  const phase = view.phases.at(-1);
  const failing = view.tests.filter((test) => outcomeOf(test) === "failed");
  const firstFailed = failing.reduce<(typeof failing)[number] | undefined>(
    (first, test) => ((test.failedAt ?? 0) < (first?.failedAt ?? Number.POSITIVE_INFINITY) ? test : first),
    undefined,
  );
  return (
    <div className="grid shrink-0 gap-3 px-4 pb-3 md:grid-cols-2 md:px-6 xl:grid-cols-3">
      <Panel
        title={phase === undefined ? "Phases" : `Phase: ${calm(phase.phase)}`}
        className="md:col-span-2 xl:col-span-3"
        beside={
          firstFailed?.failedAt !== undefined && (
            <span className="ml-auto text-[13px]">
              <Rewind channel={channel} sessionId={firstFailed.sessionId} at={firstFailed.failedAt}>
                Rewind to failure
              </Rewind>
            </span>
          )
        }
      >
        <PhaseStrip phases={view.phases} cut={view.phasesCut} />
      </Panel>
      {run && (
        <Panel title="Last run" className="xl:col-span-1">
          <div className="flex flex-wrap gap-x-6 gap-y-2">
            <Stat label="Passed" value={count(run.passing ?? 0)} says={`of ${count(run.total ?? 0)}`} tone="done" />
            <Stat label="Failed" value={count(run.failing ?? 0)} tone={(run.failing ?? 0) > 0 ? "stop" : "plain"} />
            {run.durationMs !== undefined && <Stat label="Took" value={duration(run.durationMs)} />}
          </div>
          <RunBars runs={view.runs} cut={view.runsCut} />
        </Panel>
      )}
      {view.coverage.length > 0 && (
        <Panel title="Coverage" className="xl:col-span-2">
          <CoverageChart points={view.coverage} cut={view.coverageCut} />
        </Panel>
      )}
    </div>
  );
}
