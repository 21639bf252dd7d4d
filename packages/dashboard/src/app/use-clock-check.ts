/** After each time away the clocks are compared anew: a laptop that slept may have set its own. */
import type { Client } from "@signalbox/client";
import { useEffect } from "react";
import { skewMs, skewOf } from "../stores/gateway-clock.ts";

export function useClockCheck(client: Client): void {
  useEffect(() => {
    let wasLive = true;
    return client.link.subscribe(() => {
      const isLive = client.link.snapshot().state === "live";
      if (isLive && !wasLive) void compare(client);
      wasLive = isLive;
    });
  }, [client]);
}

async function compare(client: Client): Promise<void> {
  const sentMs = Date.now();
  const answer = await client.fetch("/v1/info").catch(() => undefined);
  const skew = skewOf(answer?.headers.get("date") ?? null, sentMs, Date.now());
  if (skew !== undefined) skewMs.set(skew);
}
