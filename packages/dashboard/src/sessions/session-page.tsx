/** A session: how far it is, who takes part, and all that happened, now or at any moment before. */
import { sessionReducer } from "@signalbox/core/reducers";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { Button } from "../components/button.tsx";
import { Tabs } from "../components/tabs.tsx";
import { FeedOf } from "../feed/feed-list.tsx";
import { Notes } from "../presence/notes.tsx";
import { useMoment } from "../stores/moment.ts";
import { useStateAt } from "../stores/state-at.ts";
import { useMedia } from "../stores/use-media.ts";
import { calm } from "../text/visible.ts";
import { ComparePanel } from "../timeline/compare-panel.tsx";
import { type Members, sessionLanes } from "../timeline/lane-channels.ts";
import { useOpenEvent } from "../timeline/open-event.ts";
import { Scrubber } from "../timeline/scrubber.tsx";
import { TimelineLanes } from "../timeline/timeline-view.tsx";
import { useTimeline, useWhole } from "../timeline/use-timeline.ts";
import { useMembers } from "./members.ts";
import { type SessionTab, type Side, sides } from "./search.ts";
import { SessionHead } from "./session-head.tsx";
import { SessionLogs } from "./session-logs.tsx";
import { SessionMemory } from "./session-memory.tsx";
import { SessionTests } from "./session-tests.tsx";

/** From here on there is room for a panel beside the feed. */
const wide = "(min-width: 80rem)";
/** Members whose events stand in the feed. */
const feedMost = 24;

const tabs: ReadonlyArray<{ name: SessionTab; label: string }> = [
  { name: "feed", label: "Feed" },
  { name: "timeline", label: "Timeline" },
  { name: "tests", label: "Tests" },
  { name: "logs", label: "Logs" },
  { name: "memory", label: "Memory" },
  { name: "notes", label: "Notes" },
];

export function SessionPage() {
  const { id } = useParams({ from: "/sessions/$id" });
  const { tab = "feed", side = "tests", processes: choice } = useSearch({ from: "/sessions/$id" });
  const processes = choice !== "no";
  const other = useSearch({ strict: false, select: (search) => search.with });
  const at = useMoment();
  const navigate = useNavigate();
  const isWide = useMedia(wide);
  const { state, status, error, from } = useStateAt(`session:${id}`, sessionReducer);
  const members = useMembers(id, state);
  const { channels, total } = useMemo(() => sessionLanes(id, members, processes), [id, members, processes]);
  const timeline = useTimeline(channels);
  const whole = useWhole(timeline);
  const open = useOpenEvent();
  const change = (search: { tab?: SessionTab | undefined; side?: Side | "none"; processes?: "no" | undefined }) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...search }) as typeof before, replace: true });
  return (
    <>
      <SessionHead id={id} state={state} members={members} from={from} problem={error} loading={status === "loading"} />
      {at !== undefined && other !== undefined && (
        <ComparePanel sessionId={id} agents={members.agents} at={at} other={other} />
      )}
      <Tabs
        label="Session"
        tabs={tabs}
        chosen={tab}
        onChoose={(name) => change({ tab: name === "feed" ? undefined : name })}
      >
        {tab === "timeline" ? (
          <TimelineLanes
            view={timeline}
            whole={whole}
            total={total}
            processes={processes}
            onProcesses={(shown) => change({ processes: shown ? undefined : "no" })}
            onOpen={open}
          />
        ) : tab === "feed" ? (
          <div className="flex min-h-0 flex-1">
            <SessionFeed id={id} members={members} />
            {isWide && side !== "none" && (
              <aside
                className="flex w-[34rem] min-w-0 shrink-0 flex-col border-l border-rule"
                aria-label="Beside the feed"
              >
                <SideTools side={side} onSide={(next) => change({ side: next })} />
                <PanelOf name={side} id={id} members={members} />
              </aside>
            )}
            {isWide && side === "none" && (
              <Button look="quiet" className="m-1" onClick={() => change({ side: "tests" })}>
                Show beside
              </Button>
            )}
          </div>
        ) : (
          <PanelOf name={tab} id={id} members={members} />
        )}
      </Tabs>
      <Scrubber lanes={timeline.lanes} whole={whole} />
    </>
  );
}

function SessionFeed({ id, members }: { id: string; members: Members }) {
  const channels = useMemo(
    () => [`session:${id}`, ...members.agents.map((agent) => `agent:${agent}`)].slice(0, feedMost),
    [id, members.agents],
  );
  return <FeedOf channels={channels} label={`Events of session ${calm(id)}`} />;
}

function PanelOf({ name, id, members }: { name: Side; id: string; members: Members }) {
  if (name === "logs") return <SessionLogs sessionId={id} processes={members.processes} />;
  if (name === "notes") {
    return (
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Notes channel={`session:${id}`} />
      </div>
    );
  }
  if (name === "memory") return <SessionMemory sessionId={id} />;
  return (
    <SessionTests
      channels={[
        `session:${id}`,
        ...members.agents.map((agent) => `agent:${agent}`),
        ...members.processes.map((process) => `process:${process}`),
      ]}
    />
  );
}

const sideWords: Readonly<Record<Side, string>> = { tests: "Tests", logs: "Logs", memory: "Memory", notes: "Notes" };

function SideTools({ side, onSide }: { side: Side; onSide: (side: Side | "none") => void }) {
  return (
    <div className="flex min-h-10 shrink-0 items-center gap-1 border-y border-rule px-3">
      {sides.map((one) => (
        <Button key={one} look="quiet" aria-pressed={one === side} onClick={() => onSide(one)}>
          {sideWords[one]}
        </Button>
      ))}
      <span className="flex-1" />
      <Button look="quiet" onClick={() => onSide("none")}>
        Hide
      </Button>
    </div>
  );
}
