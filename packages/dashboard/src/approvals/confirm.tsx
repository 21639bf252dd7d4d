/** The last look before a decision: there is no undo. */
import type { Decision } from "@signalbox/client/steering";
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "../components/button.tsx";
import { inputClass, Labelled } from "../forms/schema-form.tsx";

/** What has to be typed before something dangerous is approved. */
const word = "approve";

interface ConfirmProps {
  decision: Decision["decision"];
  /** `Approve it`, `Deny 5`. */
  does: string;
  /** Who is told at once. */
  says: ReactNode;
  /** Dangerous: a click is not enough to approve it. */
  grave: boolean;
  onDecide: (reason: { reason?: string }) => void;
  onBack: () => void;
}

export function Confirm({ decision, does, says, grave, onDecide, onBack }: ConfirmProps) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const approves = decision === "approve";
  const mustType = approves && grave;
  const isReady = !mustType || typed.trim().toLowerCase() === word;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) onDecide(reason.trim() === "" ? {} : { reason: reason.trim() });
  };
  return (
    <form
      onSubmit={submit}
      className="flex flex-col gap-3"
      aria-label={approves ? "Confirm the approval" : "Confirm the denial"}
    >
      {says}
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
              autoCapitalize="none"
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
      <div className="flex gap-2">
        <Button type="submit" look={approves ? "strong" : "stop"} className={bigButton} disabled={!isReady}>
          {does}
        </Button>
        <Button className={bigButton} onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  );
}

/** As large as a thumb where there is one. */
export const bigButton = "h-9 px-4 max-md:h-12 max-md:flex-1 max-md:text-base";
