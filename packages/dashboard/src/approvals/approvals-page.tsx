/** Everything that waits for a decision, oldest first, and the decision itself. */
import { approvals, type Checkpoint } from "@signalbox/client/steering";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useKeyHelp } from "../app/keys.ts";
import { useKeys } from "../app/use-keys.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { EmptyState } from "../components/empty-state.tsx";
import { count } from "../components/figures.ts";
import { Lamp } from "../components/lamp.tsx";
import { PageHead } from "../components/page.tsx";
import { deskOf } from "../steering/desk.ts";
import { useClient } from "../stores/client.tsx";
import { useMedia } from "../stores/use-media.ts";
import { useReadable } from "../stores/use-readable.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { Deadline } from "./deadline.tsx";
import { decideHere, outcomes } from "./deciding.ts";
import { EndedCard } from "./ended-card.tsx";
import { isGrave, titleOf, whoIs } from "./words.ts";

/** From here on list and question stand side by side. */
const wide = "(min-width: 64rem)";

export function ApprovalsPage() {
  const client = useClient();
  const { open, ended, status, truncated, error } = useReadable(approvals(client));
  const { id } = useSearch({ from: "/approvals" });
  const navigate = useNavigate();
  const isWide = useMedia(wide);
  const select = (next: string | undefined) =>
    void navigate({ to: "/approvals", search: next === undefined ? {} : { id: next }, replace: true });
  const [first] = open;
  const firstId = first?.checkpointId;
  // What was chosen stays chosen, also when it is decided elsewhere: nothing else may slip under the hand.
  useEffect(() => {
    if (isWide && id === undefined && firstId !== undefined) select(firstId);
  });
  const at = open.findIndex(({ checkpointId }) => checkpointId === id);
  const step = (by: number) => {
    const next = open[at < 0 ? 0 : Math.max(0, Math.min(open.length - 1, at + by))];
    if (next) select(next.checkpointId);
  };
  const isEmpty = open.length === 0 && id === undefined;
  return (
    <>
      <PageHead title="Approvals">
        <span className="text-[13px] text-ink-2" data-testid="approvals-count">
          {open.length === 0
            ? "Nothing waits"
            : `${count(open.length)}${truncated ? "+" : ""} ${open.length === 1 ? "waits" : "wait"} for a decision`}
        </span>
        {status === "offline" && <span className="text-[13px] text-stop">No link: this is how it was.</span>}
      </PageHead>
      {isEmpty ? (
        <Empty status={status} error={error?.message} />
      ) : (
        <div className={classes("flex min-h-0 flex-1 border-t border-rule bg-panel", isWide ? "flex-row" : "flex-col")}>
          {(isWide || id === undefined) && <OpenList open={open} chosen={id} onChoose={select} truncated={truncated} />}
          {id !== undefined && (
            <section aria-label="What is asked" className="min-h-0 min-w-0 flex-1 overflow-y-auto px-4 py-4 md:px-6">
              {!isWide && (
                <Button look="quiet" className="mb-2 -ml-2.5" onClick={() => select(undefined)}>
                  ← All that waits ({count(open.length)})
                </Button>
              )}
              <div className="max-w-3xl">
                <Chosen
                  key={id}
                  id={id}
                  open={open[at]}
                  ended={ended.find(({ checkpointId }) => checkpointId === id)}
                  loading={status === "loading"}
                  onStep={step}
                  hasMore={open.length > 0}
                />
              </div>
            </section>
          )}
        </div>
      )}
    </>
  );
}

interface OpenListProps {
  open: readonly Checkpoint[];
  chosen: string | undefined;
  truncated: boolean;
  onChoose: (id: string) => void;
}

