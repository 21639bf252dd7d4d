import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { calm } from "../text/visible.ts";

/** Nothing yet: one line puts something on the panel. */
export function FleetEmpty({ loading, error }: { loading: boolean; error: string | undefined }) {
  if (error !== undefined) {
    return (
      <EmptyState title="The gateway does not show its fleet">
        <p className="wrap-anywhere">{calm(error)}</p>
      </EmptyState>
    );
  }
  if (loading) return <EmptyState title="Asking the gateway for its fleet">{null}</EmptyState>;
  return (
    <EmptyState title="Nothing runs here yet">
      <p>Put any command on this panel. It runs as ever; its output, state and exit code appear here, live.</p>
      <CopyLine text="npx signalbox run -- npm test" says="run a command" />
      <p>Or see what a busy panel looks like:</p>
      <CopyLine text="npx signalbox demo" says="start the demo" />
    </EmptyState>
  );
}
