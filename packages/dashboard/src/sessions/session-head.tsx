/** The head of a session: its state, how far it is, who asked for it, who takes part, what it used, what waits for a person. */
import type { SessionState } from "@signalbox/core/reducers";
import { Link } from "@tanstack/react-router";
import { Badge } from "../components/badge.tsx";
import { Facts } from "../components/facts.tsx";
import { count } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { PageHead } from "../components/page.tsx";
import { Elapsed, RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { sessionItem } from "../fleet/item.ts";
import { useMoment } from "../stores/moment.ts";
import { calm } from "../text/visible.ts";
import type { Members } from "../timeline/lane-channels.ts";
import { budgetWords, usageWords } from "./usage.ts";

/** Members named on the page; a session may have hundreds. */
const membersShown = 12;

interface SessionHeadProps {
  id: string;
  state: SessionState;
  members: Members;
  /** In the past: the first event that is still kept. */
  from: number | undefined;
  problem: string | undefined;
  loading: boolean;
}

export function SessionHead({ id, state, members, from, problem, loading }: SessionHeadProps) {
  const item = sessionItem(`session:${id}`, state);
  const waiting = state.checkpoints.length;
  // At a moment in the past it had run until then.
  const at = useMoment();
  const until = state.stoppedAt ?? at;
  return (
    <div data-testid="session-head" data-loading={loading}>
      <PageHead title={calm(item.title)}>
        <LampWord name={item.lamp} word={calm(item.word)} />
        {state.statusSince !== undefined && (
          <span className="text-[13px] text-ink-2">
            since <RelativeTime ms={state.statusSince} />
          </span>
        )}
        {waiting > 0 && (
          <Link to="/approvals" className="hover:underline">
            <Badge tone="wait">
              {count(waiting)} {waiting === 1 ? "needs" : "need"} you
            </Badge>
          </Link>
        )}
      </PageHead>
      <div className="flex flex-col gap-2 px-4 pb-3 md:px-6">
        {problem !== undefined && <p className="text-[13px] text-stop">{calm(problem)}</p>}
        {from !== undefined && from > 1 && (
          <p className="text-[13px] text-ink-2">
            This state begins at event {count(from)}; older events are no longer kept.
          </p>
        )}
        <div className="max-w-xl">
          {item.said !== "" && <p className="mb-1.5 break-words">{calm(item.said)}</p>}
          <Track condition={item.condition} progress={item.progress} />
        </div>
        <Facts
          facts={[
            ["Session", calm(id)],
            ["Project", state.project !== undefined && calm(state.project)],
            ["Time", state.startedAt !== undefined && <Elapsed from={state.startedAt} to={until} />],
            ["Agents", <Named key="agents" ids={members.agents} to="/agents/$id" />],
            ["Processes", <Named key="processes" ids={members.processes} to="/processes/$id" />],
            ["Used", usageWords(state.usage)],
            ["Budget", budgetWords(state.budget)],
            ["Last event", <RelativeTime key="updated" ms={state.updatedAt} />],
          ]}
        />
      </div>
    </div>
  );
}

function Named({ ids, to }: { ids: readonly string[]; to: "/agents/$id" | "/processes/$id" }) {
  const rest = ids.length - membersShown;
  if (ids.length === 0) return "none named";
  return (
    <span className="flex flex-wrap gap-x-2">
      {ids.slice(0, membersShown).map((id) => (
        <Link key={id} to={to} params={{ id }} className="max-w-48 truncate text-run hover:underline">
          {calm(id)}
        </Link>
      ))}
      {rest > 0 && `and ${count(rest)} more`}
    </span>
  );
}
