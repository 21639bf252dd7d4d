/**
 * For receivers of webhooks: is this message from whoever knows the secret, new, and as it was sent? As Standard Webhooks has it:
 * HMAC-SHA256 over `id.timestamp.body`, the body as its bytes came.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface VerifyOptions {
  /** Milliseconds since 1970. */
  nowMs?: number;
  /** Of everything that one receiver gets: what came before is refused. Without it, only what is older than 5 minutes is. */
  seen?: SeenWebhooks;
}

export type Verified =
  | { ok: true; id: string; timestampMs: number }
  | { ok: false; why: "header" | "timestamp" | "signature" | "replay"; message: string };

/** Clocks may differ by so much; what is older may be replayed. */
const toleranceMs = 300_000;
/** Signatures that are looked at. */
const mostSignatures = 16;
const prefix = "whsec_";

/** Ids that came, for as long as they could come again. */
export class SeenWebhooks {
  readonly #untilMs = new Map<string, number>();
  readonly #most: number;

  /** `most`: the oldest are forgotten beyond. */
  constructor(most = 10_000) {
    this.#most = most;
  }

  /** False: it came before. */
  first(id: string, nowMs: number): boolean {
    for (const [old, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) break;
      this.#untilMs.delete(old);
    }
    if (this.#untilMs.has(id)) return false;
    const [oldest] = this.#untilMs.keys();
    if (this.#untilMs.size >= this.#most && oldest !== undefined) this.#untilMs.delete(oldest);
    // Its timestamp may lie ahead by as much as it may lie behind.
    this.#untilMs.set(id, nowMs + 2 * toleranceMs);
    return true;
  }
}

/** `secrets`: one, or while it is changed both. Throws for a secret that is none; never for what was received. */
export function verifyWebhook(
  secrets: string | readonly string[],
  headers: Readonly<Record<string, string | readonly string[] | undefined>> | Headers,
  rawBody: string | Uint8Array,
  { nowMs = Date.now(), seen }: VerifyOptions = {},
): Verified {
  const keys = (typeof secrets === "string" ? [secrets] : secrets).map(keyOf);
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature");
  if (id === undefined || timestamp === undefined || signatures === undefined) {
    return refuse("header", "webhook-id, webhook-timestamp and webhook-signature have to be there, once each");
  }
  if (!/^[0-9]{1,12}$/.test(timestamp)) return refuse("timestamp", "webhook-timestamp is no time");
  const timestampMs = Number(timestamp) * 1_000;
  if (Math.abs(nowMs - timestampMs) > toleranceMs) {
    return refuse("timestamp", `it was sent ${timestampMs < nowMs ? "more than 5 minutes ago" : "in the future"}`);
  }
  const given = signatures
    .split(" ")
    .slice(0, mostSignatures)
    .filter((one) => one.startsWith("v1,"))
    .map((one) => Buffer.from(one.slice(3), "base64"));
  const isRight = keys.some((key) => {
    const right = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(rawBody).digest();
    return given.some((one) => one.length === right.length && timingSafeEqual(one, right));
  });
  if (!isRight) return refuse("signature", "nobody who knows the secret sent this");
  if (seen?.first(id, nowMs) === false) return refuse("replay", `${id} came before`);
  return { ok: true, id, timestampMs };
}

function keyOf(secret: string): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  const key = Buffer.from(text, "base64");
  // A secret that was not set would be one that everybody knows.
  if (key.length < 16) throw new RangeError("a webhook's secret is whsec_ and at least 16 bytes in base64");
  return key;
}

function headerOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>> | Headers,
  name: string,
): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return typeof entry?.[1] === "string" ? entry[1] : undefined;
}

const refuse = (why: Exclude<Verified, { ok: true }>["why"], message: string): Verified => ({
  ok: false,
  why,
  message,
});
