import { useConnection, usePresence, useSnapshots } from "@signalbox/react";
import { useState } from "react";
import { Approvals } from "./approvals.tsx";
import { ProcessLog } from "./process-log.tsx";

/** What is used here of the state of a process; docs/reference/states.md has all of it. */
export interface Process {
  status: string;
  name?: string;
  lease?: string;
}

export function App() {
  const { state, reason } = useConnection();
  const { channels } = useSnapshots<Process>("process:*");
  const [chosen, setChosen] = useState<string>();
  return (
    <>
      <header>
        <h1>Processes</h1>
        <p data-state={state}>{reason ? `${state}: ${reason.help}` : state}</p>
        <Here looksAt={chosen?.slice("process:".length) ?? "the list"} />
      </header>
      <main>
        <nav aria-label="Processes">
          {channels.size === 0 && <span className="quiet">Start one: npx signalbox run -- COMMAND</span>}
          {[...channels].map(([channel, { status }]) => (
            <button
              key={channel}
              type="button"
              aria-pressed={channel === chosen}
              onClick={() => setChosen(channel === chosen ? undefined : channel)}
            >
              {channel.slice("process:".length)} <small>{status}</small>
            </button>
          ))}
        </nav>
        {chosen === undefined ? (
          <section className="quiet">Choose a process.</section>
        ) : (
          <ProcessLog key={chosen} channel={chosen} />
        )}
        <Approvals />
      </main>
    </>
  );
}

/** A name for this page, until people have their own. */
const name = `Guest ${Math.floor(100 + Math.random() * 900)}`;

function Here({ looksAt }: { looksAt: string }) {
  const { members } = usePresence("session:example", { name, state: { looksAt } });
  return (
    <p data-members={members.length}>
      {members.map((member) => `${member.name} looks at ${String(member.state?.looksAt)}`).join(" · ")}
    </p>
  );
}
