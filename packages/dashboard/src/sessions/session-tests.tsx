/** The tests of a session and of each of its agents, and the way back to where one began to fail. */
import { tddReducer } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { count, percent } from "../components/figures.ts";
import { ClockIcon } from "../components/icons.tsx";
import { Lamp } from "../components/lamp.tsx";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { spoken } from "../fleet/condition.ts";
import { useGoToMoment } from "../stores/moment.ts";
import { useStateAt } from "../stores/state-at.ts";
import { calm } from "../text/visible.ts";
import { laneTitle } from "../timeline/words.ts";

/** Channels asked for their tests, and failing tests named of each. */
const channelsMost = 12;
const failuresShown = 20;

export function SessionTests({ channels }: { channels: readonly string[] }) {
  const rest = channels.length - channelsMost;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-4" data-testid="session-tests">
      {channels.slice(0, channelsMost).map((channel) => (
        <TestsOf key={channel} channel={channel} />
      ))}
      {rest > 0 && <p className="text-[13px] text-ink-2">{count(rest)} more members are not asked for their tests.</p>}
      <Link to="/tests" className="text-[13px] text-run hover:underline">
        All tests, their history and coverage
      </Link>
    </div>
  );
}

function TestsOf({ channel }: { channel: string }) {
  const { state, status } = useStateAt(channel, tddReducer);
  const goTo = useGoToMoment();
  const { run, failures, phase } = state;
  const { id } = laneTitle(channel);
  if (run === undefined && phase === "unknown") {
    return channel.startsWith("session:") ? null : (
      <p className="text-[13px] text-ink-3">
        {calm(id)}: {status === "loading" ? "asking for its tests" : "no tests"}
      </p>
    );
  }
  const failing = run?.failing ?? failures.items.length;
  return (
    <Panel
      title={calm(id)}
      beside={
        <>
          {phase !== "unknown" && (
            <Badge tone={phase === "red" ? "stop" : phase === "green" ? "done" : "run"}>{calm(spoken(phase))}</Badge>
          )}
          {run !== undefined && (
            <span className="text-[13px] text-ink-2" data-testid="test-counts">
              {count(run.passing ?? 0)} of {count(run.total ?? 0)} pass, {count(failing)} fail ·{" "}
              <RelativeTime ms={run.at} />
            </span>
          )}
        </>
      }
    >
      {state.coverage?.lines !== undefined && (
        <p className="text-[13px] text-ink-2">{percent(state.coverage.lines)} of lines covered</p>
      )}
      {failures.items.length > 0 && (
        <ul className="flex flex-col gap-2 text-[13px]">
          {failures.items.slice(0, failuresShown).map((test) => (
            <li key={`${test.file} ${test.name}`} className="flex items-start gap-2" data-testid="failing-test">
              <Lamp name="failed" size={14} className="mt-0.5" />
              <span className="min-w-0 flex-1">
                <span className="font-medium break-words">{calm(test.name)}</span>
                {test.file !== undefined && (
                  <span className="block truncate text-xs text-ink-3">
                    {calm(test.file)}
                    {test.line !== undefined && `:${test.line}`}
                  </span>
                )}
                {test.message !== undefined && (
                  <span className="block font-mono text-xs break-words text-stop">{calm(test.message)}</span>
                )}
              </span>
              <Button
                data-testid="rewind"
                title="Everything as it was when this test failed"
                onClick={() => goTo(test.updatedAt)}
              >
                <ClockIcon /> Rewind
              </Button>
            </li>
          ))}
        </ul>
      )}
      {failures.items.length > failuresShown && (
        <p className="text-[13px] text-ink-2">
          showing {failuresShown} of {count(failures.items.length + failures.cut)}
        </p>
      )}
    </Panel>
  );
}
