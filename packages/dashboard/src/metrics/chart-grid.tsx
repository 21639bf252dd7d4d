/** Charts side by side. */
import { memo, useMemo } from "react";
import { Chart } from "../components/chart.tsx";
import { Panel } from "../components/panel.tsx";
import { type ChartPlan, linesOf } from "./panels.ts";
import type { SeriesAnswer } from "./series.ts";
import { told } from "./units.ts";

interface ChartGridProps {
  plans: readonly ChartPlan[];
  answer: SeriesAnswer;
  span: readonly [number, number];
}

export function ChartGrid({ plans, answer, span }: ChartGridProps) {
  return (
    <div className="grid min-w-0 gap-4 md:grid-cols-2 2xl:grid-cols-3">
      {plans.map((plan) => (
        <ChartPanel key={plan.title} plan={plan} answer={answer} from={span[0]} to={span[1]} />
      ))}
    </div>
  );
}

interface ChartPanelProps {
  plan: ChartPlan;
  answer: SeriesAnswer;
  from: number;
  to: number;
}

const ChartPanel = memo(function ChartPanel({ plan, answer, from, to }: ChartPanelProps) {
  const { lines, hidden } = useMemo(() => linesOf(plan, answer), [plan, answer]);
  const span = useMemo((): [number, number] => [from, to], [from, to]);
  return (
    <Panel title={plan.title}>
      <p className="-mt-2 text-xs text-ink-3">
        {plan.says} {hidden > 0 && `Showing the ${lines.length} largest of ${lines.length + hidden}.`}
      </p>
      {lines.length === 0 ? (
        <p className="py-6 text-center text-[13px] text-ink-3">None in this time.</p>
      ) : (
        <Chart label={plan.title} at={answer.at} lines={lines} told={(value) => told(value, plan.unit)} span={span} />
      )}
    </Panel>
  );
});
