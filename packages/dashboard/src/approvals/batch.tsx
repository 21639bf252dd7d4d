/** Several decided at once: what they are, before; what became of each, after. */
import type { Checkpoint } from "@signalbox/client/steering";
import { useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { count } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { Confirm } from "./confirm.tsx";
import { decideHere, type Outcome, outcomes } from "./deciding.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import { isGrave } from "./risk.ts";
import { RiskBadge } from "./risk-badge.tsx";
import { gistOf, titleOf, whoIs } from "./words.ts";

/** Of one batch: more than this nobody looks through. */
export const batchMost = 100;

interface BatchProps {
  decision: "approve" | "deny";
  /** Looked at as they were when the dialog opened: nothing slips in or out. */
  rows: readonly Checkpoint[];
  onClose: (decided: boolean) => void;
}

export function Batch({ decision, rows, onClose }: BatchProps) {
  const client = useClient();
  const [asked] = useState(rows);
  const [sent, setSent] = useState(false);
  const all = useReadable(outcomes);
  const approves = decision === "approve";
  const grave = asked.filter(isGrave).length;
  const questions = asked.length === 1 ? "1 question" : `${count(asked.length)} questions`;
  const title = sent ? `${questions}: what became of them` : `${approves ? "Approve" : "Deny"} ${questions}?`;
  return (
    <Dialog title={title} onClose={() => onClose(sent)} className="w-[min(44rem,calc(100vw-1rem))]">
      <ul
        className="flex max-h-[45dvh] flex-col overflow-y-auto rounded-md border border-rule"
        aria-label="What is decided"
        data-testid="batch"
      >
        {asked.map((one) => (
          <li
            key={one.checkpointId}
            data-id={one.checkpointId}
            className="border-b border-rule px-3 py-2 last:border-0"
          >
            <p className="flex min-w-0 flex-wrap items-baseline gap-x-2 gap-y-1">
              <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{titleOf(one)}</span>
              <span className="text-[13px] text-ink-2">{whoIs(one.requestedBy)}</span>
              <RiskBadge checkpoint={one} short />
            </p>
            {!sent && <Gist one={one} />}
            {sent && <Result outcome={all.get(one.checkpointId)} />}
          </li>
        ))}
      </ul>
      {sent ? (
        <div className="flex items-center gap-3">
          <span role="status" className="flex-1 text-[13px]">
            {summary(asked, all)}
          </span>
          <Button look="strong" onClick={() => onClose(true)}>
            Close
          </Button>
        </div>
      ) : (
        <Confirm
          decision={decision}
          does={`${approves ? "Approve" : "Deny"} ${count(asked.length)}`}
          grave={grave > 0}
          says={
            <p className="text-[13px]">
              Each is told to who asked at once, and none can be undone. Approved ones carry no edited answer.
              {approves && grave > 0 && ` ${grave === 1 ? "One of them is" : `${count(grave)} of them are`} dangerous.`}
            </p>
          }
          onBack={() => onClose(false)}
          onDecide={(reason) => {
            setSent(true);
            for (const one of asked) void decideHere(client, one, { decision, ...reason });
          }}
        />
      )}
    </Dialog>
  );
}

/** What would be done, where the title does not say it already. */
function Gist({ one }: { one: Checkpoint }) {
  const gist = calm(gistOf(one.checkpointData) ?? "");
  if (gist === "" || gist === titleOf(one)) return null;
  return <p className="line-clamp-3 font-mono text-xs leading-5 [overflow-wrap:anywhere] text-ink-2">{gist}</p>;
}

function Result({ outcome }: { outcome: Outcome | undefined }) {
  return outcome ? (
    <div className="mt-1.5">
      <OutcomeLine outcome={outcome} />
    </div>
  ) : null;
}

function summary(asked: readonly Checkpoint[], all: ReadonlyMap<string, Outcome>): string {
  const phases = asked.map(({ checkpointId }) => all.get(checkpointId)?.phase ?? "sending");
  const of = (phase: Outcome["phase"]): number => phases.filter((one) => one === phase).length;
  const parts = [
    `${count(of("decided"))} of ${count(asked.length)} decided`,
    of("sending") > 0 && `${count(of("sending"))} on their way`,
    of("lost") > 0 && `${count(of("lost"))} decided by others before`,
    of("refused") > 0 && `${count(of("refused"))} refused`,
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
