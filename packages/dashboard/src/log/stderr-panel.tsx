/** Only what was written on stderr, in the order of the log. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { Fault } from "../components/fault.tsx";
import { count, exactTimeOfDay } from "../components/figures.ts";
import { CloseIcon } from "../components/icons.tsx";
import { useClient } from "../stores/client.tsx";
import { plainText } from "../text/ansi.ts";
import type { LogRecord } from "./log-records.ts";
import { useStderr } from "./stderr-lines.ts";

const rowPx = 26;
/** UTF-16 units of a line drawn in a row. */
const drawnLength = 400;

interface StderrPanelProps {
  processId: string;
  /** As the process's state counts them. */
  total: number;
  /** Those after it are not shown. */
  until: number | undefined;
  onPick: (offset: number) => void;
  onClose: () => void;
}

export function StderrPanel({ processId, total, until, onPick, onClose }: StderrPanelProps) {
  const { rows: all, cut, looking, error, again } = useStderr(useClient(), processId);
  const rows = until === undefined ? all : all.filter((row) => offsetOf(row) <= until);
  const [current, setCurrent] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 10,
  });
  const fresh = Math.max(0, total - rows.length - cut);
  return (
    <aside
      aria-label="Lines on stderr"
      data-testid="stderr-lines"
      className="flex shrink-0 flex-col border-rule bg-panel max-md:h-2/5 max-md:border-t md:w-[28rem] md:border-l"
    >
      <div className="flex min-h-10 items-center gap-2 border-b border-rule pr-2 pl-3 text-[13px]">
        <span className="min-w-0 flex-1 truncate" aria-live="polite">
          {looking
            ? `Looking through the log: ${count(rows.length + cut)} of ${count(total)} on stderr`
            : cut > 0
              ? `The newest ${count(rows.length)} of ${count(rows.length + cut)} on stderr`
              : `${count(rows.length)} on stderr`}
        </span>
        {!looking && fresh > 0 && (
          <Button className="h-7" onClick={again}>
            {count(fresh)} more
          </Button>
        )}
        <Button look="quiet" aria-label="Close the lines on stderr" onClick={onClose}>
          <CloseIcon />
        </Button>
      </div>
      {error !== undefined && (
        <p className="p-3 text-[13px]">
          <Fault text={error} />
        </p>
      )}
      {!looking && error === undefined && rows.length === 0 && (
        <p className="p-3 text-[13px] text-ink-2">Nothing that is kept was written on stderr.</p>
      )}
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
        <ol className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <li
                key={row.at}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)`, height: rowPx }}
              >
                <button
                  type="button"
                  aria-current={row.at === current}
                  title={row.timestamp === undefined ? undefined : exactTimeOfDay(row.timestamp)}
                  onClick={() => {
                    setCurrent(row.at);
                    onPick(offsetOf(row));
                  }}
                  className="flex h-full w-full cursor-pointer items-center gap-3 border-b border-rule px-3 text-left font-mono text-xs hover:bg-raised aria-[current=true]:bg-run-soft"
                >
                  <span className="w-14 shrink-0 text-right text-ink-3">
                    {row.line === undefined ? "" : count(row.line)}
                  </span>
                  <span className="min-w-0 flex-1 truncate">{plainText(row.output.slice(0, drawnLength))}</span>
                </button>
              </li>
            );
          })}
        </ol>
      </div>
    </aside>
  );
}

/** `at` is EPOCH:OFFSET. */
const offsetOf = ({ at }: LogRecord): number => Number(at?.split(":").at(-1));
