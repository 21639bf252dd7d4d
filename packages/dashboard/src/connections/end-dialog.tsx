/** Ending a connection: what it will do, and a reason for the audit. */
import { GatewayError } from "@signalbox/client";
import { type FormEvent, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { inputClass, Labelled } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { type Connection, nameOf } from "./fare.ts";

interface EndDialogProps {
  connection: Connection;
  revoke: boolean;
  onClose: () => void;
  onEnded: () => void;
}

export function EndDialog({ connection, revoke, onClose, onEnded }: EndDialogProps) {
  const client = useClient();
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState<string>();
  const who = calm(nameOf(connection));
  const what = connection.by?.startsWith("key:")
    ? `the key ${calm(connection.by.slice(4))}`
    : `the token it came with, or all tokens of ${who} where it has no id of its own`;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const query = new URLSearchParams({ ...(reason === "" ? {} : { reason }), ...(revoke ? { revoke: "true" } : {}) });
    try {
      const path = `/v1/connections/${encodeURIComponent(connection.id)}?${query}`;
      const { revoked } = await client.request<{ revoked?: string }>(path, { method: "DELETE" });
      toast(revoked === undefined ? `The connection of ${who} is ended.` : `${calm(revoked)} is revoked.`);
      onEnded();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      setFault(`${error.message}. ${error.help}`);
    }
  };
  return (
    <Dialog title={revoke ? `Revoke what ${who} came with?` : `End the connection of ${who}?`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3 text-[13px]">
        {revoke ? (
          <p>
            Revokes {what}, for good: every connection that came with it is cut within a second, and it opens none
            again. Work that needs it stops.
          </p>
        ) : (
          <p>
            Its client is told, waits at least 5 seconds, comes back and resumes from where it was: nothing lossless is
            missed. To keep it out, revoke what it came with.
          </p>
        )}
        <Labelled label="Why (kept in the audit)">
          {(id) => (
            <input
              id={id}
              value={reason}
              maxLength={200}
              autoComplete="off"
              onChange={({ target }) => setReason(target.value)}
              className={inputClass}
            />
          )}
        </Labelled>
        {fault !== undefined && (
          <p role="alert" className="text-stop">
            {calm(fault)}
          </p>
        )}
        <div className="flex gap-2">
          <Button type="submit" look="stop">
            {revoke ? "Revoke and cut" : "End it"}
          </Button>
          <Button onClick={onClose}>Leave it</Button>
        </div>
      </form>
    </Dialog>
  );
}
