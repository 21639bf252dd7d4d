/** Requests to a gateway's HTTP API, as a test asks them. */
import { formatPosition, type Position, type Publication } from "@signalbox/protocol";
import type { Gateway as GatewayProcess } from "./gateway.ts";

/** In whatever process. */
type Gateway = Pick<GatewayProcess, "url" | "token">;

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

async function get<Answer>(gateway: Gateway, path: string): Promise<Answer> {
  const answer = await fetch(`${gateway.url}${path}`, { headers: bearer(gateway.token) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

export async function post<Answer>(gateway: Gateway, path: string, body: unknown, method = "POST"): Promise<Answer> {
  const answer = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { ...bearer(gateway.token), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** The whole kept history of a channel, page by page. */
export async function history(gateway: Gateway, channel: string): Promise<Publication[]> {
  const all: Publication[] = [];
  for (let since = "earliest"; ; ) {
    const page = await get<{ events: Publication[]; next: Position }>(
      gateway,
      `/v1/channels/${encodeURIComponent(channel)}/events?limit=1000&since=${since}`,
    );
    if (page.events.length === 0) return all;
    all.push(...page.events);
    since = formatPosition(page.next);
  }
}

/** Newest offset of a channel; 0 before its first event, and while the gateway is away. */
export async function head(gateway: Gateway, channel: string): Promise<number> {
  try {
    return (await get<{ offset: number }>(gateway, `/v1/channels/${encodeURIComponent(channel)}`)).offset;
  } catch {
    return 0;
  }
}
