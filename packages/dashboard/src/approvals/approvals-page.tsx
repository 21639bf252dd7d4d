/** Everything that waits for a decision, the decision itself, and what was decided. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useKeyHelp } from "../app/keys.ts";
import { useKeys } from "../app/use-keys.ts";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { save } from "../export/save.ts";
import { useMedia } from "../stores/use-media.ts";
import { ApprovalList } from "./approval-list.tsx";
import { Batch, batchMost } from "./batch.tsx";
import { Chosen } from "./chosen.tsx";
import { decidedCsv, decidedJson } from "./export.ts";
import { FilterBar } from "./filter-bar.tsx";
import type { ApprovalsSearch } from "./search.ts";
import { type Inbox, useInbox } from "./use-inbox.ts";

/** From here on list and question stand side by side. */
const wide = "(min-width: 64rem)";

const keyHelp = [
  { keys: "j", says: "the next one that waits" },
  { keys: "k", says: "the one before" },
  { keys: "Enter", says: "open it" },
  { keys: "a", says: "approve, after a question" },
  { keys: "d", says: "deny, after a question" },
  { keys: "e", says: "edit the answer" },
  { keys: "x", says: "select for several at once" },
  { keys: "Shift A", says: "approve what is selected" },
  { keys: "Shift D", says: "deny what is selected" },
];

type ListName = "open" | "decided";

export function ApprovalsPage() {
  const search = useSearch({ from: "/approvals" });
  const inbox = useInbox(search);
  const navigate = useNavigate();
  const isWide = useMedia(wide);
  const { id, list } = search;
  const change = (next: Partial<Record<keyof ApprovalsSearch, unknown>>) =>
    void navigate({
      to: "/approvals",
      search: (before) => ({ ...before, ...next }) as ApprovalsSearch,
      replace: true,
    });
  const select = (next: string | undefined) => change({ id: next });
  const firstId = list === undefined ? inbox.shown[0]?.checkpointId : undefined;
  // What was chosen stays chosen, also when it is decided elsewhere: nothing else may slip under the hand.
  useEffect(() => {
    if (isWide && id === undefined && firstId !== undefined) select(firstId);
  });
  const { waiting, truncated, status } = inbox;
  const isEmpty = list === undefined && waiting.length === 0 && id === undefined;
  return (
    <>
      <PageHead title="Approvals">
        <span className="text-[13px] text-ink-2" data-testid="approvals-count">
          {waiting.length === 0
            ? "Nothing waits"
            : `${count(waiting.length)}${truncated && list === undefined ? "+" : ""} ${waiting.length === 1 ? "waits" : "wait"} for a decision`}
        </span>
        {status === "offline" && <span className="text-[13px] text-stop">No link: this is how it was.</span>}
      </PageHead>
      <Tabs<ListName>
        label="Approvals"
        tabs={[
          { name: "open", label: "Waiting" },
          { name: "decided", label: "Decided" },
        ]}
        chosen={list ?? "open"}
        onChoose={(name) => change({ list: name === "decided" ? name : undefined, id: undefined })}
      >
        {isEmpty ? (
          <Empty inbox={inbox} />
        ) : (
          <Split search={search} inbox={inbox} isWide={isWide} onChange={change} onSelect={select} />
        )}
      </Tabs>
    </>
  );
}

interface SplitProps {
  search: ApprovalsSearch;
  inbox: Inbox;
  isWide: boolean;
  onChange: (change: Partial<Record<keyof ApprovalsSearch, unknown>>) => void;
  onSelect: (id: string | undefined) => void;
}

