/** How the work goes: sessions, decisions, commands; and how long connections last. */

import { states } from "@signalbox/client/states";
import type { SessionState } from "@signalbox/core/reducers";
import { sessionShape } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { count, duration } from "../components/figures.ts";
import { Panel, Stat } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { ChartGrid } from "./chart-grid.tsx";
import { workCharts } from "./panels.ts";
import { usePolled } from "./polled.ts";
import { Refusal } from "./refusal.tsx";
import { endedBars, type SeriesAnswer } from "./series.ts";
import {
  approvalFigures,
  type CheckpointRow,
  type CommandRow,
  commandCounts,
  type Spread,
  sessionFigures,
} from "./work.ts";

const everyMs = 15_000;

interface WorkTabProps {
  answer: SeriesAnswer | undefined;
  span: readonly [number, number];
}

export function WorkTab({ answer, span }: WorkTabProps) {
  return (
    <>
      <div className="grid min-w-0 gap-4 md:grid-cols-3">
        <SessionsPanel />
        <ApprovalsPanel />
        <CommandsPanel />
      </div>
      {answer && (
        <>
          <ChartGrid plans={workCharts} answer={answer} span={span} />
          <Durations answer={answer} />
        </>
      )}
    </>
  );
}

const spread = ({ half, most }: Spread): string =>
  half === undefined || most === undefined ? "none yet" : `95 % within ${duration(most)}`;

function SessionsPanel() {
  const client = useClient();
  const { channels, truncated } = useReadable(
    useMemo(() => states<SessionState>(client, "session:*", { reducer: sessionShape }), [client]),
  );
  const { running, ended, took, untimed } = useMemo(() => sessionFigures(channels.values()), [channels]);
  return (
    <Panel title="Sessions">
      <div className="flex flex-wrap gap-x-8 gap-y-3">
        <Stat label="Going on" value={count(running)} />
        <Stat
          label="Ended"
          value={count(ended)}
          says={untimed > 0 ? `${count(untimed)} without their times` : undefined}
        />
        <Stat label="Half took" value={took.half === undefined ? "–" : duration(took.half)} says={spread(took)} />
      </div>
      {truncated && <p className="text-xs text-ink-3">Of {count(channels.size)} sessions; there are more.</p>}
    </Panel>
  );
}

function ApprovalsPanel() {
  const { rows, cut, error } = usePolled<CheckpointRow>("/v1/checkpoints", "checkpoints", everyMs);
  const figures = useMemo(() => approvalFigures(rows ?? []), [rows]);
  const { open, oldestAt, decided, expired } = figures;
  return (
    <Panel title="Approvals of the last 7 days">
      {error && <Refusal error={error} what="see approvals" />}
      <div className="flex flex-wrap gap-x-8 gap-y-3">
        <Stat
          label="Wait now"
          value={rows ? count(open) : "–"}
          tone={open > 0 ? "wait" : "plain"}
          says={
            oldestAt && (
              <>
                longest since <RelativeTime ms={oldestAt} />
              </>
            )
          }
        />
        <Stat
          label="Half decided within"
          value={decided.half === undefined ? "–" : duration(decided.half)}
          says={decided.half === undefined ? "none yet" : `${spread(decided)}, ${count(decided.count)} decided`}
        />
        <Stat label="Expired" value={rows ? count(expired) : "–"} says="nobody decided" />
      </div>
      {cut && <p className="text-xs text-ink-3">Of the first {count(rows?.length ?? 0)}; there are more.</p>}
    </Panel>
  );
}

function CommandsPanel() {
  const { rows, cut, error } = usePolled<CommandRow>("/v1/commands", "commands", everyMs);
  const counts = useMemo(() => commandCounts(rows ?? []), [rows]);
  return (
    <Panel title="Commands of the last 7 days">
      {error && <Refusal error={error} what="see commands" />}
      {counts.length === 0 && (
        <p className="text-[13px] text-ink-3">{rows ? "None was given." : "Asking the gateway"}</p>
      )}
      <div className="flex flex-wrap gap-x-8 gap-y-3">
        {counts.map(([state, times]) => (
          <Stat key={state} label={calm(state)} value={count(times)} tone={state === "failed" ? "stop" : "plain"} />
        ))}
      </div>
      {cut && <p className="text-xs text-ink-3">Of the first {count(rows?.length ?? 0)}; there are more.</p>}
    </Panel>
  );
}

/** How long connections were open. */
function Durations({ answer }: { answer: SeriesAnswer }) {
  const bars = endedBars(answer);
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  return (
    <Panel title="How long connections lasted">
      <p className="-mt-2 text-xs text-ink-3">
        Those that have ended since <RelativeTime ms={answer.startedMs} />; polls are left out.
      </p>
      <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-1 text-[13px]">
        {bars.map(({ upToMs, count: times }) => (
          <div key={upToMs ?? "more"} className="contents">
            <dt className="text-ink-2">{upToMs === undefined ? "longer" : `up to ${whole(upToMs)}`}</dt>
            <span className="h-2 rounded-sm bg-sunken" aria-hidden="true">
              <span className="block h-2 rounded-sm bg-run" style={{ width: `${(100 * times) / most}%` }} />
            </span>
            <dd className="text-right font-medium">{count(times)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** `1 s`, `5 min`, `4 h`: these are whole. */
const whole = (ms: number): string =>
  ms < 60_000 ? `${ms / 1_000} s` : ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
