/**
 * Somebody who has things done by a gateway that may be killed at any moment: asks again under the same id until the answer
 * is yes or no, and writes down each attempt before it and each answer after it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Invoke, Recorder } from "@signalbox/testkit/history";

export interface AskerOptions {
  recorder: Recorder;
  /** Unique among those who write to the recorder. */
  name: string;
  /** As the gateway calls the token's principal. */
  by: string;
  token: string;
  /** Without a path; may change when the gateway is started again. */
  url(): string;
  signal: AbortSignal;
  /** A point of the work is reached: whoever is to be killed there is. */
  reached(point: string): void;
  /** Something got its answer. */
  settled(): void;
  fetch?: typeof fetch;
}

export type Answer =
  | { did: "ok"; epoch?: string; offset?: number; duplicate?: boolean; body: unknown }
  | { did: "refused"; error: string; details: Record<string, unknown> };

export type Outcome = Answer | { did: "unknown"; why: string };

export type Wanted = Omit<Invoke, "what" | "attempt" | "by">;

export interface Response {
  status: number;
  body: Record<string, unknown>;
}

const againMs = 25;

export class Asker {
  readonly options: AskerOptions;
  #attempts = 0;

  constructor(options: AskerOptions) {
    this.options = options;
  }

  /** Throws when its signal ends it. */
  async settle(wanted: Wanted, send: () => Promise<Outcome>): Promise<Answer> {
    const { recorder, name, by, reached, settled } = this.options;
    for (;;) {
      const attempt = `${name}-${++this.#attempts}`;
      recorder.record({ what: "invoke", attempt, by, ...wanted });
      reached(`before ${wanted.op}`);
      const answering = send();
      reached(`sent ${wanted.op}`);
      const outcome = await answering;
      recorder.record(recordOf(attempt, outcome));
      reached(`answered ${wanted.op}`);
      if (outcome.did !== "unknown") {
        settled();
        return outcome;
      }
      await this.pause();
    }
  }

  /** Until the gateway is back. */
  pause(ms = againMs): Promise<void> {
    return pause(ms, undefined, { signal: this.options.signal });
  }

  /** `undefined`: no answer came. */
  async request(method: string, path: string, body?: unknown, key?: string): Promise<Response | undefined> {
    const { token, url, signal } = this.options;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    try {
      const answer = await (this.options.fetch ?? fetch)(url() + path, {
        ...{ method, signal, headers: key === undefined ? headers : { ...headers, "idempotency-key": key } },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    } catch {
      return undefined;
    }
  }

  /** Asks until there is an answer that is not temporary. */
  async read(path: string): Promise<Response> {
    for (;;) {
      const answer = await this.request("GET", path);
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) return answer;
      await this.pause();
    }
  }

  /** Publishes one event. */
  async publish(event: object): Promise<Outcome> {
    const answer = await this.request("POST", "/v1/events", [event]);
    const [result] = (answer?.body.results ?? []) as Array<Record<string, unknown>>;
    if (answer === undefined || result === undefined) return outcomeOf(answer);
    if (result.error !== undefined) return outcomeOf({ status: answer.status, body: result });
    return placed(result, result.duplicate === true, result);
  }
}

/** Of an answer of the HTTP API: a temporary error does not say whether it was done. */
export function outcomeOf(answer: Response | undefined): Outcome {
  if (answer === undefined) return { did: "unknown", why: "no answer" };
  const error = answer.body.error as
    | { name: string; temporary: boolean; details?: Record<string, unknown> }
    | undefined;
  if (error?.temporary) return { did: "unknown", why: error.name };
  if (error !== undefined) return { did: "refused", error: error.name, details: error.details ?? {} };
  return placed((answer.body.position ?? {}) as Record<string, unknown>, undefined, answer.body);
}

export function placed(
  { epoch, offset }: Record<string, unknown>,
  duplicate: boolean | undefined,
  body: unknown,
): Outcome {
  return {
    did: "ok",
    ...(typeof epoch === "string" && typeof offset === "number" ? { epoch, offset } : {}),
    ...(duplicate === undefined ? {} : { duplicate }),
    body,
  };
}

function recordOf(attempt: string, outcome: Outcome) {
  if (outcome.did === "unknown") return { what: "unknown", attempt, why: outcome.why } as const;
  if (outcome.did === "refused") {
    return { what: "refused", attempt, error: outcome.error, details: outcome.details } as const;
  }
  const { did: _did, body: _body, ...where } = outcome;
  return { what: "ok", attempt, ...where } as const;
}
