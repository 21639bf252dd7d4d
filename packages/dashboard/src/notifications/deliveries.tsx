/** The last deliveries of a webhook. */

import { useEffect } from "react";
import { Fault } from "../components/fault.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { type Column, Table } from "../components/table.tsx";
import { calm } from "../text/visible.ts";
import { useAnswer } from "./use-answer.ts";

interface Delivery {
  id: string;
  what: string;
  atMs: number;
  tookMs: number;
  status?: number;
  error?: string;
}

const columns: ReadonlyArray<Column<Delivery>> = [
  { name: "When", cell: ({ atMs }) => <RelativeTime ms={atMs} /> },
  { name: "What", cell: ({ what }) => calm(what) },
  {
    name: "Answer",
    cell: ({ status, error }) => (error === undefined ? `taken (${status})` : <Fault text={error} />),
  },
  { name: "Took", cell: ({ tookMs }) => `${tookMs} ms`, align: "right", wideOnly: true },
];

/** `turn`: another one asks again. */
export function Deliveries({ path, turn }: { path: string; turn: number }) {
  const { answer, error, again } = useAnswer<{ deliveries: Delivery[] }>(path);
  // biome-ignore lint/correctness/useExhaustiveDependencies: something was sent
  useEffect(again, [turn]);
  if (error)
    return (
      <p className="text-[13px]">
        <Fault text={error} />
      </p>
    );
  if (answer === undefined) return <p className="text-[13px] text-ink-3">Asking for its deliveries.</p>;
  if (answer.deliveries.length === 0)
    return <p className="text-[13px] text-ink-3">Nothing was sent yet: Test sends something.</p>;
  return (
    <>
      <Table
        label="Deliveries"
        columns={columns}
        rows={answer.deliveries}
        keyOf={(one) => `${one.atMs} ${one.what} ${one.id}`}
      />
      <p className="text-xs text-ink-3">The newest {answer.deliveries.length}; at most 20 are kept.</p>
    </>
  );
}
