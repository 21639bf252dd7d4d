/** What a version changed: lines that went and came, or the members that are another. */
import type { MemoryDiff } from "@signalbox/core/reducers";
import { calmLines } from "../text/visible.ts";

export function DiffView({ diff }: { diff: MemoryDiff }) {
  if (diff.kind === "too_long")
    return <p className="text-xs text-ink-3">Too much changed to be kept as a difference.</p>;
  if (diff.kind === "merge") {
    return (
      <div data-testid="diff" className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs">
        <p className="mb-1 font-sans text-ink-3">Members that changed (null: gone)</p>
        <pre className="whitespace-pre-wrap [overflow-wrap:anywhere]">
          {calmLines(JSON.stringify(diff.patch, undefined, 2) ?? "null")}
        </pre>
      </div>
    );
  }
  return (
    <div data-testid="diff" className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs">
      <p className="mb-1 font-sans text-ink-3">At line {diff.from}</p>
      <Lines sign="−" says="removed" lines={diff.removed} className="bg-stop-soft" />
      <Lines sign="+" says="added" lines={diff.added} className="bg-done-soft" />
    </div>
  );
}

interface LinesProps {
  sign: string;
  says: string;
  lines: readonly string[];
  className: string;
}

const Lines = ({ sign, says, lines, className }: LinesProps) => (
  <>
    {lines.map((line, at) => (
      <p
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a difference never change
        key={at}
        className={`flex gap-2 px-1 ${className}`}
      >
        <span aria-hidden="true" className="select-none text-ink-2">
          {sign}
        </span>
        <span className="sr-only">{says}</span>
        <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">{calmLines(line)}</span>
      </p>
    ))}
  </>
);
