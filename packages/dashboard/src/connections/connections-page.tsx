/** Who is connected, how each connection fares, and what became of this page's own. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { classes } from "../components/classes.ts";
import { EmptyState } from "../components/empty-state.tsx";
import { bytes, count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { PageHead } from "../components/page.tsx";
import { Refusal } from "../components/refusal.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { inputClass } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { ConnectionDetails } from "./connection-details.tsx";
import { createConnections, lookedAt } from "./connections-store.ts";
import { gradeLamp, gradeSays, grades, keptInPlace, matches, nameOf, type Row, sorted } from "./fare.ts";
import { LinkHistory } from "./link-history.tsx";
import { type ConnectionsSearch, type Sort, sorts } from "./search.ts";

const rowPx = 44;
const sortWords: Readonly<Record<Sort, string>> = {
  worst: "slow ones first",
  who: "by who",
  opened: "newest first",
  queued: "most on its way",
  rate: "most sent",
};

export function ConnectionsPage() {
  const search = useSearch({ from: "/connections" });
  const { q = "", sort = "worst", id } = search;
  const navigate = useNavigate();
  const client = useClient();
  const store = useMemo(() => createConnections(client), [client]);
  const { answer, error } = useReadable(store);
  const go = (change: ConnectionsSearch) =>
    void navigate({ to: ".", search: (all: object) => ({ ...all, ...change }) as never, replace: true });
  const rows = useInOrder(answer?.rows ?? [], q, sort);
  if (answer === undefined && error !== undefined) {
    return (
      <>
        <PageHead title="Connections" />
        <div className="px-4 pb-3 md:px-6">
          <LinkHistory />
        </div>
        <Refusal what="see the connections" error={error} />
      </>
    );
  }
  const all = answer?.rows ?? [];
  return (
    <>
      <PageHead title="Connections">
        <span className="text-[13px] text-ink-2" data-testid="connection-counts">
          {count(all.length)} to {count(new Set(all.map(({ node }) => node)).size)}{" "}
          {new Set(all.map(({ node }) => node)).size === 1 ? "node" : "nodes"}
          {grades
            .filter((grade) => grade !== "ok" && all.some((row) => row.grade === grade))
            .map((grade) => ` · ${count(all.filter((row) => row.grade === grade).length)} ${grade}`)}
        </span>
        <span className="flex gap-2 max-md:w-full md:ml-auto">
          <select
            aria-label="Order"
            value={sort}
            onChange={({ target }) => {
              const chosen = sorts.find((one) => one === target.value);
              if (chosen) go({ sort: chosen });
            }}
            className={`${inputClass} h-8 w-auto! py-0`}
          >
            {sorts.map((one) => (
              <option key={one} value={one}>
                {sortWords[one]}
              </option>
            ))}
          </select>
          <input
            type="search"
            aria-label="Only connections with these words"
            placeholder="Filter by words"
            value={q}
            onChange={({ target }) => go({ q: target.value })}
            className={`${inputClass} h-8 md:w-56!`}
          />
        </span>
      </PageHead>
      <div className="flex flex-col gap-3 pb-3">
        <div className="px-4 md:px-6">
          <LinkHistory />
        </div>
        {answer?.silent.map((node) => (
          <p key={node} role="alert" className="mx-4 rounded-md bg-stop-soft px-3 py-2 text-[13px] md:mx-6">
            The node {calm(node)} did not answer: its connections are missing here.
          </p>
        ))}
        {answer !== undefined && error !== undefined && (
          <p role="alert" className="mx-4 rounded-md bg-stop-soft px-3 py-2 text-[13px] md:mx-6">
            As they were <RelativeTime ms={store.snapshot().atMs} />: {calm(error.message)}
          </p>
        )}
        {answer?.isCut === true && (
          <p className="px-4 text-[13px] text-ink-2 md:px-6">
            Showing the first {count(lookedAt)}: there are more. <code>signalbox connections</code> lists all.
          </p>
        )}
        {id !== undefined && (
          <ConnectionDetails
            key={id}
            id={id}
            row={all.find((row) => row.id === id)}
            onClose={() => go({ id: undefined } as never)}
            onChanged={store.refresh}
          />
        )}
      </div>
      {answer === undefined ? (
        <EmptyState title="Asking the gateway who is connected">{null}</EmptyState>
      ) : rows.rows.length === 0 ? (
        <EmptyState title="No connection fits">Other words may find some.</EmptyState>
      ) : (
        <Rows {...rows} chosen={id} onChoose={(chosen) => go({ id: chosen })} />
      )}
    </>
  );
}

interface Ordered {
  rows: Row[];
  /** While somebody reads, rows keep their places. */
  onHold: (isHeld: boolean) => void;
}

