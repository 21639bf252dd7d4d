/** What was chosen is not open any more: how it ended, and by whom. Nothing here can be pressed by mistake. */
import type { Checkpoint } from "@signalbox/client/steering";
import type { ReactNode } from "react";
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { calm } from "../text/visible.ts";
import type { Outcome } from "./deciding.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import { titleOf, whoIs } from "./words.ts";

interface EndedCardProps {
  id: string;
  ended: Checkpoint | undefined;
  outcome: Outcome | undefined;
  loading: boolean;
  children: ReactNode;
}

export function EndedCard({ id, ended, outcome, loading, children }: EndedCardProps) {
  if (loading) return <p className="text-ink-2">Asking the gateway for it …</p>;
  return (
    <article className="flex flex-col items-start gap-3" data-testid="approval-ended" data-id={id}>
      <h2 className="text-base font-semibold break-words">{ended ? titleOf(ended) : calm(id)}</h2>
      {ended ? (
        <How ended={ended} />
      ) : (
        !outcome && <p className="text-ink-2">This is not open: it was decided, or never asked.</p>
      )}
      {ended?.reason && <p className="text-[13px]">“{calm(ended.reason)}”</p>}
      {outcome && <OutcomeLine outcome={outcome} />}
      {children}
    </article>
  );
}

function How({ ended }: { ended: Checkpoint }) {
  const { state, decision, decidedBy = "", decidedAt = 0 } = ended;
  const approved = decision === "approve";
  const [lamp, word] =
    state === "withdrawn"
      ? (["cancelled", "Withdrawn"] as const)
      : approved
        ? (["done", "Approved"] as const)
        : (["failed", "Denied"] as const);
  return (
    <p className="flex flex-wrap items-center gap-x-2" data-testid="ended-how">
      <LampWord name={lamp} word={word} />
      <span className="text-ink-2">
        {decidedBy !== "" && `by ${whoIs(decidedBy)}, `}
        <RelativeTime ms={decidedAt} />
      </span>
    </p>
  );
}
