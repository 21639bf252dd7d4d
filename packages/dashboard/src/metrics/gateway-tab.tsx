/** The gateway's own figures: now, and over time. */
import { Lamp } from "../components/lamp.tsx";
import { Stat } from "../components/panel.tsx";
import { ChartGrid } from "./chart-grid.tsx";
import { judge } from "./judge.ts";
import { gatewayCharts } from "./panels.ts";
import { newest, newestSum, type SeriesAnswer } from "./series.ts";
import { told } from "./units.ts";

interface GatewayTabProps {
  answer: SeriesAnswer;
  span: readonly [number, number];
}

const lampOfWord = { OK: "done", Loaded: "waiting", Behind: "stuck", "Not known yet": "unknown" } as const;

export function GatewayTab({ answer, span }: GatewayTabProps) {
  const { word, why } = judge(answer);
  const now = (name: string): number | null => newest(answer, name);
  return (
    <>
      <div className="flex flex-wrap gap-x-10 gap-y-3" data-testid="metrics-now">
        <Stat
          label="State"
          value={
            <span className="inline-flex items-center gap-2">
              <Lamp name={lampOfWord[word]} silent /> {word}
            </span>
          }
          says={why}
        />
        <Stat
          label="Events"
          value={told(now("events"), "per-second")}
          says={`${told(now("deliveries"), "per-second")} delivered`}
        />
        <Stat
          label="Bandwidth"
          value={told(now("bytes.out"), "bytes-per-second")}
          says={`${told(now("bytes.in"), "bytes-per-second")} in`}
        />
        <Stat
          label="Connections"
          value={told(now("sessions"), "count")}
          says={`${told(now("subscriptions"), "count")} channels watched`}
        />
        <Stat
          label="Publishing, 99 %"
          value={told(now("publish_ms.p99"), "ms")}
          says={`${told(now("viewer_ms.p99"), "ms")} to viewers`}
        />
        <Stat label="Errors" value={told(newestSum(answer, "errors.") ?? 0, "per-second")} />
        <Stat
          label="Memory"
          value={told(now("memory.rss_bytes"), "bytes")}
          says={`${told(now("cpu.percent"), "percent")} of a core`}
        />
      </div>
      <ChartGrid plans={gatewayCharts} answer={answer} span={span} />
    </>
  );
}
