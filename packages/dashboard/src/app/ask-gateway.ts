/** Asks the gateway who a token is, and what time it is there. */
import { skewMs, skewOf } from "../stores/gateway-clock.ts";

export interface Who {
  kind: string;
  id: string;
}

/** `who` is undefined where the gateway did not say; `none`: whatever answers there is no gateway. */
export type Answer = { is: "admitted"; who: Who | undefined } | { is: "refused" } | { is: "none" };

/** Rejects when nobody answers. */
export async function askGateway(url: string, token: string | undefined, signal?: AbortSignal): Promise<Answer> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const sentMs = Date.now();
  const answer = await fetch(`${url}/v1/info`, { headers, ...(signal ? { signal } : {}) });
  const skew = skewOf(answer.headers.get("date"), sentMs, Date.now());
  if (skew !== undefined) skewMs.set(skew);
  if (answer.status === 401 || answer.status === 403) return { is: "refused" };
  const info: unknown = await answer.json().catch(() => undefined);
  // A server of files says that there is none such, or gives its first page for everything.
  if (info === undefined && (answer.ok || answer.status === 404)) return { is: "none" };
  return { is: "admitted", who: whoIn(info) };
}

function whoIn(info: unknown): Who | undefined {
  if (typeof info !== "object" || info === null || !("principal" in info)) return undefined;
  const { principal } = info;
  if (typeof principal !== "object" || principal === null) return undefined;
  if (!("kind" in principal && "id" in principal)) return undefined;
  const { kind, id } = principal;
  return typeof kind === "string" && typeof id === "string" ? { kind, id } : undefined;
}

export const isSameWho = (one: Who | undefined, other: Who | undefined): boolean =>
  one?.kind === other?.kind && one?.id === other?.id;
