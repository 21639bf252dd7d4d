/** What waits, or was decided, as a list: only the rows in sight are drawn. */
import type { Checkpoint } from "@signalbox/client/steering";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { classes } from "../components/classes.ts";
import { Lamp } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { appliedWord } from "./applied-line.tsx";
import { Deadline } from "./deadline.tsx";
import { endingLamp } from "./ended-card.tsx";
import { approvedWords } from "./may-decide.ts";
import { endingOf, endingWord } from "./receipt.ts";
import { RiskBadge } from "./risk-badge.tsx";
import { titleOf, whoIs } from "./words.ts";

/** Of a row, before it was measured. */
const rowPixels = 72;

interface ApprovalListProps {
  label: string;
  rows: readonly Checkpoint[];
  chosen: string | undefined;
  /** Absent: nothing is selected here. */
  selection?: Selection;
  onChoose: (id: string) => void;
}

export interface Selection {
  ids: ReadonlySet<string>;
  /** Why it cannot be selected. */
  barred: (checkpoint: Checkpoint) => string | undefined;
  toggle: (id: string) => void;
}

export function ApprovalList({ label, rows, chosen, selection, onChoose }: ApprovalListProps) {
  const place = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => rowPixels,
    getItemKey: (at) => rows[at]?.checkpointId ?? at,
    overscan: 8,
  });
  const at = rows.findIndex(({ checkpointId }) => checkpointId === chosen);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  return (
    <nav ref={place} aria-label={label} className="min-h-0 flex-1 overflow-y-auto">
      <ul className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const one = rows[index];
          return (
            one && (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0 flex border-b border-rule has-aria-[current=true]:bg-wait-soft"
                style={{ transform: `translateY(${start}px)` }}
              >
                {selection && <Check one={one} selection={selection} />}
                <RowButton one={one} isChosen={one.checkpointId === chosen} indented={!selection} onChoose={onChoose} />
              </li>
            )
          );
        })}
      </ul>
    </nav>
  );
}

function Check({ one, selection }: { one: Checkpoint; selection: Selection }) {
  const why = selection.barred(one);
  return (
    <label className="flex cursor-pointer items-start pt-3.5 pr-1 pl-4 max-md:pr-3 md:pl-6" title={why ?? "Select (x)"}>
      <input
        type="checkbox"
        checked={selection.ids.has(one.checkpointId)}
        disabled={why !== undefined}
        onChange={() => selection.toggle(one.checkpointId)}
        aria-label={`Select ${titleOf(one)}`}
        className="h-4 w-4 accent-(--run)"
      />
    </label>
  );
}

interface RowButtonProps {
  one: Checkpoint;
  isChosen: boolean;
  indented: boolean;
  onChoose: (id: string) => void;
}

function RowButton({ one, isChosen, indented, onChoose }: RowButtonProps) {
  const isOpen = one.state === "open";
  const title = titleOf(one);
  return (
    <button
      type="button"
      aria-current={isChosen}
      data-testid="approval-row"
      data-id={one.checkpointId}
      title={title}
      onClick={() => onChoose(one.checkpointId)}
      className={classes(
        "flex min-w-0 flex-1 cursor-pointer items-start gap-3 py-2.5 pr-4 text-left hover:bg-raised focus-visible:outline-offset-[-2px] aria-[current=true]:bg-transparent",
        indented ? "pl-4 md:pl-6" : "pl-2",
      )}
    >
      <Lamp name={isOpen ? "waiting_approval" : endingLamp[endingOf(one)]} silent className="mt-0.5" />
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 font-medium [overflow-wrap:anywhere]">{title}</span>
        <span className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-[13px] text-ink-2">
          {isOpen ? <Waits one={one} /> : <Was one={one} />}
        </span>
      </span>
    </button>
  );
}

function Waits({ one }: { one: Checkpoint }) {
  return (
    <>
      <span className="max-w-full truncate">{whoIs(one.requestedBy)}</span>
      <Deadline checkpoint={one} />
      <RiskBadge checkpoint={one} short />
      {one.approvals > 1 && <span className="max-w-full truncate">{approvedWords(one)}</span>}
    </>
  );
}

function Was({ one }: { one: Checkpoint }) {
  const { decidedBy = "", decidedAt = 0 } = one;
  const isPlain = decidedBy !== "" && one.state !== "expired";
  return (
    <>
      <span className="max-w-full truncate">
        {endingWord[endingOf(one)]}
        {isPlain && ` by ${whoIs(decidedBy)}`}
      </span>
      <RelativeTime ms={decidedAt} />
      <span>{appliedWord(one)}</span>
    </>
  );
}
