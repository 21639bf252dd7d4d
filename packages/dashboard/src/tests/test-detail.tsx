/** One test: what it said when it failed, and how its last runs went. */
import { Badge } from "../components/badge.tsx";
import { Beside } from "../components/beside.tsx";
import { duration } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { plainText } from "../text/ansi.ts";
import { calm, calmLines } from "../text/visible.ts";
import { Marks } from "./marks.tsx";
import { outcomeLamp, outcomeWord } from "./outcome.ts";
import { Rewind } from "./rewind.tsx";
import { changesOf, isFlaky, marksKept, outcomeOf, type TestRecord } from "./test-record.ts";

export function TestDetail({ test, channel, onClose }: { test: TestRecord; channel: string; onClose: () => void }) {
  const outcome = outcomeOf(test);
  return (
    <Beside title={calm(test.name)} onClose={onClose}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {outcome && <LampWord name={outcomeLamp[outcome]} word={outcomeWord[outcome]} />}
        {isFlaky(test) && <Badge tone="wait">flaky</Badge>}
      </div>
      <p className="font-mono break-words">{calm(test.name)}</p>
      {test.file !== undefined && (
        <p className="font-mono break-words text-ink-2">
          {calm(test.file)}
          {test.line !== undefined && `:${test.line}`}
        </p>
      )}
      {isFlaky(test) && (
        <p className="text-ink-2">
          It changed between passed and failed {changesOf(test.marks)} times in its last {test.marks.length} runs.
        </p>
      )}
      {test.failedAt !== undefined && (
        <section aria-label="Last failure" className="flex flex-col gap-2">
          <h3 className="font-semibold">
            Failed <RelativeTime ms={test.failedAt} />
          </h3>
          <pre
            className="max-h-96 shrink-0 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]"
            data-testid="failure"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
          >
            {test.message === undefined
              ? "It said nothing."
              : calmLines(test.message.split("\n").map(plainText).join("\n"))}
          </pre>
          <div>
            <Rewind channel={channel} sessionId={test.sessionId} at={test.failedAt}>
              Rewind to failure
            </Rewind>
          </div>
        </section>
      )}
      <section aria-label="Runs" className="flex flex-col gap-2">
        <h3 className="font-semibold">
          {test.marks.length === marksKept ? `Its last ${marksKept} runs` : "Its runs"}{" "}
          <Marks marks={test.marks} shown={marksKept} />
        </h3>
        <ol className="flex flex-col">
          {test.marks.toReversed().map((mark) => (
            <li key={mark.run} className="flex items-center gap-3 border-b border-rule py-1 last:border-0">
              <LampWord name={outcomeLamp[mark.outcome]} word={outcomeWord[mark.outcome]} className="w-28" />
              <span className="flex-1 text-ink-2">{mark.durationMs !== undefined && took(mark.durationMs)}</span>
              <span className="text-ink-3">
                <RelativeTime ms={mark.at} />
              </span>
            </li>
          ))}
        </ol>
      </section>
    </Beside>
  );
}

/** Tests take milliseconds. */
export const took = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms));
