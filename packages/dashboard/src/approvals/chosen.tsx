/** The one that is looked at: to be decided, or how it ended. */
import type { Checkpoint } from "@signalbox/client/steering";
import { type ReactNode, useRef } from "react";
import { useKeys } from "../app/use-keys.ts";
import { Button } from "../components/button.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { outcomes } from "./deciding.ts";
import { EndedCard } from "./ended-card.tsx";
import { useKept } from "./use-ended.ts";

interface ChosenProps {
  id: string;
  /** While it waits. */
  open: Checkpoint | undefined;
  /** Which wait is not known yet. */
  loading: boolean;
  me: string | undefined;
  barred: string | undefined;
  /** The way back to the list, where both do not stand side by side. */
  back: ReactNode;
  onBack: () => void;
  /** Absent: nothing else waits. */
  onNext: (() => void) | undefined;
}

export function Chosen({ id, open, loading, me, barred, back, onBack, onNext }: ChosenProps) {
  const outcome = useReadable(outcomes).get(id);
  const ended = useKept(id, !loading && open === undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  useKeys({ Enter: () => heading.current?.focus() });
  return (
    <>
      {back}
      {open ? (
        <ApprovalCard checkpoint={open} outcome={outcome} me={me} barred={barred} heading={heading} onLeave={onBack} />
      ) : (
        <EndedPlace onBack={onBack}>
          <EndedCard id={id} ended={isOpen(ended) ? undefined : ended} outcome={outcome}>
            {onNext && <Button onClick={onNext}>Next that waits</Button>}
          </EndedCard>
        </EndedPlace>
      )}
    </>
  );
}

/** The list of what waits has it in a moment. */
const isOpen = (kept: Checkpoint | "unknown" | undefined): boolean => typeof kept === "object" && kept.state === "open";

function EndedPlace({ onBack, children }: { onBack: () => void; children: ReactNode }) {
  useKeys({ Escape: onBack });
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4 md:px-6">
      <div className="max-w-4xl">{children}</div>
    </div>
  );
}