function useInOrder(all: readonly Row[], q: string, sort: Sort): Ordered {
  const order = useRef<{ ids: readonly string[]; by: string }>({ ids: [], by: "" });
  const isHeld = useRef(false);
  const by = `${sort} ${q}`;
  const fitting = all.filter((row) => matches(row, q));
  const best = sorted(fitting, sort);
  const rows = isHeld.current && order.current.by === by ? keptInPlace(best, order.current.ids) : best;
  order.current = { ids: rows.map(({ id }) => id), by };
  return {
    rows,
    onHold: (held) => {
      isHeld.current = held;
    },
  };
}

const grid =
  "grid w-full grid-cols-[6.5rem_minmax(0,1fr)_6rem] items-center gap-x-3 px-4 md:grid-cols-[6.5rem_minmax(0,1.3fr)_minmax(0,1fr)_5.5rem_minmax(0,1fr)_5rem_6.5rem_4rem_4.5rem_4.5rem] md:px-6";

function Rows({
  rows,
  onHold,
  chosen,
  onChoose,
}: Ordered & { chosen: string | undefined; onChoose: (id: string) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 10,
  });
  return (
    <section aria-label="Connections" className="flex min-h-60 flex-1 flex-col">
      <div className={classes(grid, "min-h-8 border-y border-rule bg-panel text-xs text-ink-3")} aria-hidden="true">
        <span>State</span>
        <span>Who</span>
        <span className="max-md:hidden">Client, address</span>
        <span className="max-md:hidden">Transport</span>
        <span className="max-md:hidden">Node</span>
        <span className="max-md:hidden">Since</span>
        <span className="text-right">On its way</span>
        <span className="text-right max-md:hidden">Behind</span>
        <span className="text-right max-md:hidden">Left out</span>
        <span className="text-right max-md:hidden">Sent /s</span>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only notes that somebody reads */}
      <div
        ref={scroller}
        className="min-h-0 flex-1 overflow-auto bg-panel"
        data-testid="connections"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onPointerEnter={() => onHold(true)}
        onPointerLeave={() => onHold(false)}
        onFocus={() => onHold(true)}
        onBlur={() => onHold(false)}
      >
        <div style={{ height: virtual.getTotalSize() }} className="relative">
          {virtual.getVirtualItems().map(({ index, key, start, size }) => {
            const row = rows[index];
            return (
              row && (
                <button
                  key={key}
                  type="button"
                  aria-pressed={row.id === chosen}
                  onClick={() => onChoose(row.id)}
                  data-testid="connection"
                  className={classes(
                    grid,
                    "absolute inset-x-0 top-0 cursor-pointer border-b border-rule text-left text-[13px] hover:bg-raised aria-pressed:bg-run-soft",
                  )}
                  style={{ height: size, transform: `translateY(${start}px)` }}
                >
                  <OneRow row={row} />
                </button>
              )
            );
          })}
        </div>
      </div>
    </section>
  );
}

function OneRow({ row }: { row: Row }) {
  const client = calm(row.client ?? "");
  const address = calm(row.address ?? "");
  return (
    <>
      <span className="flex items-center gap-2" title={gradeSays[row.grade]}>
        <Lamp name={gradeLamp[row.grade]} size={14} silent />
        <span data-grade={row.grade}>{row.grade}</span>
      </span>
      <span className="truncate font-medium" title={calm(nameOf(row))}>
        {calm(nameOf(row))}
      </span>
      <span className="truncate text-ink-2 max-md:hidden" title={`${client} ${address}`}>
        {client} <span className="font-mono text-xs text-ink-3">{address}</span>
      </span>
      <span className="truncate text-ink-2 max-md:hidden">{calm(row.transport)}</span>
      <span className="truncate text-ink-2 max-md:hidden" title={calm(row.node)}>
        {calm(row.node)}
      </span>
      <span className="truncate text-ink-2 max-md:hidden">
        <RelativeTime ms={row.openedMs} />
      </span>
      <span className="text-right tabular-nums" title={`of ${bytes(row.windowBytes)}`}>
        {bytes(row.queuedBytes)}
      </span>
      <span className={classes("text-right max-md:hidden", row.behind > 0 && "text-stop")}>{count(row.behind)}</span>
      <span className={classes("text-right max-md:hidden", row.lost > 0 && "text-stop")} data-testid="left-out">
        {count(row.lost)}
      </span>
      <span className="text-right text-ink-2 max-md:hidden">
        {row.rate === undefined ? "" : row.rate < 10 ? Math.round(row.rate * 10) / 10 : count(Math.round(row.rate))}
      </span>
    </>
  );
}
