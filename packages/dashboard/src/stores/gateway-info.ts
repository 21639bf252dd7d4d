/** Who this page is to the gateway, and what time it is there; asked with each new link. */
import type { Client, Readable } from "@signalbox/client";
import { cell } from "./readable.ts";

export interface GatewayInfo {
  /** `KIND:ID`; undefined until the gateway has said it. */
  me: string | undefined;
  /** Milliseconds that the gateway's clock is ahead of this page's. */
  aheadMs: number;
}

const unknown: GatewayInfo = { me: undefined, aheadMs: 0 };

/** HTTP tells whole seconds, and the way there and back takes its time: less than this is no difference. */
const noiseMs = 1_500;

/** From the `Date` of an answer that was asked for and came at these times of this page's clock. */
export function clockAhead(date: string | null, sentMs: number, cameMs: number): number {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return 0;
  const ahead = theirs + 500 - (sentMs + cameMs) / 2;
  return Math.abs(ahead) < noiseMs + (cameMs - sentMs) / 2 ? 0 : Math.round(ahead);
}

const infos = new WeakMap<Client, Readable<GatewayInfo>>();

export function gatewayInfoOf(client: Client): Readable<GatewayInfo> {
  const known = infos.get(client);
  if (known) return known;
  const info = cell<GatewayInfo>(unknown);
  infos.set(client, info);
  const ask = async (): Promise<void> => {
    const sentMs = Date.now();
    const answer = await client.fetch("/v1/info");
    if (!answer.ok) return;
    const cameMs = Date.now();
    const { principal } = (await answer.json()) as { principal: { kind: string; id: string } };
    const aheadMs = clockAhead(answer.headers.get("date"), sentMs, cameMs);
    info.set({ me: `${principal.kind}:${principal.id}`, aheadMs });
  };
  // Without an answer it is asked with the next link.
  const now = () => void ask().catch(() => {});
  let wasLive = false;
  client.link.subscribe(() => {
    const isLive = client.link.snapshot().state === "live";
    if (isLive && !wasLive) now();
    wasLive = isLive;
  });
  wasLive = client.link.snapshot().state === "live";
  now();
  return info;
}
