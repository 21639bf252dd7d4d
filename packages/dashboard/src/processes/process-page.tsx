/** One process: how it goes, and every line it wrote. */
import { processReducer } from "@signalbox/core/reducers";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTitle } from "../components/page.tsx";
import { commandLine } from "../fleet/item.ts";
import { LogPanel } from "../log/log-panel.tsx";
import { SteeringPanel } from "../steering/steering-panel.tsx";
import { useClient } from "../stores/client.tsx";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { ProcessHeader } from "./process-header.tsx";

/** Figures change with every line; people read four a second. */
const renewedEveryMs = 250;

export function ProcessPage() {
  const { id } = useParams({ from: "/processes/$id" });
  const client = useClient();
  const view = useReadable(
    useMemo(() => paced(client.channel(`process:${id}`, processReducer), renewedEveryMs), [client, id]),
  );
  const { state } = view;
  const command = commandLine(state);
  const name = state.name ?? (command === "" ? id : command);
  const isOver = state.stoppedAt !== undefined;
  useTitle(name);
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <ProcessHeader id={id} name={name} state={state} error={view.error?.message} />
      <SteeringPanel channel={`process:${id}`} name={name} over={isOver} />
      <LogPanel key={id} processId={id} name={name} totalLines={state.lines} ended={isOver} />
    </div>
  );
}
