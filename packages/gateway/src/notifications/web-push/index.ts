/** Web Push (RFC 8030, 8291, 8292): encrypted for one browser, and given to its push service. */
import webPush from "web-push";
import type { Carried, Carrier, Endpoint, Note } from "../carrier.ts";
import { carriedOf } from "../carrier.ts";
import { NotAllowed, type Outgoing } from "../outgoing.ts";

export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

export const newVapidKeys = (): VapidKeys => webPush.generateVAPIDKeys();

interface WebPushOptions {
  outgoing: Outgoing;
  /** Whom a push service writes to about these messages: mailto: or https:. */
  contact: string;
  keys(): VapidKeys | undefined;
  nowMs(): number;
}

/** A push service keeps it at most so long, whatever the deadline. */
const longestS = 28 * 86_400;
/** There is no such subscription any more. */
const goneStatuses: ReadonlySet<number> = new Set([404, 410]);

export class WebPushCarrier implements Carrier {
  readonly kind = "web-push";
  readonly #options: WebPushOptions;

  constructor(options: WebPushOptions) {
    this.#options = options;
  }

  async carry({ url, keys: subscriber }: Endpoint, note: Note): Promise<Carried> {
    const { outgoing, contact, keys, nowMs } = this.#options;
    const vapid = keys();
    if (vapid === undefined || subscriber === undefined) return { outcome: "failed", error: "there are no keys" };
    try {
      const leftS = Math.floor((note.untilMs - nowMs()) / 1_000);
      const { headers, body } = webPush.generateRequestDetails(
        { endpoint: url, keys: { ...subscriber } },
        JSON.stringify(payloadOf(note)),
        {
          vapidDetails: { subject: contact, ...vapid },
          TTL: Math.min(longestS, Math.max(0, leftS)),
          urgency: note.matter === "needs_you" ? "high" : "normal",
          // What was not delivered yet is replaced: a browser that wakes late hears the end of it only.
          topic: note.id.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 32),
        },
      );
      const { "Content-Length": _length, ...rest } = headers as Record<string, string | number>;
      const sent = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
      const answer = await outgoing.post({ url, headers: sent, body: body ?? Buffer.alloc(0) });
      if (goneStatuses.has(answer.status)) {
        return { outcome: "refused", status: answer.status, error: `answered ${answer.status}`, gone: true };
      }
      return carriedOf(answer);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: error instanceof NotAllowed ? "refused" : "failed", error: message };
    }
  }
}

/** What the service worker reads; the push services take at most 4,096 bytes of it, encrypted. */
function payloadOf(note: Note) {
  const { untilMs: _untilMs, outcome, ...rest } = note;
  return { v: 1, ...rest, ...(outcome === undefined ? {} : { outcome }) };
}
