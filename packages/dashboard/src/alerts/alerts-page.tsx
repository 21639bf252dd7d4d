/** What went wrong, grouped: the same again is one row. */
import type { AlertRow } from "@signalbox/core/reducers";
import { alertStateOf } from "@signalbox/core/reducers";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { csv } from "../export/csv.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { save } from "../export/save.ts";
import { TextFilter } from "../fleet/filter-bar.tsx";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { AlertCard } from "./alert-card.tsx";
import { useHealth } from "./health.ts";
import { pageProblems } from "./page-problems.ts";
import { type AlertsSearch, alertStates, severities, toggled } from "./search.ts";
import { useAlerts } from "./use-alerts.ts";
import { heldOrder, severityOf, severityWord, shownOf, stateWord } from "./words.ts";

export function AlertsPage() {
  const search = useSearch({ from: "/alerts" });
  const navigate = useNavigate();
  const client = useClient();
  const { rows, cut, loading, error } = useAlerts();
  const nowMs = useNow();
  const [held, setHeld] = useState(false);
  const order = useRef<readonly string[]>([]);
  const shown = useMemo(() => {
    const found = shownOf(rows, search, nowMs);
    return held ? heldOrder(found, order.current) : found;
  }, [rows, search, nowMs, held]);
  order.current = shown.map(({ alertId }) => alertId);
  const onSearch = (next: AlertsSearch) => void navigate({ to: "/alerts", search: next, replace: true });
  const say = async (type: string, drafts: ReadonlyArray<Record<string, unknown>>) => {
    const results = await client.publishAll(drafts.map((data) => ({ type, channel: "alerts", data })));
    const refused = results.find((result) => "error" in result);
    if (refused && "error" in refused) toast(refusalOf(refused.error), "bad");
  };
  const acknowledge = (some: readonly AlertRow[]) =>
    void say(
      "alert_acknowledged",
      some.map(({ alertId, count: times }) => ({ alertId, count: times })),
    );
  const mute = ({ alertId }: AlertRow, forMs: number | undefined) =>
    void say("alert_muted", [{ alertId, until: forMs === undefined ? null : Date.now() + forMs }]);
  const open = shown.filter((row) => alertStateOf(row, nowMs) === "open");
  return (
    <>
      <PageHead title="Alerts">
        <TextFilter
          filter={search.q === undefined ? {} : { q: search.q }}
          onFilter={({ q }) => onSearch(withQ(search, q))}
        />
        {shown.length > 0 && <ExportMenu exports={exportsOf(shown, nowMs)} />}
      </PageHead>
      <Filters rows={rows} search={search} nowMs={nowMs} onSearch={onSearch} />
      <section
        className="min-h-0 flex-1 overflow-y-auto border-t border-rule bg-panel"
        aria-label="Alerts"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
      >
        <GatewayNow />
        {error && (
          <p role="status" className="px-4 py-3 md:px-6">
            {calm(
              error.name === "forbidden"
                ? "This token may not see alerts (it lacks subscribe and history on alerts)."
                : error.message,
            )}
          </p>
        )}
        {shown.length === 0 ? (
          <Nothing loading={loading} isFiltered={rows.length > 0} refused={error !== undefined} />
        ) : (
          <>
            {open.length > 1 && (
              <div className="flex justify-end border-b border-rule px-4 py-2 md:px-6">
                <Button className="h-7" onClick={() => acknowledge(open)}>
                  Acknowledge the {count(open.length)} open ones shown
                </Button>
              </div>
            )}
            <ul>
              {shown.map((row) => (
                <AlertCard
                  key={row.alertId}
                  row={row}
                  nowMs={nowMs}
                  onAcknowledge={(one) => acknowledge([one])}
                  onMute={mute}
                />
              ))}
            </ul>
          </>
        )}
        <ThisPage />
      </section>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
        Showing {count(shown.length)} of {count(rows.length)}
        {cut > 0 && `; ${count(cut)} older ones are not kept in the list`}
      </footer>
    </>
  );
}

interface FiltersProps {
  rows: readonly AlertRow[];
  search: AlertsSearch;
  nowMs: number;
  onSearch: (search: AlertsSearch) => void;
}

