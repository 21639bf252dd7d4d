/** What the gateway allows, what of it is used, where each is set; and the nodes. Nothing is changed here. */
import { useMemo, useState } from "react";
import { classes } from "../components/classes.ts";
import { bytes, count, duration, percent } from "../components/figures.ts";
import { LampWord } from "../components/lamp.tsx";
import { Panel } from "../components/panel.tsx";
import { Refusal } from "../components/refusal.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { type Column, Table } from "../components/table.tsx";
import type { LampName } from "../fleet/condition.ts";
import { inputClass } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { polled } from "../stores/polled.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { type Allowed, type LimitRow, limitRows, type RateRow, rateRows } from "./limits-table.ts";

const everyMs = 5_000;

const limitColumns: ReadonlyArray<Column<LimitRow>> = [
  {
    name: "limits.…",
    cell: ({ name }) => <code className="font-mono text-xs break-all md:whitespace-nowrap">{name}</code>,
  },
  {
    name: "Allowed",
    align: "right",
    cell: ({ value, byDefault }) => (
      <span className={byDefault === undefined ? "" : "font-semibold"}>
        {value}
        {byDefault !== undefined && <span className="font-normal text-ink-2"> (not {byDefault})</span>}
      </span>
    ),
  },
  {
    name: "Used",
    align: "right",
    cell: ({ used, share = 0 }) =>
      used !== undefined && (
        <span className={classes("whitespace-nowrap", share > 0.8 && "text-stop")}>
          {used} <span className="text-ink-2">({percent(share * 100)})</span>
        </span>
      ),
  },
  { name: "Over it", wideOnly: true, cell: ({ over }) => <span className="text-ink-2">{over}</span> },
];

const rateColumns: ReadonlyArray<Column<RateRow>> = [
  { name: "Set as", cell: ({ name }) => <code className="font-mono text-xs break-all">{name}</code> },
  { name: "A second", align: "right", cell: ({ perSecond }) => count(perSecond) },
  { name: "At once", align: "right", cell: ({ burst }) => count(burst) },
];

const namespaceColumns: ReadonlyArray<Column<[string, Allowed["namespaces"][string]]>> = [
  { name: "namespaces.…", cell: ([name]) => <code className="font-mono text-xs">{calm(name)}</code> },
  { name: "OK means", cell: ([, { durability }]) => durability },
  { name: "Kept for", align: "right", cell: ([, { retention }]) => duration(retention.ageMs) },
  { name: "Events", align: "right", wideOnly: true, cell: ([, { retention }]) => count(retention.count) },
  { name: "Bytes", align: "right", wideOnly: true, cell: ([, { retention }]) => bytes(retention.bytes) },
];

export function LimitsSection() {
  const client = useClient();
  const store = useMemo(() => polled((signal) => client.request<Allowed>("/v1/limits", { signal }), everyMs), [client]);
  const { answer, error } = useReadable(store);
  const [q, setQ] = useState("");
  if (answer === undefined) {
    if (error !== undefined) return <Refusal what="see the limits" error={error} />;
    return <p className="text-[13px] text-ink-2">Asking the gateway what it allows.</p>;
  }
  const rows = limitRows(answer, q);
  return (
    <div className="flex flex-col gap-4 text-[13px]">
      <Nodes />
      <Panel
        title="Limits"
        beside={
          <>
            <span className="text-xs text-ink-2">
              {count(rows.length)} of {count(Object.keys(answer.limits).length)}; set in{" "}
              <code className="font-mono">signalbox.config.json</code>, in force after a restart; used: on{" "}
              {calm(answer.node)}
            </span>
            <input
              type="search"
              aria-label="Only limits with these words"
              placeholder="Filter by words"
              value={q}
              onChange={({ target }) => setQ(target.value)}
              className={`${inputClass} ml-auto h-8 md:w-56!`}
            />
          </>
        }
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <section className="-mx-4 max-h-96 overflow-auto" aria-label="All limits" tabIndex={0}>
          <Table label="Limits" columns={limitColumns} rows={rows} keyOf={({ name }) => name} />
        </section>
      </Panel>
      <Panel title="Messages a second" beside={<span className="text-xs text-ink-2">over it: error rate_limited</span>}>
        <div className="-mx-4 overflow-x-auto">
          <Table label="Rates" columns={rateColumns} rows={rateRows(answer.rates)} keyOf={({ name }) => name} />
        </div>
      </Panel>
      <Panel
        title="How long things are kept"
        beside={
          <span className="text-xs text-ink-2">
            of each channel, until the first of the three; fsync survives power loss, os the gateway's death
          </span>
        }
      >
        <div className="-mx-4 overflow-x-auto">
          <Table
            label="Namespaces"
            columns={namespaceColumns}
            rows={Object.entries(answer.namespaces)}
            keyOf={([name]) => name}
          />
        </div>
      </Panel>
    </div>
  );
}

interface NodeRow {
  name: string;
  version: string;
  state: "starting" | "ready" | "stopping";
  startedMs: number;
  silentMs: number;
  sessions: number;
  subscriptions: number;
  channels: number;
}

const nodeLamps: Readonly<Record<NodeRow["state"], LampName>> = {
  starting: "queued",
  ready: "running",
  stopping: "paused",
};

const nodeColumns: ReadonlyArray<Column<NodeRow>> = [
  { name: "Node", cell: ({ name }) => <span className="font-mono text-xs break-all">{calm(name)}</span> },
  { name: "State", cell: ({ state }) => <LampWord name={nodeLamps[state]} word={state} /> },
  { name: "Version", wideOnly: true, cell: ({ version }) => calm(version) },
  { name: "Since", wideOnly: true, cell: ({ startedMs }) => <RelativeTime ms={startedMs} /> },
  { name: "Silent for", align: "right", wideOnly: true, cell: ({ silentMs }) => duration(silentMs) },
  { name: "Connections", align: "right", cell: ({ sessions }) => count(sessions) },
  { name: "Channels", align: "right", wideOnly: true, cell: ({ channels }) => count(channels) },
];

function Nodes() {
  const client = useClient();
  const store = useMemo(
    () => polled((signal) => client.request<{ shared: boolean; nodes: NodeRow[] }>("/v1/nodes", { signal }), everyMs),
    [client],
  );
  const { answer } = useReadable(store);
  if (answer === undefined) return null;
  return (
    <Panel
      title="Nodes"
      beside={
        <span className="text-xs text-ink-2">
          {answer.shared ? "they share a store: any of them answers" : "one, with a store of its own"}
        </span>
      }
    >
      <div className="-mx-4 overflow-x-auto">
        <Table label="Nodes" columns={nodeColumns} rows={answer.nodes} keyOf={({ name }) => name} />
      </div>
    </Panel>
  );
}
