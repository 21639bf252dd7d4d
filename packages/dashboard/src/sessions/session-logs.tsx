/** What a session's processes do, and the last line of each. */
import { processReducer } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { Elapsed } from "../components/relative-time.tsx";
import { commandLine, processItem } from "../fleet/item.ts";
import { useMoment } from "../stores/moment.ts";
import { useStateAt } from "../stores/state-at.ts";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";

const processesMost = 30;

export function SessionLogs({ sessionId, processes }: { sessionId: string; processes: readonly string[] }) {
  if (processes.length === 0) {
    return (
      <EmptyState title="No process of this session is known">
        <p>A process takes part when it says so:</p>
        <CopyLine
          text={`npx signalbox run --session ${sessionId} -- npm test`}
          says="run a command as a part of this session"
        />
      </EmptyState>
    );
  }
  const rest = processes.length - processesMost;
  return (
    <ul className="min-h-0 flex-1 overflow-y-auto" data-testid="session-logs">
      {processes.slice(0, processesMost).map((id) => (
        <ProcessOf key={id} id={id} />
      ))}
      {rest > 0 && <li className="px-4 py-2 text-[13px] text-ink-2">{count(rest)} more are not shown.</li>}
    </ul>
  );
}

function ProcessOf({ id }: { id: string }) {
  const { state } = useStateAt(`process:${id}`, processReducer);
  const at = useMoment();
  const item = processItem(`process:${id}`, state);
  const command = commandLine(state);
  // At a moment in the past it ran until then.
  const until = state.stoppedAt ?? at;
  return (
    <li className="flex flex-col gap-1 border-b border-rule px-4 py-2 text-[13px]" data-testid="session-process">
      <span className="flex flex-wrap items-center gap-x-3">
        <Link to="/processes/$id" params={{ id }} className="max-w-full truncate font-medium hover:underline">
          {calm(state.name ?? (command === "" ? id : command))}
        </Link>
        <LampWord name={item.lamp} word={calm(item.word)} />
        {state.startedAt !== undefined && <Elapsed from={state.startedAt} to={until} />}
        <span className="text-ink-2">{count(state.lines)} lines</span>
      </span>
      {state.lastOutput !== undefined && (
        <span className="truncate font-mono text-xs text-ink-2">{calm(plainText(state.lastOutput))}</span>
      )}
    </li>
  );
}
