/** Requests to the gateway that may be asked again: what comes of one is a value, and none takes for ever. */
import { type Client, GatewayError, type Problem } from "@signalbox/client";
import type { Clock } from "./clock.ts";

export type Asked = { ok: true; answer: unknown } | { ok: false; problem: Problem };

export interface Question {
  path: string;
  method?: string;
  body?: unknown;
  /** No answer in this time counts as none. */
  withinMs: number;
}

export interface Asker {
  client: Pick<Client, "request">;
  clock: Clock;
  /** 0 ≤ x < 1. */
  random: () => number;
}

/** A gateway that answers nothing for this long counts as away. */
export const answerMs = 30_000;
const backoff = { minMs: 500, maxMs: 20_000 };

/** Between half a second and 20 seconds, more with each try in a row, at random. */
export function retryMs({ random }: Pick<Asker, "random">, tries: number, problem?: Problem): number {
  const ceiling = Math.min(backoff.maxMs, backoff.minMs * 2 ** tries);
  const asked = Number(problem?.details?.retryAfterMs);
  const leastMs = asked > 0 ? Math.min(asked, 60_000) : 0;
  return Math.max(leastMs, backoff.minMs + random() * (ceiling - backoff.minMs));
}

/** One that is refused for good is asked again so seldom. */
export const refusedMs = backoff.maxMs;

export async function ask(
  { client, clock }: Asker,
  { path, method, body, withinMs }: Question,
  stop: AbortSignal,
): Promise<Asked> {
  const late = new AbortController();
  const cancel = clock.timer(withinMs, () => late.abort());
  try {
    const answer: unknown = await client.request(path, {
      signal: AbortSignal.any([late.signal, stop]),
      ...(method === undefined ? {} : { method }),
      ...(body === undefined ? {} : { body }),
    });
    return { ok: true, answer };
  } catch (error) {
    return { ok: false, problem: problemOf(error, late.signal.aborted ? `no answer in ${withinMs} ms` : undefined) };
  } finally {
    cancel();
  }
}

/** Resolves after `ms`, or when `stop` fires. */
export function wait(clock: Clock, ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      stop.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.timer(ms, end);
    stop.addEventListener("abort", end);
  });
}

function problemOf(error: unknown, late: string | undefined): Problem {
  if (error instanceof GatewayError) {
    const { name, number, message, temporary, help, details } = error;
    return { name, number, message, temporary, help, ...(details === undefined ? {} : { details }) };
  }
  const message = late ?? (error instanceof Error ? error.message : String(error));
  return { name: "unreachable", number: 0, message, temporary: true, help: "Is the gateway running?" };
}
