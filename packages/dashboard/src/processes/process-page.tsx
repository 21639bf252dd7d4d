/** One process: how it goes, and every line it wrote. */
import { processReducer } from "@signalbox/core/reducers";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { EmptyState } from "../components/empty-state.tsx";
import { useTitle } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { commandLine } from "../fleet/item.ts";
import { LogPanel } from "../log/log-panel.tsx";
import { SteeringPanel } from "../steering/steering-panel.tsx";
import { useIsPast } from "../stores/moment.ts";
import { useStateAt } from "../stores/state-at.ts";
import { calm } from "../text/visible.ts";
import { ProcessHeader } from "./process-header.tsx";

/** The emulator is fetched only where somebody looks at a terminal. */
const TerminalPanel = lazy(async () => ({
  default: (await import("../log/terminal/terminal-panel.tsx")).TerminalPanel,
}));

const outputs = [
  { name: "log", label: "Log" },
  { name: "terminal", label: "Terminal" },
] as const;

export function ProcessPage() {
  const { id } = useParams({ from: "/processes/$id" });
  const { view } = useSearch({ from: "/processes/$id" });
  const navigate = useNavigate();
  const { state, error, offset } = useStateAt(`process:${id}`, processReducer);
  const isPast = useIsPast();
  const command = commandLine(state);
  const name = state.name ?? (command === "" ? id : command);
  const isOver = state.stoppedAt !== undefined;
  useTitle(name);
  const log = (
    <LogPanel
      key={id}
      processId={id}
      name={name}
      totalLines={state.lines}
      errorLines={state.errorLines}
      ended={isOver}
      until={isPast ? (offset ?? 0) : undefined}
    />
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <ProcessHeader id={id} name={name} state={state} error={error} />
      <SteeringPanel channel={`process:${id}`} name={name} over={isOver} />
      {state.pty && !isPast ? (
        <Tabs
          label="Output"
          tabs={outputs}
          chosen={view ?? "log"}
          onChoose={(next) =>
            void navigate({
              to: "/processes/$id",
              params: { id },
              search: ({ view: _, ...rest }) => (next === "log" ? rest : { ...rest, view: next }),
              replace: true,
            })
          }
        >
          {view === "terminal" ? (
            <Suspense fallback={<EmptyState title="Fetching the terminal" />}>
              <TerminalPanel key={id} channel={`process:${id}`} name={calm(name)} ended={isOver} />
            </Suspense>
          ) : (
            log
          )}
        </Tabs>
      ) : (
        log
      )}
    </div>
  );
}
