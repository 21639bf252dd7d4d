/** Metrics and cost: how the gateway fares, how the work goes, what it costs and what it may cost. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { duration, moment as exact } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Tabs } from "../components/tabs.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { useNow } from "../stores/clock.ts";
import { useMoment } from "../stores/moment.ts";
import { calm } from "../text/visible.ts";
import { BudgetsTab } from "./budgets-tab.tsx";
import { CostTab } from "./cost-tab.tsx";
import { seriesExports } from "./export.ts";
import { GatewayTab } from "./gateway-tab.tsx";
import { Refusal } from "./refusal.tsx";
import { type MetricsSearch, type MetricsTab, rangeNames, ranges } from "./search.ts";
import { type SeriesView, useSeries } from "./use-series.ts";
import { WorkTab } from "./work-tab.tsx";

const tabs: ReadonlyArray<{ name: MetricsTab; label: string }> = [
  { name: "gateway", label: "Gateway" },
  { name: "work", label: "Work" },
  { name: "cost", label: "Cost" },
  { name: "budgets", label: "Budgets" },
];

/** Charts move on in these steps. */
const stepMs = 5_000;

export function MetricsPage() {
  const search: MetricsSearch = useSearch({ from: "/metrics-and-cost" });
  const navigate = useNavigate();
  const { tab = "gateway", range = "15m", node } = search;
  const view = useSeries(range, node);
  const moment = useMoment();
  const now = Math.ceil(useNow() / stepMs) * stepMs;
  const toMs = moment ?? now;
  const span: readonly [number, number] = [toMs - ranges[range], toMs];
  const onSearch = (change: Partial<MetricsSearch>) =>
    void navigate({ to: "/metrics-and-cost", search: { ...search, ...change } as MetricsSearch, replace: true });
  return (
    <>
      <PageHead title="Metrics and cost">
        {tab !== "budgets" && (
          <fieldset className="flex gap-1" aria-label="How far back">
            {rangeNames.map(({ name, label }) => (
              <Button key={name} aria-pressed={name === range} onClick={() => onSearch({ range: name })}>
                {label}
              </Button>
            ))}
          </fieldset>
        )}
        {(tab === "gateway" || tab === "work") && (
          <>
            <NodeChoice view={view} node={node} onNode={(next) => onSearch({ node: next })} />
            <span className="flex-1" />
            {view.answer && <ExportMenu exports={seriesExports(view.answer)} />}
          </>
        )}
      </PageHead>
      <Tabs label="What of it" tabs={tabs} chosen={tab} onChoose={(name) => onSearch({ tab: name })}>
        <section
          className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-4 md:px-6"
          aria-label="Figures"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {(tab === "gateway" || tab === "work") && <Kept view={view} moment={moment} />}
          {tab === "gateway" && view.answer && <GatewayTab answer={view.answer} span={span} />}
          {tab === "gateway" && !view.answer && !view.error && (
            <EmptyState title="Asking the gateway for its figures" />
          )}
          {tab === "work" && <WorkTab answer={view.answer} span={span} />}
          {tab === "cost" && <CostTab search={search} range={range} toMs={toMs} onSearch={onSearch} />}
          {tab === "budgets" && <BudgetsTab />}
        </section>
      </Tabs>
    </>
  );
}

/** What is shown, how fine it is, and how long it is kept. */
function Kept({ view: { answer, error, nodes }, moment }: { view: SeriesView; moment: number | undefined }) {
  return (
    <>
      {error && <Refusal error={error} what="see how the gateway is" />}
      {answer && (
        <p className="text-xs text-ink-3">
          Every {answer.stepMs / 1_000} s, kept for {duration(answer.keptMs)} in the memory of{" "}
          {nodes.length > 1 ? `${nodes.length} nodes` : "the gateway"}, since its start{" "}
          <RelativeTime ms={answer.startedMs} />. All tenants together.
          {moment !== undefined &&
            ` Up to ${exact(moment)}${answer.at.length === 0 ? ": nothing is kept of that time." : "."}`}
        </p>
      )}
    </>
  );
}

interface NodeChoiceProps {
  view: SeriesView;
  node: string | undefined;
  onNode: (node: string | undefined) => void;
}

function NodeChoice({ view: { nodes }, node, onNode }: NodeChoiceProps) {
  if (nodes.length < 2 && node === undefined) return null;
  return (
    <label className="flex items-center gap-1.5 text-[13px] text-ink-2">
      Node
      <select
        value={node ?? ""}
        onChange={({ target }) => onNode(target.value === "" ? undefined : target.value)}
        className="h-8 max-w-56 rounded-md border border-rule bg-raised px-2 text-ink"
      >
        <option value="">all together</option>
        {[...new Set([...nodes, ...(node === undefined ? [] : [node])])].map((name) => (
          <option key={name} value={name}>
            {calm(name)}
          </option>
        ))}
      </select>
    </label>
  );
}
