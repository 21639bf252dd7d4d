/** Webhooks: a signed POST of JSON to an address that somebody named. */
import type { Carried, Carrier, Endpoint, Note } from "../carrier.ts";
import { carriedOf } from "../carrier.ts";
import { NotAllowed, type Outgoing } from "../outgoing.ts";
import { signatures } from "./signature.ts";

export { newSecret } from "./signature.ts";

interface WebhookOptions {
  outgoing: Outgoing;
  /** Where people find this gateway, without a slash at the end. */
  publicUrl(): string;
  nowMs(): number;
}

const goneStatus = 410;

export class WebhookCarrier implements Carrier {
  readonly kind = "webhook";
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  async carry({ url, secrets = [] }: Endpoint, note: Note): Promise<Carried> {
    const { outgoing, publicUrl, nowMs } = this.#options;
    const now = nowMs();
    // What takes it back is another message to whoever looks for replays; data.id ties the two together.
    const id = note.what === "withdrawn" ? `${note.id}.withdrawn` : note.id;
    const timestampS = Math.floor(now / 1_000);
    const body = JSON.stringify(bodyOf(note, publicUrl(), now));
    const live = secrets.filter(({ untilMs }) => untilMs === undefined || untilMs > now).map(({ secret }) => secret);
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestampS),
      "webhook-signature": signatures(live, id, timestampS, body),
    };
    try {
      const answer = await outgoing.post({ url, headers, body: Buffer.from(body) });
      if (answer.status === goneStatus)
        return { outcome: "refused", status: goneStatus, error: "answered 410", gone: true };
      return carriedOf(answer);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: error instanceof NotAllowed ? "refused" : "failed", error: message };
    }
  }
}

const typeOf = ({ what, matter }: Note): string => {
  if (what === "test") return "test";
  return `${matter === "needs_you" ? "checkpoint" : "trouble"}.${what}`;
};

function bodyOf(note: Note, base: string, nowMs: number) {
  const { what: _what, matter, links, untilMs: _untilMs, text, ...about } = note;
  const absolute = Object.fromEntries(Object.entries(links).map(([name, path]) => [name, `${base}/${path}`]));
  return {
    type: typeOf(note),
    timestamp: new Date(nowMs).toISOString(),
    data: { ...about, text, notify: matter, links: absolute },
  };
}
