/** Two moments of a session side by side: what is another in each of its states. */

import { type Client, GatewayError } from "@signalbox/client";
import {
  type AgentState,
  agentReducer,
  type MemoryState,
  memoryReducer,
  type SessionState,
  sessionReducer,
  type TddState,
  tddReducer,
} from "@signalbox/core/reducers";
import { type ReactNode, useEffect, useState } from "react";
import { Fault } from "../components/fault.tsx";
import { count, duration, exactTimeOfDay, moment } from "../components/figures.ts";
import { Panel } from "../components/panel.tsx";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { type Changes, differences, type MemoryChange, memoryChanges, type TestChanges, testChanges } from "./diff.ts";

/** Agents compared; a session may have hundreds. */
const agentsMost = 12;

interface CompareProps {
  sessionId: string;
  agents: readonly string[];
  at: number;
  other: number;
}

interface Compared {
  session: Changes;
  tests: TestChanges;
  memory: MemoryChange[];
  agents: Array<{ id: string; changes: Changes }>;
}

export function ComparePanel({ sessionId, agents, at, other }: CompareProps) {
  const client = useClient();
  const [compared, setCompared] = useState<Compared>();
  const [error, setError] = useState<string>();
  const [from, to] = at < other ? [at, other] : [other, at];
  const named = agents.slice(0, agentsMost).join(" ");
  useEffect(() => {
    const gone = new AbortController();
    compare(client, sessionId, named === "" ? [] : named.split(" "), [from, to], gone.signal).then(
      (found) => {
        setCompared(found);
        setError(undefined);
      },
      (problem: unknown) => {
        if (!gone.signal.aborted) setError(problem instanceof Error ? problem.message : String(problem));
      },
    );
    return () => gone.abort();
  }, [client, sessionId, named, from, to]);
  return (
    <Panel
      title="What changed"
      className="mx-4 mb-3 max-h-[50dvh] shrink-0 overflow-y-auto md:mx-6"
      beside={
        <span className="text-[13px] text-ink-2" title={`${moment(from)} – ${moment(to)}`}>
          {exactTimeOfDay(from)} → {exactTimeOfDay(to)} · {duration(to - from)}
        </span>
      }
    >
      <div className="flex flex-col gap-3 text-[13px]" data-testid="compared">
        {error !== undefined ? (
          <p>
            <Fault text={error} />
          </p>
        ) : compared === undefined ? (
          <p className="text-ink-2">Folding both moments</p>
        ) : (
          <Found compared={compared} skipped={Math.max(0, agents.length - agentsMost)} />
        )}
      </div>
    </Panel>
  );
}

function Found({ compared, skipped }: { compared: Compared; skipped: number }) {
  const { tests, memory, session, agents } = compared;
  const busy = agents.filter(({ changes }) => changes.changes.length > 0);
  const nothing =
    tests.newlyFailing.length + tests.nowPassing.length + memory.length + session.changes.length + busy.length === 0;
  if (nothing) return <p className="text-ink-2">Nothing is another: both moments show the same.</p>;
  return (
    <>
      <Part title="Tests">
        {tests.newlyFailing.map((name) => (
          <li key={name} className="break-words">
            <strong className="text-stop">Newly failing</strong> {calm(name)}
          </li>
        ))}
        {tests.nowPassing.map((name) => (
          <li key={name} className="break-words">
            <strong className="text-done">No longer failing</strong> {calm(name)}
          </li>
        ))}
        {tests.stillFailing > 0 && <li className="text-ink-2">{count(tests.stillFailing)} fail in both</li>}
      </Part>
      <Part title="Memory">
        {memory.map(({ key, how, author, versions }) => (
          <li key={key} className="break-words">
            <strong>{how}</strong> {calm(key)}{" "}
            <span className="text-ink-2">
              version {versions}
              {author !== undefined && ` by ${calm(author)}`}
            </span>
          </li>
        ))}
      </Part>
      <Part title="Session">
        <Fields {...session} />
      </Part>
      {busy.map(({ id, changes }) => (
        <Part key={id} title={`Agent ${calm(id)}`}>
          <Fields {...changes} />
        </Part>
      ))}
      {skipped > 0 && <p className="text-ink-2">{count(skipped)} more agents are not compared.</p>}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const parts = [children].flat(2).filter((child) => child !== false && child !== undefined && child !== null);
  if (parts.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <ul className="flex flex-col gap-0.5">{children}</ul>
    </section>
  );
}

function Fields({ changes, cut }: Changes) {
  return (
    <>
      {changes.map(({ what, before, after }) => (
        <li key={what} className="break-words">
          <span className="text-ink-2">{calm(what)}</span>{" "}
          {before === undefined ? <em className="text-ink-3">nothing</em> : <span>{calm(before)}</span>} →{" "}
          {after === undefined ? <em className="text-ink-3">nothing</em> : <strong>{calm(after)}</strong>}
        </li>
      ))}
      {cut > 0 && <li className="text-ink-2">and {count(cut)} more</li>}
    </>
  );
}

async function compare(
  client: Client,
  sessionId: string,
  agents: readonly string[],
  [from, to]: readonly [number, number],
  signal: AbortSignal,
): Promise<Compared> {
  const both = async <State,>(
    channel: string,
    reducer: { name: string; initial(channel: string): State },
  ): Promise<[State, State]> => {
    const one = async (at: number): Promise<State> => {
      const query = new URLSearchParams({ at: String(at), reducer: reducer.name });
      const answer = await client
        .request<{ snapshot?: { state: State } }>(`/v1/channels/${encodeURIComponent(channel)}?${query}`, { signal })
        .catch((error: unknown) => {
          // A member that was named but never said a word.
          if (error instanceof GatewayError && error.status === 404) return {};
          throw error;
        });
      return "snapshot" in answer && answer.snapshot !== undefined ? answer.snapshot.state : reducer.initial(channel);
    };
    return [await one(from), await one(to)];
  };
  const session = `session:${sessionId}`;
  const [sessions, memories] = await Promise.all([
    both<SessionState>(session, sessionReducer),
    both<MemoryState>(session, memoryReducer),
  ]);
  const tests = await Promise.all(
    [session, ...agents.map((id) => `agent:${id}`)].map((channel) => both<TddState>(channel, tddReducer)),
  );
  const states = await Promise.all(agents.map((id) => both<AgentState>(`agent:${id}`, agentReducer)));
  const found = tests.map(([before, after]) => testChanges(before, after));
  return {
    session: differences(...sessions),
    memory: memoryChanges(...memories),
    tests: {
      newlyFailing: found.flatMap(({ newlyFailing }) => newlyFailing),
      nowPassing: found.flatMap(({ nowPassing }) => nowPassing),
      stillFailing: found.reduce((sum, { stillFailing }) => sum + stillFailing, 0),
    },
    agents: agents.map((id, index) => ({ id, changes: differences(states[index]?.[0], states[index]?.[1]) })),
  };
}
