/** What was chosen is not open any more: how it ended, by whom, and whether it was applied. Nothing here can be pressed by mistake. */
import type { Checkpoint } from "@signalbox/client/steering";
import type { ReactNode } from "react";
import { Facts } from "../components/facts.tsx";
import { LampWord } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import type { LampName } from "../fleet/condition.ts";
import { calm } from "../text/visible.ts";
import { AppliedLine } from "./applied-line.tsx";
import type { Outcome } from "./deciding.ts";
import { approvedWords } from "./may-decide.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import { JsonTree } from "./proposal/json-tree.tsx";
import { Proposal } from "./proposal/proposal.tsx";
import { type Ending, endedSentence, endingOf, endingWord } from "./receipt.ts";
import { RiskBadge } from "./risk-badge.tsx";
import { titleOf, whoIs } from "./words.ts";

interface EndedCardProps {
  id: string;
  /** `unknown`: the gateway does not know it; undefined: it has not answered yet. */
  ended: Checkpoint | "unknown" | undefined;
  outcome: Outcome | undefined;
  children: ReactNode;
}

export function EndedCard({ id, ended, outcome, children }: EndedCardProps) {
  if (ended === undefined && outcome === undefined) {
    return <p className="text-ink-2">Asking the gateway for {calm(id)} …</p>;
  }
  const isKnown = ended !== undefined && ended !== "unknown";
  return (
    <article className="flex min-w-0 flex-col items-start gap-3" data-testid="approval-ended" data-id={id}>
      <h2 className="max-w-full text-base font-semibold break-words">{isKnown ? titleOf(ended) : calm(id)}</h2>
      {isKnown && <Ended ended={ended} />}
      {ended === "unknown" && (
        <p className="text-ink-2">
          This is not open: the gateway knows no question with this id, or does not show it to this token. What has
          ended is kept for a week.
        </p>
      )}
      {outcome && <OutcomeLine outcome={outcome} />}
      {isKnown && <AppliedLine ended={ended} />}
      {children}
      {isKnown && (
        <details className="w-full min-w-0">
          <summary className="mb-2 cursor-pointer text-[13px] text-ink-2">What was asked</summary>
          <Proposal data={ended.checkpointData} />
        </details>
      )}
    </article>
  );
}

export const endingLamp: Readonly<Record<Ending, LampName>> = {
  ...{ approved: "done", denied: "failed", withdrawn: "cancelled", expired: "lost" },
};

function Ended({ ended }: { ended: Checkpoint }) {
  const { decidedBy = "", decidedAt = 0, requestedBy, approvals, reason, answer } = ended;
  const ending = endingOf(ended);
  const sentence = endedSentence(ended);
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2" data-testid="ended-how">
        <LampWord name={endingLamp[ending]} word={endingWord[ending]} />
        <span className="text-ink-2">
          {decidedBy !== "" && `by ${whoIs(decidedBy)}, `}
          <RelativeTime ms={decidedAt} />
        </span>
        <RiskBadge checkpoint={ended} short />
      </p>
      {sentence !== undefined && <p className="text-[13px] text-ink-2">{sentence}</p>}
      <Facts
        facts={[
          ["Asked by", whoIs(requestedBy)],
          ["Asked", <RelativeTime key="at" ms={ended.requestedAt} />],
          ["In", calm(ended.channel)],
          ["Needed", approvals > 1 && approvedWords(ended)],
          ["Reason", reason !== undefined && reason !== "" && `“${calm(reason)}”`],
        ]}
      />
      {answer !== undefined && (
        <div className="flex w-full min-w-0 flex-col gap-1" data-testid="answer">
          <h3 className="text-xs font-medium text-ink-3">The edited answer that went with it</h3>
          <JsonTree value={answer} />
        </div>
      )}
    </>
  );
}