function OpenList({ open, chosen, truncated, onChoose }: OpenListProps) {
  return (
    <nav
      aria-label="What waits for a decision"
      className="flex min-h-0 shrink-0 flex-col overflow-y-auto max-lg:flex-1 lg:w-88 lg:border-r lg:border-rule"
    >
      <ul>
        {open.map((one) => (
          <li key={one.checkpointId}>
            <button
              type="button"
              aria-current={one.checkpointId === chosen}
              data-testid="approval-row"
              data-id={one.checkpointId}
              onClick={() => onChoose(one.checkpointId)}
              className="flex w-full cursor-pointer items-start gap-3 border-b border-rule px-4 py-2.5 text-left hover:bg-raised focus-visible:outline-offset-[-2px] aria-[current=true]:bg-wait-soft md:px-6 lg:pr-4"
            >
              <Lamp name="waiting_approval" silent className="mt-0.5" />
              <span className="min-w-0 flex-1">
                <span className="line-clamp-2 font-medium break-words">{titleOf(one)}</span>
                <span className="mt-0.5 flex flex-wrap items-center gap-x-2 text-[13px] text-ink-2">
                  <span className="truncate">{whoIs(one.requestedBy)}</span>
                  <Deadline checkpoint={one} />
                  {isGrave(one) && <Badge tone="stop">dangerous</Badge>}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {truncated && <p className="px-4 py-3 text-[13px] text-ink-2 md:px-6">More wait than are shown here.</p>}
    </nav>
  );
}

interface ChosenProps {
  id: string;
  open: Checkpoint | undefined;
  ended: Checkpoint | undefined;
  loading: boolean;
  hasMore: boolean;
  onStep: (by: number) => void;
}

const keyHelp = [
  { keys: "j", says: "the next one that waits" },
  { keys: "k", says: "the one before" },
  { keys: "a", says: "approve, after a question" },
  { keys: "d", says: "deny, after a question" },
];

function Chosen({ id, open, ended, loading, hasMore, onStep }: ChosenProps) {
  const client = useClient();
  useKeyHelp(keyHelp);
  const outcome = useReadable(outcomes).get(id);
  const [asking, setAsking] = useState<"approve" | "deny">();
  const barred = useBarred(open?.channel);
  const heading = useRef<HTMLHeadingElement>(null);
  const canAsk = open !== undefined && barred === undefined && outcome?.phase !== "sending";
  useKeys(
    useMemo(
      () => ({
        j: () => onStep(1),
        k: () => onStep(-1),
        a: () => canAsk && setAsking("approve"),
        d: () => canAsk && setAsking("deny"),
        Escape: () => setAsking(undefined),
      }),
      [onStep, canAsk],
    ),
  );
  const back = (next: "approve" | "deny" | undefined) => {
    setAsking(next);
    if (next === undefined) heading.current?.focus();
  };
  return (
    <>
      {open ? (
        <ApprovalCard
          checkpoint={open}
          outcome={outcome}
          barred={barred}
          asking={asking}
          heading={heading}
          onAsk={back}
          onDecide={(given) => {
            back(undefined);
            void decideHere(client, id, { ...given, payloadHash: open.payloadHash });
          }}
        />
      ) : (
        <EndedCard id={id} ended={ended} outcome={outcome} loading={loading}>
          {hasMore && <Button onClick={() => onStep(1)}>Next that waits</Button>}
        </EndedCard>
      )}
      <p className="mt-6 text-xs text-ink-3 max-md:hidden">
        <Key name="j" /> <Key name="k" /> next and previous · <Key name="a" /> approve · <Key name="d" /> deny ·{" "}
        <Key name="Esc" /> back
      </p>
    </>
  );
}

const Key = ({ name }: { name: string }) => (
  <kbd className="rounded border border-rule bg-raised px-1 font-mono">{name}</kbd>
);

/** Why this token cannot decide in that channel. */
function useBarred(channel: string | undefined): string | undefined {
  const client = useClient();
  const { desk } = useReadable(
    useMemo(() => (channel === undefined ? none : deskOf(client, channel)), [client, channel]),
  );
  return desk?.approve === false ? "This token may not decide here (it lacks the verb approve)." : undefined;
}

const none = { snapshot: () => nothing, subscribe: () => () => {} };
const nothing = { desk: undefined, error: undefined };

function Empty({ status, error }: { status: string; error: string | undefined }) {
  if (status === "refused") {
    return (
      <EmptyState title="The gateway does not show what waits">
        <p>{error}</p>
      </EmptyState>
    );
  }
  if (status === "loading") return <EmptyState title="Asking the gateway what waits for a decision">{null}</EmptyState>;
  return (
    <EmptyState title="Nothing waits for a decision">
      <p>
        When an agent asks before it does something, it appears here and on every other screen, until somebody decided
        or its time is up.
      </p>
    </EmptyState>
  );
}
