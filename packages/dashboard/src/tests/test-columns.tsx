/** The columns of the table of tests. */
import { Badge } from "../components/badge.tsx";
import { LampWord } from "../components/lamp.tsx";
import type { LongColumn } from "../components/long-table.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import { Marks } from "./marks.tsx";
import { outcomeLamp, outcomeWord } from "./outcome.ts";
import { took } from "./test-detail.tsx";
import { isFlaky, outcomeOf, type TestRecord } from "./test-record.ts";

export const testColumns = (onOpen: (test: TestRecord) => void): ReadonlyArray<LongColumn<TestRecord>> => [
  {
    name: "Outcome",
    cell: (test) => {
      const outcome = outcomeOf(test) ?? "skipped";
      return <LampWord name={outcomeLamp[outcome]} word={outcomeWord[outcome]} />;
    },
    className: "w-28",
  },
  {
    name: "Test",
    sort: "name",
    cell: (test) => (
      <span className="flex min-w-0 items-center gap-2">
        <button
          type="button"
          title={calm(test.name)}
          onClick={() => onOpen(test)}
          className="min-w-0 cursor-pointer truncate text-left font-mono font-medium hover:underline"
        >
          {calm(test.name)}
        </button>
        {isFlaky(test) && <Badge tone="wait">flaky</Badge>}
        {outcomeOf(test) === "failed" && test.message !== undefined && (
          <span
            className="min-w-0 flex-1 truncate font-mono text-ink-2 max-md:hidden"
            title={calm(plainText(firstLine(test.message)))}
          >
            {plainText(firstLine(test.message))}
          </span>
        )}
      </span>
    ),
    className: "max-w-0 w-full",
  },
  { name: "Last runs", cell: (test) => <Marks marks={test.marks} />, wideOnly: true, className: "w-32" },
  {
    name: "Took",
    sort: "duration",
    cell: ({ marks }) => {
      const ms = marks.at(-1)?.durationMs;
      return ms === undefined ? "" : took(ms);
    },
    align: "right",
    wideOnly: true,
    className: "w-20 text-ink-2",
  },
  {
    name: "Ran",
    sort: "last",
    cell: ({ marks }) => <RelativeTime ms={marks.at(-1)?.at ?? 0} />,
    align: "right",
    wideOnly: true,
    className: "w-24 text-ink-2",
  },
];

const firstLine = (text: string): string => text.trimStart().split("\n", 1)[0] ?? "";
