/** `/logs?process=a,b`: logs of several processes as one. */
import { useSearch } from "@tanstack/react-router";
import { EmptyState } from "../../components/empty-state.tsx";
import { count } from "../../components/figures.ts";
import { PageHead } from "../../components/page.tsx";
import { MergedLog } from "./merged-log.tsx";

export function LogsPage() {
  const { process: processIds } = useSearch({ from: "/logs" });
  return (
    <>
      <PageHead title="Logs">
        {processIds && <span className="text-[13px] text-ink-2">of {count(processIds.length)} processes, by time</span>}
      </PageHead>
      {processIds ? (
        <MergedLog processIds={processIds} />
      ) : (
        <EmptyState title="No processes named">
          <p>
            The address says which: <code className="font-mono">/logs?process=ID,ID</code>. The list of processes leads
            here with those that it shows.
          </p>
        </EmptyState>
      )}
    </>
  );
}
