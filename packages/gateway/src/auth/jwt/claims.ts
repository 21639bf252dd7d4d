/** What the payload of a verified token must be. Every claim has a type and a range, and no default. */
import type { Identity } from "@signalbox/core";
import type { JwtIssuerConfig } from "../../config/auth.ts";
import { type Grant, identityOf, readGrant } from "../grant.ts";

/** 31 December 9999: a later time is a mistake, in milliseconds for example. */
const latestS = 253_402_300_799;
const audiencesLimit = 64;

/** Of an expired token its sender is told so, that it may get another; of everything else only the log is. */
export type Checked = { ok: true; identity: Identity } | { ok: false; why: string; tell?: string };

const refuse = (why: string, tell?: string): Checked => ({ ok: false, why, ...(tell === undefined ? {} : { tell }) });

export function checkClaims(payload: unknown, config: JwtIssuerConfig, nowMs: number): Checked {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload))
    return refuse("the payload is no object");
  const claims = new Map<string, unknown>(Object.entries(payload));
  if (claims.get("iss") !== config.issuer) return refuse("iss is not the issuer's");
  if (!isFor(claims.get("aud"), config.audience)) return refuse("aud is not ours");

  const nowS = nowMs / 1_000;
  const leewayS = config.leewayS ?? 30;
  const exp = claims.get("exp");
  const iat = claims.get("iat");
  const nbf = claims.get("nbf");
  if (!isTime(exp)) return refuse("exp must be a time in seconds");
  if (!isTime(iat)) return refuse("iat must be a time in seconds");
  if (claims.has("nbf") && !isTime(nbf)) return refuse("nbf must be a time in seconds");
  if (exp <= iat) return refuse("exp is not after iat");
  if (exp <= nowS - leewayS) return refuse("exp is over", "this token has expired");
  if (iat > nowS + leewayS) return refuse("iat is in the future");
  if (isTime(nbf) && nbf > nowS + leewayS) return refuse("nbf is in the future", "this token is not valid yet");

  const jti = claims.get("jti");
  if (claims.has("jti") && !(typeof jti === "string" && jti.length >= 1 && jti.length <= 256)) {
    return refuse("jti must be 1 to 256 characters");
  }
  const name = config.claim ?? "signalbox";
  const none: Grant = { roles: config.defaultRoles ?? [], capabilities: [] };
  const grant = claims.has(name) ? readGrant(claims.get(name)) : none;
  if (typeof grant === "string") return refuse(`${name}: ${grant}`);
  const identity = identityOf(claims.get("sub"), grant, config);
  if (typeof identity === "string") return refuse(identity);
  return {
    ok: true,
    identity: {
      ...identity,
      issuer: config.issuer,
      issuedAtMs: Math.floor(iat * 1_000),
      expiresAtMs: Math.floor(exp * 1_000),
      ...(typeof jti === "string" ? { tokenId: jti } : {}),
    },
  };
}

const isTime = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= latestS;

function isFor(claimed: unknown, ours: string | readonly string[]): boolean {
  const wanted = typeof ours === "string" ? [ours] : ours;
  if (typeof claimed === "string") return wanted.includes(claimed);
  if (!Array.isArray(claimed) || claimed.length > audiencesLimit) return false;
  return claimed.every((one) => typeof one === "string") && claimed.some((one) => wanted.includes(one));
}
