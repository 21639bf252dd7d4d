/** Tokens of several people, as an issuer that the gateway was told of would make them. */
import { createHmac } from "node:crypto";

const secret = "only-for-these-tests-".repeat(3);

/** For `jwt` of the gateway's configuration. */
export const issuer = { issuer: "https://id.test", audience: "signalbox", keys: [{ alg: "HS256" as const, secret }] };

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Valid for an hour unless said otherwise; `grants` says what for, such as `{role: "approver"}`. */
export function tokenOf(sub: string, grants: Record<string, unknown>, lastsS = 3_600): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer.issuer, aud: issuer.audience, sub, iat, exp: iat + lastsS, signalbox: grants };
  const text = `${base64url({ alg: "HS256" })}.${base64url(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