function Split({ search, inbox, isWide, onChange, onSelect }: SplitProps) {
  const { id, list } = search;
  const { waiting, shown, status } = inbox;
  const isDecided = list === "decided";
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [batch, setBatch] = useState<"approve" | "deny">();
  const chosen = waiting.find(({ checkpointId }) => checkpointId === id);
  const picked = waiting.filter((one) => selected.has(one.checkpointId) && inbox.barred(one) === undefined);
  const toggle = (which: string) => {
    const next = new Set(selected);
    if (!next.delete(which) && picked.length < batchMost) next.add(which);
    setSelected(next);
  };
  const at = shown.findIndex(({ checkpointId }) => checkpointId === id);
  const step = (by: number) => {
    const next = shown[at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by))];
    if (next) onSelect(next.checkpointId);
  };
  useKeyHelp(keyHelp);
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ...(id === undefined && { Enter: () => step(1) }),
    x: () => chosen && inbox.barred(chosen) === undefined && toggle(chosen.checkpointId),
    A: () => picked.length > 0 && setBatch("approve"),
    D: () => picked.length > 0 && setBatch("deny"),
  });
  const selection = isDecided ? {} : { selection: { ids: selected, barred: inbox.barred, toggle } };
  return (
    <div className={classes("flex min-h-0 flex-1 bg-panel", isWide ? "flex-row" : "flex-col")}>
      {(isWide || id === undefined) && (
        <div className="flex min-h-0 min-w-0 flex-col max-lg:flex-1 lg:w-96 lg:shrink-0 lg:border-r lg:border-rule">
          <FilterBar search={search} rows={isDecided ? shown : waiting} onChange={onChange} />
          <ListHead inbox={inbox} isDecided={isDecided} />
          <ApprovalList
            key={list}
            label={isDecided ? "What was decided" : "What waits for a decision"}
            rows={shown}
            chosen={id}
            onChoose={onSelect}
            {...selection}
          />
          {picked.length > 0 && !isDecided && (
            <BatchBar count={picked.length} onAsk={setBatch} onClear={() => setSelected(new Set())} />
          )}
        </div>
      )}
      {id !== undefined && (
        <section aria-label="What is asked" className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Chosen
            key={id}
            id={id}
            open={chosen}
            loading={status === "loading"}
            me={inbox.me}
            barred={chosen && inbox.barred(chosen)}
            onBack={() => !isWide && onSelect(undefined)}
            onNext={waiting.length > 0 && !isDecided ? () => step(1) : undefined}
            back={
              !isWide && (
                <div className="shrink-0 border-b border-rule px-2 py-1">
                  <Button look="quiet" className="max-md:h-11" onClick={() => onSelect(undefined)}>
                    {isDecided ? "← All that was decided" : `← All that waits (${count(waiting.length)})`}
                  </Button>
                </div>
              )
            }
          />
          {isWide && <KeyLine />}
        </section>
      )}
      {id === undefined && isWide && (
        <p className="flex-1 px-6 py-10 text-center text-ink-2">
          {isDecided ? "Choose one to see how it was decided, and whether it was applied." : "Choose one to decide it."}
        </p>
      )}
      {batch && (
        <Batch
          decision={batch}
          rows={picked}
          onClose={(decided) => {
            setBatch(undefined);
            if (decided) setSelected(new Set());
          }}
        />
      )}
    </div>
  );
}

/** Always there, so that nothing moves when something new comes. */
function ListHead({ inbox, isDecided }: { inbox: Inbox; isDecided: boolean }) {
  const { shown, waiting, fresh, truncated, putInOrder, status, error } = inbox;
  const says = isDecided ? `${count(shown.length)} decided` : `${count(shown.length)} of ${count(waiting.length)}`;
  return (
    <div className="flex min-h-10 shrink-0 items-center gap-2 border-b border-rule px-4 py-1 text-[13px] md:pl-6">
      <span className="min-w-0 flex-1 text-ink-2" data-testid="list-says">
        {status === "loading" ? "Asking the gateway …" : says}
        {truncated && (isDecided ? " of the newest 2,000 that were read" : "; more wait than are shown")}
        {isDecided && error}
      </span>
      {fresh > 0 && (
        <Button onClick={putInOrder} data-testid="fresh">
          {count(fresh)} new · put in order
        </Button>
      )}
      {isDecided && shown.length > 0 && (
        <ExportMenu
          exports={[
            {
              label: `CSV, ${count(shown.length)} rows`,
              run: () => save("decisions.csv", decidedCsv(shown), "text/csv"),
            },
            {
              label: `JSON, ${count(shown.length)} decisions`,
              run: () => save("decisions.json", decidedJson(shown), "application/json"),
            },
          ]}
        />
      )}
    </div>
  );
}

interface BatchBarProps {
  count: number;
  onAsk: (decision: "approve" | "deny") => void;
  onClear: () => void;
}

function BatchBar({ count: selected, onAsk, onClear }: BatchBarProps) {
  return (
    <div
      data-testid="batch-bar"
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-rule bg-raised px-4 py-2 md:pl-6"
    >
      <span className="flex-1 text-[13px] font-medium whitespace-nowrap">{count(selected)} selected</span>
      <Button look="strong" className="max-md:h-11" onClick={() => onAsk("approve")}>
        Approve {count(selected)}…
      </Button>
      <Button className="max-md:h-11" onClick={() => onAsk("deny")}>
        Deny {count(selected)}…
      </Button>
      <Button look="quiet" className="max-md:h-11" onClick={onClear}>
        None
      </Button>
    </div>
  );
}

function KeyLine() {
  return (
    <p className="shrink-0 border-t border-rule px-6 py-1.5 text-xs text-ink-2">
      <Key name="j" /> <Key name="k" /> next, previous · <Key name="a" /> approve · <Key name="d" /> deny ·{" "}
      <Key name="e" /> edit · <Key name="x" /> select · <Key name="A" /> <Key name="D" /> all selected ·{" "}
      <Key name="Esc" /> back
    </p>
  );
}

const Key = ({ name }: { name: string }) => (
  <kbd className="rounded border border-rule bg-raised px-1 font-mono">{name}</kbd>
);

function Empty({ inbox: { status, error } }: { inbox: Inbox }) {
  if (status === "refused") {
    return (
      <EmptyState title="The gateway does not show what waits">
        <p>{error}</p>
      </EmptyState>
    );
  }
  if (status === "loading") return <EmptyState title="Asking the gateway what waits for a decision">{null}</EmptyState>;
  if (status === "past") return <EmptyState title="Nothing waited for a decision then">{null}</EmptyState>;
  return (
    <EmptyState title="Nothing waits for a decision">
      <p>
        When an agent asks before it does something, it appears here and on every other screen, until somebody decided
        or its time is up.
      </p>
    </EmptyState>
  );
}
