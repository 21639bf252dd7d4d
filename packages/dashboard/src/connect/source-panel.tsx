import { CopyBlock } from "../components/copy-block.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Panel } from "../components/panel.tsx";
import type { Source } from "./sources.ts";

export function SourcePanel({ source: { id, title, says, into, text, andThen, docs } }: { source: Source }) {
  const isLine = !text.includes("\n");
  return (
    <Panel title={title} beside={<span className="text-xs text-ink-3">into {into}</span>} className="[contain:layout]">
      <p className="text-[13px] text-ink-2">{says}</p>
      <div data-testid={`source-${id}`} className="flex flex-col gap-2">
        {isLine ? <CopyLine text={text} says={title} whole /> : <CopyBlock text={text} says={title} />}
        {andThen !== undefined && (
          <>
            <p className="text-xs text-ink-3">Then, in a terminal:</p>
            <CopyLine text={andThen} says={`${title}, then`} whole />
          </>
        )}
      </div>
      <p className="text-xs text-ink-3">
        More: <span className="font-mono">{docs}</span>
      </p>
    </Panel>
  );
}
