/** One row: number, time, text with its colours. All of it is text; nothing in it acts. */
import { Fragment, memo, useMemo } from "react";
import { count, exactTimeOfDay, moment } from "../components/figures.ts";
import { parseAnsi, type Span } from "../text/ansi.ts";
import { lookOf } from "./ansi-style.ts";
import { cutAtMatches } from "./highlight.ts";
import type { Seen } from "./pages.ts";

/** UTF-16 units drawn of one line; the rest on request. */
const drawnLength = 2_000;

interface LogRowProps {
  offset: number;
  row: Seen;
  found: RegExp | undefined;
  marked: boolean;
  timestamps: boolean;
}

export const LogRowView = memo(function LogRowView({ offset, row, found, marked, timestamps }: LogRowProps) {
  if (row === "unknown") {
    return (
      <div className="log-row" data-offset={offset} data-state="loading">
        <Gutter number="" />
        <span className="log-text" />
      </div>
    );
  }
  const number = row.continued ? "↳" : row.line === undefined ? "" : String(row.line);
  return (
    <div
      className="log-row"
      data-offset={offset}
      data-kind={row.kind}
      data-stream={row.stream}
      data-line={row.line}
      data-flash={marked}
    >
      <Gutter number={number} ms={timestamps ? row.timestampMs : undefined} />
      <span className="log-text">
        <LineText text={row.text} found={found} />
        {row.unsent && (
          <>
            {" "}
            <button type="button" className="log-more" data-unsent="">
              fetch them
            </button>
          </>
        )}
      </span>
    </div>
  );
});

function Gutter({ number, ms }: { number: string; ms?: number | undefined }) {
  return (
    <span className="log-gutter">
      {ms !== undefined && (
        <time className="log-time" title={ms === 0 ? undefined : moment(ms)}>
          {ms === 0 ? "" : exactTimeOfDay(ms)}
        </time>
      )}
      <span className="log-number">{number}</span>
    </span>
  );
}

function LineText({ text, found }: { text: string; found: RegExp | undefined }) {
  const spans = useMemo(() => parseAnsi(text.slice(0, drawnLength)), [text]);
  const rest = text.length - drawnLength;
  return (
    <>
      {spans.map((span, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a line never change places
        <SpanText key={at} span={span} found={found} />
      ))}
      {rest > 0 && (
        <button type="button" className="log-more" data-more="">
          … {count(rest)} more characters
        </button>
      )}
    </>
  );
}

function SpanText({ span, found }: { span: Span; found: RegExp | undefined }) {
  const look = lookOf(span);
  const inner = found ? <Marked text={span.text} found={found} /> : span.text;
  return look ? <span {...look}>{inner}</span> : inner;
}

function Marked({ text, found }: { text: string; found: RegExp }) {
  return cutAtMatches(text, found).map((part, at) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line never change places
    at % 2 === 1 ? <mark key={at}>{part}</mark> : <Fragment key={at}>{part}</Fragment>,
  );
}
