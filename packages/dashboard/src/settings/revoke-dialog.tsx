/** Revoking a key: whom it cuts off. */
import { GatewayError } from "@signalbox/client";
import { useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { count } from "../components/figures.ts";
import { createConnections } from "../connections/connections-store.ts";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import type { KeyInfo } from "./rights.ts";

const named = 5;

export function RevokeDialog({ info, onClose, onDone }: { info: KeyInfo; onClose: () => void; onDone: () => void }) {
  const client = useClient();
  const { answer } = useReadable(useMemo(() => createConnections(client), [client]));
  const [fault, setFault] = useState<string>();
  const cut = answer?.rows.filter(({ by }) => by === `key:${info.id}`);
  const revoke = async () => {
    try {
      await client.request(`/v1/keys/${encodeURIComponent(info.id)}`, { method: "DELETE" });
      toast(`The key ${calm(info.name)} is revoked.`);
      onDone();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      setFault(`${error.message}. ${error.help}`);
    }
  };
  return (
    <Dialog title={`Revoke the key ${calm(info.name)}?`} onClose={onClose}>
      <div className="flex flex-col gap-3 text-[13px]">
        <p>
          For good: whoever is connected with it is cut off within a second, and it opens nothing again. Another key has
          to be made for them.
        </p>
        <p data-testid="will-cut">
          {cut === undefined
            ? "Asking who is connected with it."
            : cut.length === 0
              ? "Nobody is connected with it now."
              : `${count(cut.length)} ${cut.length === 1 ? "connection is" : "connections are"} open with it now: ${cut
                  .slice(0, named)
                  .map(({ client: name, address = "" }) => calm(`${name ?? "a client"} ${address}`.trim()))
                  .join(", ")}${cut.length > named ? ` and ${count(cut.length - named)} more` : ""}.`}
        </p>
        {fault !== undefined && (
          <p role="alert" className="text-stop">
            {calm(fault)}
          </p>
        )}
        <div className="flex gap-2">
          <Button look="stop" onClick={() => void revoke()}>
            Revoke it
          </Button>
          <Button onClick={onClose}>Leave it</Button>
        </div>
      </div>
    </Dialog>
  );
}
