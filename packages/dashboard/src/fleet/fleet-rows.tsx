/** The rows in one of their shapes, what is chosen of them, and what the foot says of the rest. */
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { useKeys } from "../app/use-keys.ts";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import type { FleetView } from "../stores/fleet.ts";
import { useMedia } from "../stores/use-media.ts";
import { type FleetSearch, filterOf } from "./filter.ts";
import { Lanes } from "./lanes.tsx";
import { allOf, nothingSelected, onlyShown, rangeTo, stepFrom, toggledRow } from "./selection.ts";
import { sortIn, sortText } from "./sort.ts";
import { useRows, useStep, useTotal } from "./use-fleet.ts";

const Board = lazy(async () => ({ default: (await import("./board.tsx")).Board }));
const FleetTable = lazy(async () => ({ default: (await import("./fleet-table.tsx")).FleetTable }));
const BatchBar = lazy(async () => ({ default: (await import("./batch-bar.tsx")).BatchBar }));

/** On a phone every shape is one list. */
const roomForShapes = "(min-width: 48rem)";

interface FleetRowsProps {
  fleet: FleetView;
  search: FleetSearch;
  onSearch: (search: FleetSearch) => void;
}

export function FleetRows({ fleet, search, onSearch }: FleetRowsProps) {
  const [hold, setHold] = useState(false);
  const nowMs = useStep();
  const shape = (useMedia(roomForShapes) && search.view) || "lanes";
  const rows = useRows(fleet.items, filterOf(search), shape === "table" ? search.sort : undefined, hold);
  const [selection, setSelection] = useState(nothingSelected);
  const shown = useRef(rows.keys);
  shown.current = rows.keys;
  const onChoose = useCallback(
    (key: string, range: boolean) =>
      setSelection((before) => (range ? rangeTo(before, shown.current, key) : toggledRow(before, key))),
    [],
  );
  const cursor = useRef<string>(undefined);
  const reveal = useRef<(key: string) => void>(() => {});
  useKeys(
    useMemo(() => {
      const go = (by: 1 | -1) => () => {
        cursor.current = stepFrom(shown.current, cursor.current, by);
        if (cursor.current !== undefined) reveal.current(cursor.current);
      };
      const choose = (range: boolean) => () => cursor.current !== undefined && onChoose(cursor.current, range);
      return { j: go(1), k: go(-1), x: choose(false), X: choose(true) };
    }, [onChoose]),
  );
  const Shape = { board: Board, table: FleetTable, lanes: Lanes }[shape];
  return (
    <>
      {selection.keys.size > 0 && (
        <Suspense>
          <BatchBar
            items={fleet.items}
            selected={selection.keys}
            shown={rows.keys}
            onAll={() => setSelection(allOf(selection, rows.keys))}
            onOnlyShown={() => setSelection(onlyShown(selection, rows.keys))}
            onClear={() => setSelection(nothingSelected)}
          />
        </Suspense>
      )}
      <section
        aria-label="Fleet, what needs you first"
        className="min-h-0 flex-1 border-t border-rule"
        data-testid="fleet"
        data-shape={shape}
        onPointerEnter={() => setHold(true)}
        onPointerLeave={() => setHold(false)}
        onFocus={({ target }) => {
          setHold(true);
          cursor.current = target.closest<HTMLElement>("[data-key]")?.dataset.key ?? cursor.current;
        }}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setHold(false)}
      >
        <Suspense>
          <Shape
            rows={rows}
            activity={fleet.activity}
            nowMs={nowMs}
            selected={selection.keys}
            onChoose={onChoose}
            sort={sortIn(search.sort)}
            onSort={(sort) => {
              const { sort: _, ...others } = search;
              onSearch(sort ? { ...others, sort: sortText(sort) } : others);
            }}
            reveal={reveal}
          />
        </Suspense>
      </section>
      <Foot
        fleet={fleet}
        shown={rows.keys.length}
        pending={hold ? rows.pending : 0}
        onAll={() => {
          const { view, sort } = search;
          onSearch({ ...(view ? { view } : {}), ...(sort ? { sort } : {}) });
        }}
      />
    </>
  );
}

interface FootProps {
  fleet: FleetView;
  shown: number;
  pending: number;
  onAll: () => void;
}

function Foot({ fleet: { items, truncated }, shown, pending, onAll }: FootProps) {
  const total = useTotal(truncated);
  return (
    <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
      <span data-testid="fleet-count">
        Showing {count(shown)} of {count(items.size)}
      </span>
      {shown < items.size && (
        <Button look="quiet" className="h-7" onClick={onAll}>
          Show all
        </Button>
      )}
      {truncated.length > 0 && (
        <span>
          Of {truncated.join(", ")} the gateway sends no more to one view
          {total && `: it has ${total.more ? "more than " : ""}${count(total.many)}`}. Limit: patternChannels.
        </span>
      )}
      {pending > 0 && (
        <span data-testid="fleet-held">
          Order held while you read: {count(pending)} {pending === 1 ? "change" : "changes"} held
        </span>
      )}
      <span className="ml-auto max-md:hidden">
        <Key>j</Key> <Key>k</Key> move, <Key>Enter</Key> opens, <Key>x</Key> selects
      </span>
    </footer>
  );
}

const Key = ({ children }: { children: string }) => (
  <kbd className="rounded bg-sunken px-1 font-mono text-xs text-ink-2">{children}</kbd>
);
