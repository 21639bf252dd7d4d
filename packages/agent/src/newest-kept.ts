/** Finds out what a gateway kept of a leased spool whose last request had no answer (ADR 15). */
import { decodeError } from "./answer.ts";
import { retryMs, wait } from "./ask.ts";
import type { Clock } from "./clock.ts";
import { memberOf } from "./member.ts";
import type { Gateway } from "./sender.ts";
import type { Spool } from "./spool.ts";

/** `ok: false`: to be asked again. */
export type NewestKept = { ok: true; number: number } | { ok: false; why: string };

const pageSize = 1_000;
/** Then there is nothing of it to be found, now or later. */
const nothingThere: ReadonlySet<string> = new Set(["position_beyond_head", "not_found", "forbidden"]);

/**
 * The number of the newest event of the spool that the gateway has. A newer epoch of the lease must be there: nothing of the
 * spool can be kept after it began, so that the answer stays right.
 */
export async function newestKept(spool: Spool, gateway: Gateway, signal: AbortSignal): Promise<NewestKept> {
  const { epoch, acknowledged, at = "earliest" } = spool.progress;
  const { channel, producer } = spool.about;
  const beginning = `${producer}.`;
  let newest = acknowledged;
  // In epoch 0 nothing was ever sent.
  if (epoch === 0) return { ok: true, number: newest };
  for (let since = at; ; ) {
    const page = await pageOf(gateway, channel, since, signal);
    if ("why" in page) return { ok: false, why: page.why };
    for (const event of page.events) {
      const id = memberOf(event, "id");
      const number = typeof id === "string" && id.startsWith(beginning) ? Number(id.slice(beginning.length)) : 0;
      if (Number.isSafeInteger(number)) newest = Math.max(newest, number);
      const begun = memberOf(event, "type") === "lease_held" ? memberOf(memberOf(event, "data"), "epoch") : undefined;
      if (typeof begun === "number" && begun > epoch) return { ok: true, number: newest };
    }
    if (page.next === undefined) return { ok: true, number: newest };
    since = page.next;
  }
}

/** The process of a leased spool ended: finds out what the gateway lacks, which is then sent under a name of its own. */
export async function unlease(
  spool: Spool,
  gateway: Gateway,
  { clock, random }: { clock: Clock; random: () => number },
  leave: AbortSignal,
): Promise<void> {
  for (let tries = 0; spool.progress.leased !== undefined && !leave.aborted; tries++) {
    const kept = await newestKept(spool, gateway, leave);
    if (!kept.ok) {
      await wait(clock, retryMs({ random }, tries), leave);
      continue;
    }
    spool.acknowledge(kept.number);
    spool.unlease();
  }
}

type Page = { events: readonly unknown[]; next: string | undefined } | { why: string };

async function pageOf(gateway: Gateway, channel: string, since: string, signal: AbortSignal): Promise<Page> {
  const query = new URLSearchParams({ since, limit: String(pageSize) });
  let body: unknown;
  let status: number;
  try {
    const response = await gateway.fetch(`/v1/channels/${encodeURIComponent(channel)}/events?${query}`, { signal });
    status = response.status;
    body = await response.json();
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
  const events = memberOf(body, "events");
  if (Array.isArray(events)) {
    const next = memberOf(body, "next");
    const epoch = memberOf(next, "epoch");
    const offset = memberOf(next, "offset");
    return { events, next: events.length > 0 && typeof epoch === "string" ? `${epoch}:${Number(offset)}` : undefined };
  }
  const error = decodeError(memberOf(body, "error"));
  if (error !== undefined && nothingThere.has(error.name)) return { events: [], next: undefined };
  return { why: error?.message ?? `HTTP ${status} without events` };
}
