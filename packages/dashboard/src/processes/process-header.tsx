import type { ProcessState } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { Badge } from "../components/badge.tsx";
import { Facts } from "../components/facts.tsx";
import { Fault } from "../components/fault.tsx";
import { bytes, count, percent } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { Elapsed } from "../components/relative-time.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { commandLine, processItem, withSilence } from "../fleet/item.ts";
import { useNow } from "../stores/clock.ts";
import { useMoment } from "../stores/moment.ts";
import { calm } from "../text/visible.ts";

interface ProcessHeaderProps {
  id: string;
  name: string;
  state: ProcessState;
  error: string | undefined;
}

export function ProcessHeader({ id, name, state, error }: ProcessHeaderProps) {
  const now = useNow();
  const at = useMoment();
  const item = processItem(`process:${id}`, state);
  const { condition, lamp, word } = at === undefined ? withSilence(item, now) : item;
  const running = condition === "running";
  return (
    <div className="flex items-start gap-6 px-4 pt-3 pb-3 md:px-6">
      <div className="flex min-w-0 flex-1 flex-col gap-1.5">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <Link to="/processes" className="text-[13px] text-ink-3 hover:underline max-md:hidden">
            Processes
          </Link>
          <h1 className="min-w-0 truncate font-mono text-[15px] font-semibold" title={calm(commandLine(state))}>
            {calm(name)}
          </h1>
          <span data-testid="process-state" data-status={state.status}>
            <LampWord name={lamp} word={word} />
          </span>
          {state.exitCode === 0 && <Badge tone="done">exit 0</Badge>}
          {state.reason && <span className="text-[13px] break-words text-ink-2">{calm(state.reason)}</span>}
        </div>
        <Facts
          facts={[
            ["Time", state.startedAt !== undefined && <Elapsed from={state.startedAt} to={state.stoppedAt ?? at} />],
            [
              "Lines",
              <span key="lines">
                <span data-testid="line-count">{count(state.lines)}</span>
                {state.errorLines > 0 && <span className="text-stop"> · {count(state.errorLines)} on stderr</span>}
              </span>,
            ],
            ["pid", state.pid],
            ["Host", state.host && calm(state.host)],
            ["In", state.cwd && <span className="font-mono text-xs">{calm(state.cwd)}</span>],
            ["Memory", state.memoryBytes !== undefined && bytes(state.memoryBytes)],
            ["CPU", running && state.cpuPercent !== undefined && percent(state.cpuPercent)],
          ]}
        />
        {(state.error ?? error) !== undefined && (
          <p className="text-[13px]">
            <Fault text={state.error ?? error ?? ""} />
          </p>
        )}
      </div>
      {state.cpuHistory.length > 1 && (
        <div className="shrink-0 max-md:hidden">
          <Sparkline values={state.cpuHistory} width={160} height={36} label="CPU of the last minutes" />
          <p className="mt-0.5 text-right text-xs text-ink-3">
            CPU, last {Math.round((state.cpuHistory.length * 2) / 6) / 10} min
          </p>
        </div>
      )}
    </div>
  );
}
