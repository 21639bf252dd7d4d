/** Who tells this person where, while no dashboard of theirs is open. */
import { BrowserPanel } from "../notifications/browser-panel.tsx";
import { WebhooksPanel } from "../notifications/webhooks-panel.tsx";

export function Notifications() {
  return (
    <>
      <BrowserPanel />
      <WebhooksPanel />
    </>
  );
}
