/** Below the view, so that nothing in it moves: why it does not show what happens now. */
import { useEffect, useState } from "react";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { timeOfDay } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { byGateway } from "../stores/gateway-clock.ts";
import { useReadable } from "../stores/use-readable.ts";
import { linkNotice } from "./link-notice.ts";

const looks = {
  offline: "border-stop bg-stop-soft",
  stopped: "border-stop bg-stop-soft",
  "catching-up": "border-run bg-run-soft",
  polling: "border-rule bg-panel",
} as const;

const ink = { offline: "text-stop", stopped: "text-stop", "catching-up": "text-run", polling: "text-ink" } as const;

export function LinkBanner() {
  const client = useClient();
  const link = useReadable(client.link);
  const wasAway = useWasAway();
  const [seen, setSeen] = useState(false);
  const notice = linkNotice(link, wasAway, (ms) => timeOfDay(byGateway(ms)));
  if (!notice || (notice.kind === "polling" && seen)) return null;
  const { kind, title, detail } = notice;
  return (
    <div
      role="status"
      data-testid="link-banner"
      data-kind={kind}
      className={classes(
        "flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-t-2 px-4 py-2 md:px-6",
        looks[kind],
      )}
    >
      <p className="min-w-0 flex-1 basis-64 text-[13px] break-words text-ink-2">
        <strong className={classes("mr-2 font-semibold", ink[kind])}>{title}</strong>
        {detail}
      </p>
      {kind === "offline" && <Button onClick={() => client.wake()}>Try now</Button>}
      {kind === "stopped" && (
        <>
          <Button onClick={() => client.connect()}>Connect again</Button>
          <Button onClick={() => location.reload()}>Load the page again</Button>
        </>
      )}
      {kind === "polling" && <Button onClick={() => setSeen(true)}>Got it</Button>}
    </div>
  );
}

/** From the loss of the link until all has caught up. */
function useWasAway(): boolean {
  const { link } = useClient();
  const [away, setAway] = useState(false);
  useEffect(
    () =>
      link.subscribe(() => {
        const { state, catchingUp } = link.snapshot();
        if (state === "waiting" || state === "stopped") setAway(true);
        else if (state === "live" && catchingUp === 0) setAway(false);
      }),
    [link],
  );
  return away;
}