function Filters({ rows, search, nowMs, onSearch }: FiltersProps) {
  const chosen = search.state ?? ["open"];
  const inState = rows.filter((row) => chosen.includes(alertStateOf(row, nowMs)));
  return (
    <div className="flex flex-wrap gap-x-6 gap-y-1.5 px-4 pb-3 md:px-6">
      <fieldset className="flex flex-wrap gap-1.5" aria-label="Only these states">
        {alertStates.map((state) => (
          <Chip
            key={state}
            pressed={chosen.includes(state)}
            times={rows.filter((row) => alertStateOf(row, nowMs) === state).length}
            word={stateWord[state]}
            onClick={() => onSearch(without(search, "state", toggled(chosen, state)))}
          />
        ))}
      </fieldset>
      <fieldset className="flex flex-wrap gap-1.5" aria-label="Only so serious">
        {severities.map((severity) => (
          <Chip
            key={severity}
            pressed={search.severity?.includes(severity) ?? false}
            times={inState.filter((row) => severityOf(row.severity) === severity).length}
            word={severityWord[severity]}
            onClick={() => onSearch(without(search, "severity", toggled(search.severity, severity)))}
          />
        ))}
      </fieldset>
    </div>
  );
}

function Chip(props: { pressed: boolean; times: number; word: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={props.pressed}
      onClick={props.onClick}
      className={classes(
        "flex h-8 cursor-pointer items-center gap-2 rounded-md border border-rule bg-panel px-2.5 text-[13px] whitespace-nowrap",
        "hover:border-rule-strong aria-pressed:border-run aria-pressed:bg-run-soft",
      )}
    >
      <span className="font-semibold">{count(props.times)}</span>
      <span className="text-ink-2">{props.word}</span>
    </button>
  );
}

function Nothing({ loading, isFiltered, refused }: { loading: boolean; isFiltered: boolean; refused: boolean }) {
  if (refused) return null;
  if (loading) return <EmptyState title="Asking the gateway for its alerts" />;
  if (isFiltered)
    return <EmptyState title="No alerts of this kind">Choose other states, or clear the words.</EmptyState>;
  return (
    <EmptyState title="Nothing went wrong">
      <p>
        Lost and stuck agents, failed processes, used-up budgets and troubles of the gateway come here by themselves.
        See one:
      </p>
      <CopyLine text="npx signalbox run -- sh -c 'exit 3'" says="run something that fails" />
    </EmptyState>
  );
}

/** Troubles that no alert can be raised of, while they last. */
function GatewayNow() {
  const reasons = useHealth();
  if (reasons.length === 0) return null;
  return (
    <div role="status" className="border-b border-rule bg-stop-soft px-4 py-3 text-[13px] text-stop md:px-6">
      <strong>The gateway, now:</strong> {calm(reasons.join("; "))}
    </div>
  );
}

function ThisPage() {
  const problems = useReadable(pageProblems);
  if (problems.length === 0) return null;
  return (
    <section aria-label="This page" className="px-4 py-4 text-[13px] md:px-6">
      <h2 className="pb-1 font-semibold">This page</h2>
      <p className="pb-2 text-xs text-ink-3">
        Its own link and what it was refused: only you see this, until the page is closed. The last 50.
      </p>
      <ul className="flex flex-col gap-1">
        {problems.map(({ what, count: times, lastAt }) => (
          <li key={what} className="break-words">
            {calm(what)}{" "}
            <span className="text-ink-3">
              {times > 1 && `${count(times)} times, last `}
              <RelativeTime ms={lastAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const withQ = ({ q: _, ...rest }: AlertsSearch, q: string | undefined): AlertsSearch => (q ? { ...rest, q } : rest);

function without<Key extends "state" | "severity">(
  search: AlertsSearch,
  key: Key,
  values: AlertsSearch[Key] | undefined,
): AlertsSearch {
  const { [key]: _, ...rest } = search;
  return values === undefined ? rest : { ...rest, [key]: values };
}

const refusalOf = ({ name, message }: { name: string; message: string }): string =>
  name === "forbidden" ? "This token may not answer alerts (it lacks publish on alerts)." : `Not said: ${message}`;

const exportsOf = (rows: readonly AlertRow[], nowMs: number) => [
  {
    label: `CSV, ${count(rows.length)} rows`,
    run: () => save("signalbox-alerts.csv", alertsCsv(rows, nowMs), "text/csv"),
  },
  {
    label: `JSON, ${count(rows.length)} rows`,
    run: () => save("signalbox-alerts.json", JSON.stringify(rows, undefined, 2), "application/json"),
  },
];

const alertsCsv = (rows: readonly AlertRow[], nowMs: number): string =>
  csv<AlertRow>(
    [
      { name: "state", value: (row) => alertStateOf(row, nowMs) },
      { name: "severity", value: ({ severity }) => severity },
      { name: "kind", value: ({ kind }) => kind },
      { name: "source", value: ({ source }) => source },
      { name: "cause", value: ({ cause }) => cause },
      { name: "count", value: ({ count: times }) => times },
      { name: "first", value: ({ firstAt }) => new Date(firstAt).toISOString() },
      { name: "last", value: ({ updatedAt }) => new Date(updatedAt).toISOString() },
      { name: "acknowledgedBy", value: ({ acknowledged }) => acknowledged?.by },
    ],
    rows,
  );
