/** One open checkpoint: who asks for what, how long there is time, and the decision. */
import type { Checkpoint } from "@signalbox/client/steering";
import { type RefObject, useState } from "react";
import { useKeys } from "../app/use-keys.ts";
import { Button } from "../components/button.tsx";
import { Facts } from "../components/facts.tsx";
import { CheckIcon, CloseIcon } from "../components/icons.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useSchemaForm } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { calm } from "../text/visible.ts";
import { Answer, Changes } from "./answer.tsx";
import { bigButton, Confirm } from "./confirm.tsx";
import { DeadlineClock } from "./deadline.tsx";
import { decideHere, type Outcome } from "./deciding.ts";
import { approvedWords, cannotApprove } from "./may-decide.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import { Proposal } from "./proposal/proposal.tsx";
import { isGrave } from "./risk.ts";
import { RiskBadge } from "./risk-badge.tsx";
import { useKept } from "./use-ended.ts";
import { titleOf, whoIs } from "./words.ts";

interface ApprovalCardProps {
  checkpoint: Checkpoint;
  outcome: Outcome | undefined;
  me: string | undefined;
  /** Why this person cannot decide here. */
  barred: string | undefined;
  heading: RefObject<HTMLHeadingElement | null>;
  onLeave: () => void;
}

export function ApprovalCard({ checkpoint, outcome, me, barred, heading, onLeave }: ApprovalCardProps) {
  const client = useClient();
  const { answerSchema, checkpointData, approvedBy } = checkpoint;
  const [asking, setAsking] = useState<"approve" | "deny">();
  const [editing, setEditing] = useState(false);
  const form = useSchemaForm(answerSchema, checkpointData);
  // Those who approved before may have edited the answer, which lists do not say.
  const kept = useKept(checkpoint.checkpointId, answerSchema !== undefined && approvedBy.length > 0);
  const whole = kept === undefined || kept === "unknown" ? checkpoint : { ...checkpoint, answer: kept.answer };
  const already = cannotApprove(checkpoint, me);
  const isSending = outcome?.phase === "sending";
  const canDeny = barred === undefined && !isSending;
  const canApprove = canDeny && already === undefined;
  const isEdited = editing && form.state.touched;

  const back = () => {
    setAsking(undefined);
    heading.current?.focus();
  };
  const ask = (decision: "approve" | "deny") => {
    if (decision === "deny" ? !canDeny : !canApprove) return;
    // What does not fit is said where it stands.
    if (decision === "approve" && isEdited && !form.read().ok) return;
    setAsking(decision);
  };
  const edit = (next: boolean) => {
    if (next && (answerSchema === undefined || approvedBy.length > 0 || !canApprove)) return;
    setAsking(undefined);
    setEditing(next);
    if (!next) heading.current?.focus();
  };
  useKeys({
    a: () => ask("approve"),
    d: () => ask("deny"),
    e: () => edit(true),
    Escape: () => (asking ? back() : editing ? edit(false) : onLeave()),
  });
  const decide = (reason: { reason?: string }) => {
    const decision = asking;
    if (decision === undefined) return;
    const answer = decision === "approve" && isEdited ? form.read() : undefined;
    if (answer && !answer.ok) return setAsking(undefined);
    back();
    void decideHere(client, checkpoint, { decision, ...reason, ...(answer && { answer: answer.value }) });
  };

  return (
    <article
      className="flex min-h-0 flex-1 flex-col"
      aria-labelledby="approval-title"
      data-testid="approval"
      data-id={checkpoint.checkpointId}
    >
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4 md:px-6">
        <div className="flex max-w-4xl min-w-0 flex-col gap-4">
          <Head checkpoint={checkpoint} heading={heading} />
          <DeadlineClock checkpoint={checkpoint} />
          <Proposal data={checkpointData} />
          <Answer checkpoint={whole} form={form} editing={editing} onEdit={edit} />
        </div>
      </div>
      <footer className="shrink-0 border-t border-rule bg-raised px-4 py-3 md:px-6">
        <div className="flex max-w-4xl min-w-0 flex-col gap-2">
          {outcome && <OutcomeLine outcome={outcome} />}
          {asking ? (
            <Confirm
              key={asking}
              decision={asking}
              does={asking === "approve" ? "Approve it" : "Deny it"}
              grave={isGrave(checkpoint)}
              onDecide={decide}
              onBack={back}
              says={
                <>
                  <p className="text-[13px]">
                    <strong>{asking === "approve" ? "Approve this?" : "Deny this?"}</strong> It is told to{" "}
                    {whoIs(checkpoint.requestedBy)} at once and cannot be undone.
                  </p>
                  {asking === "approve" && isEdited && <Changes form={form} />}
                </>
              }
            />
          ) : (
            <div className="flex flex-wrap items-center gap-2">
              <Button look="strong" className={bigButton} disabled={!canApprove} onClick={() => ask("approve")}>
                <CheckIcon /> {isEdited ? "Approve as edited…" : "Approve…"}
              </Button>
              <Button className={bigButton} disabled={!canDeny} onClick={() => ask("deny")}>
                <CloseIcon /> Deny…
              </Button>
              {(barred ?? already) && <span className="text-[13px] text-ink-2">{barred ?? already}</span>}
            </div>
          )}
        </div>
      </footer>
    </article>
  );
}

function Head({ checkpoint, heading }: Pick<ApprovalCardProps, "checkpoint" | "heading">) {
  const { approvals, roles, notRequester } = checkpoint;
  return (
    <header className="flex min-w-0 flex-col gap-2">
      <h2
        id="approval-title"
        ref={heading}
        tabIndex={-1}
        className="text-base font-semibold [overflow-wrap:anywhere] outline-none"
      >
        {titleOf(checkpoint)}
      </h2>
      <p className="flex flex-wrap items-center gap-2 empty:hidden">
        <RiskBadge checkpoint={checkpoint} />
        {approvals > 1 && (
          <span className="text-[13px] font-medium" data-testid="people">
            {approvedWords(checkpoint)}
          </span>
        )}
      </p>
      <Facts
        facts={[
          ["Asked by", <strong key="by">{whoIs(checkpoint.requestedBy)}</strong>],
          ["Asked", <RelativeTime key="at" ms={checkpoint.requestedAt} />],
          [
            "In",
            <span key="in" className="font-mono text-xs break-all">
              {calm(checkpoint.channel)}
            </span>,
          ],
          ["Agent", checkpoint.agentId && calm(checkpoint.agentId)],
          ["Step", checkpoint.stepId && calm(checkpoint.stepId)],
          ["Takes one of the roles", roles && calm(roles.join(", "))],
          ["Takes", approvals > 1 && `${approvals} different people`],
          ["Not by", notRequester && "who asked"],
        ]}
      />
    </header>
  );
}
