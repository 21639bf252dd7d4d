/** One open checkpoint: who asks for what, and the decision. There is no undo, so each decision is confirmed. */
import type { Checkpoint } from "@signalbox/client/steering";
import { type FormEvent, type RefObject, useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Facts } from "../components/facts.tsx";
import { CheckIcon, CloseIcon } from "../components/icons.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { inputClass, Labelled, SchemaForm, type SchemaFormHandle, useSchemaForm } from "../forms/schema-form.tsx";
import { calm } from "../text/visible.ts";
import { Deadline } from "./deadline.tsx";
import type { Outcome } from "./deciding.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import { Payload } from "./payload.tsx";
import { isGrave, titleOf, whoIs } from "./words.ts";

export interface DecisionGiven {
  decision: "approve" | "deny";
  reason?: string;
  answer?: unknown;
}

interface ApprovalCardProps {
  checkpoint: Checkpoint;
  outcome: Outcome | undefined;
  /** Why this person cannot decide here. */
  barred: string | undefined;
  /** What is being confirmed. */
  asking: "approve" | "deny" | undefined;
  onAsk: (decision: "approve" | "deny" | undefined) => void;
  onDecide: (given: DecisionGiven) => void;
  heading: RefObject<HTMLHeadingElement | null>;
}

export function ApprovalCard(props: ApprovalCardProps) {
  const { checkpoint, outcome, barred, asking, onAsk } = props;
  const { answerSchema, checkpointData, approvals, approvedBy } = checkpoint;
  const form = useSchemaForm(answerSchema, checkpointData);
  const isSending = outcome?.phase === "sending";
  return (
    <article
      className="flex flex-col gap-4"
      aria-labelledby="approval-title"
      data-testid="approval"
      data-id={checkpoint.checkpointId}
    >
      <header className="flex flex-col gap-1.5">
        <h2
          id="approval-title"
          ref={props.heading}
          tabIndex={-1}
          className="text-base font-semibold break-words outline-none"
        >
          {titleOf(checkpoint)}
        </h2>
        <Facts
          facts={[
            ["Asked by", <strong key="by">{whoIs(checkpoint.requestedBy)}</strong>],
            ["Asked", <RelativeTime key="at" ms={checkpoint.requestedAt} />],
            ["Time", <Deadline key="deadline" checkpoint={checkpoint} />],
            [
              "In",
              <span key="in" className="font-mono text-xs break-all">
                {calm(checkpoint.channel)}
              </span>,
            ],
            ["Agent", checkpoint.agentId && calm(checkpoint.agentId)],
            ["Step", checkpoint.stepId && calm(checkpoint.stepId)],
            ["Roles", checkpoint.roles && calm(checkpoint.roles.join(", "))],
            ["Approved", approvals > 1 && `${approvedBy.length} of ${approvals}`],
          ]}
        />
        <Risk checkpoint={checkpoint} />
      </header>
      <Payload data={checkpointData} />
      {answerSchema !== undefined && (
        <div className="flex flex-col gap-2 rounded-md border border-rule p-3">
          <p className="text-[13px] text-ink-2">
            {form.state.touched
              ? "Your edited answer goes with the approval."
              : "An approval may carry an edited answer. Nothing is sent unless you change something here."}
          </p>
          <SchemaForm form={form} label="Answer" />
        </div>
      )}
      {outcome && <OutcomeLine outcome={outcome} />}
      {asking ? (
        <Confirm key={asking} {...props} decision={asking} form={form} />
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            look="strong"
            className="h-9 px-4 max-md:flex-1"
            disabled={barred !== undefined || isSending}
            onClick={() => onAsk("approve")}
          >
            <CheckIcon /> Approve…
          </Button>
          <Button
            className="h-9 px-4 max-md:flex-1"
            disabled={barred !== undefined || isSending}
            onClick={() => onAsk("deny")}
          >
            <CloseIcon /> Deny…
          </Button>
          {barred && <span className="text-[13px] text-ink-2">{barred}</span>}
        </div>
      )}
    </article>
  );
}

function Risk({ checkpoint }: { checkpoint: Checkpoint }) {
  const { risk } = checkpoint;
  if (risk === undefined || risk === "") return null;
  return (
    <p>
      <Badge tone={isGrave(checkpoint) ? "stop" : "plain"}>Risk: {calm(risk)}</Badge>
    </p>
  );
}

/** What has to be typed before something dangerous is approved. */
const word = "approve";

interface ConfirmProps extends ApprovalCardProps {
  decision: "approve" | "deny";
  form: SchemaFormHandle;
}

function Confirm({ checkpoint, decision, form, onAsk, onDecide }: ConfirmProps) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<string>();
  const approves = decision === "approve";
  const mustType = approves && isGrave(checkpoint);
  const isReady = !mustType || typed.trim().toLowerCase() === word;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    const why = reason.trim() === "" ? {} : { reason: reason.trim() };
    if (!approves || !form.state.touched) return onDecide({ decision, ...why });
    const answer = form.read();
    if (answer.ok) onDecide({ decision, ...why, answer: answer.value });
    else setFault(answer.fault);
  };
  return (
    <form
      onSubmit={submit}
      className="flex flex-col gap-3 rounded-lg border border-rule-strong bg-raised p-3"
      aria-label={approves ? "Confirm the approval" : "Confirm the denial"}
    >
      <p className="text-[13px]">
        <strong>{approves ? "Approve this?" : "Deny this?"}</strong> It is told to {whoIs(checkpoint.requestedBy)} at
        once and cannot be undone.
      </p>
      {mustType && (
        <Labelled label={`This is dangerous. Type “${word}” to go on`}>
          {(id) => (
            <input
              id={id}
              // biome-ignore lint/a11y/noAutofocus: the person has just asked for this
              autoFocus
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
              autoComplete="off"
              className={inputClass}
            />
          )}
        </Labelled>
      )}
      <Labelled label="Reason (optional)">
        {(id) => (
          <input
            id={id}
            // biome-ignore lint/a11y/noAutofocus: the person has just asked for this
            autoFocus={!mustType}
            value={reason}
            maxLength={2_000}
            onChange={({ target }) => setReason(target.value)}
            autoComplete="off"
            className={inputClass}
          />
        )}
      </Labelled>
      {fault && (
        <p role="alert" className="text-[13px] text-stop">
          {fault}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look={approves ? "strong" : "stop"}
          className="h-9 px-4 max-md:flex-1"
          disabled={!isReady}
        >
          {approves ? "Approve it" : "Deny it"}
        </Button>
        <Button className="h-9 px-4 max-md:flex-1" onClick={() => onAsk(undefined)}>
          Back
        </Button>
      </div>
    </form>
  );
}
