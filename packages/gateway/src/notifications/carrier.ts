/** What a way of telling people can do; the folders beside this file are such ways. */
import type { Identity, Matter } from "@signalbox/core";

/** Where somebody is told. */
export interface Endpoint {
  readonly id: string;
  readonly kind: string;
  /** Whose it is, as its token said when it was last renewed. */
  readonly owner: Identity;
  readonly url: string;
  readonly label?: string;
  readonly notify: readonly Matter[];
  readonly delayMs: number;
  /** Milliseconds since 1970, as all times here. */
  readonly createdMs: number;
  readonly renewedMs: number;
  readonly paused?: true;
  /** Of a browser. */
  readonly keys?: { readonly p256dh: string; readonly auth: string };
  /** Of a webhook: the newest first. */
  readonly secrets?: ReadonlyArray<{ readonly secret: string; readonly untilMs?: number }>;
}

export interface Note {
  /** The same for what is said and for what takes it back. */
  readonly id: string;
  readonly what: "opened" | "withdrawn" | "test";
  readonly matter: Matter;
  readonly title: string;
  /** A few words more. */
  readonly text: string;
  readonly channel: string;
  /** When nobody needs it any more. */
  readonly untilMs: number;
  readonly checkpointId?: string;
  readonly agentId?: string;
  readonly askedBy?: string;
  readonly risk?: string;
  readonly deadline?: number;
  /** Why it is over. */
  readonly outcome?: string;
  /** Below the gateway's address, without a slash in front. */
  readonly links: { readonly open: string; readonly approve?: string; readonly deny?: string };
}

export interface Carried {
  outcome: "taken" | "failed" | "refused";
  status?: number;
  error?: string;
  /** There is no such endpoint any more. */
  gone?: true;
}

export interface Carrier {
  readonly kind: string;
  /** Never rejects. */
  carry(endpoint: Endpoint, note: Note): Promise<Carried>;
}

/** What an answer of the other side means. */
export function carriedOf({ status }: { status: number }): Carried {
  if (status >= 200 && status < 300) return { outcome: "taken", status };
  if (status >= 300 && status < 400) {
    return { outcome: "refused", status, error: `answered ${status}: redirects are not followed` };
  }
  return { outcome: "failed", status, error: `answered ${status}` };
}
