/** Stop… from anywhere: all of the fleet. */
import { useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { StopPanel } from "../steering/stop-panel.tsx";
import { useClient } from "../stores/client.tsx";
import { fleetOf } from "../stores/fleet.ts";

export function StopDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  // Whom it tells does not change while somebody reads who they are.
  const [items] = useState(() => [...fleetOf(client).snapshot().items.values()]);
  return (
    <Dialog title="Stop the fleet" onClose={onClose}>
      <p className="text-[13px] text-ink-2">All that this token may see, whatever is filtered in the view behind.</p>
      <div className="-mx-4 md:-mx-6">
        <StopPanel items={items} onClose={onClose} />
      </div>
    </Dialog>
  );
}
