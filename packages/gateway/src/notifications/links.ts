/** Links that decide: each for one decision of one person about one payload, until one time, and once. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface Link {
  readonly tenant?: string;
  readonly checkpointId: string;
  /** Of what was to be decided when it was made. */
  readonly payloadHash: string;
  readonly decision: "approve" | "deny";
  /** The endpoint that it was sent to: it is decided as its owner. */
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
}

/** However late the deadline is. */
export const longestLinkMs = 86_400_000;
const tokenForm = /^([A-Za-z0-9_-]{1,600})\.([A-Za-z0-9_-]{43})$/;

const sign = (secret: string, body: string): Buffer =>
  createHmac("sha256", Buffer.from(secret, "base64url")).update(`signalbox-link.${body}`).digest();

export function linkToken(secret: string, link: Link): string {
  const { tenant = null, checkpointId, payloadHash, decision, to, untilMs } = link;
  const body = Buffer.from(JSON.stringify([tenant, checkpointId, payloadHash, decision, to, untilMs])).toString(
    "base64url",
  );
  return `${body}.${sign(secret, body).toString("base64url")}`;
}

/** `undefined`: nobody here made it. Whether its time is over is the caller's to see. */
export function readLink(secret: string, token: string): Link | undefined {
  const [, body = "", signature = ""] = tokenForm.exec(token) ?? [];
  const given = Buffer.from(signature, "base64url");
  const right = sign(secret, body);
  // Compared whatever the form was, so that nothing can be timed.
  const matches = given.length === right.length && timingSafeEqual(given, right);
  if (!matches) return undefined;
  const [tenant, checkpointId, payloadHash, decision, to, untilMs] = JSON.parse(
    Buffer.from(body, "base64url").toString("utf8"),
  ) as [string | null, string, string, Link["decision"], string, number];
  return { ...(tenant === null ? {} : { tenant }), checkpointId, payloadHash, decision, to, untilMs };
}

/** Under which a used link is remembered: nobody can use what is kept. */
export const hashOfLink = (token: string): string => createHash("sha256").update(token).digest("base64url");
