/** What an application says about its user: a subject, when its session began and ends, and a grant as in a token. */
import type { Identity } from "@signalbox/core";
import { identityOf, readGrant, type TenantRule } from "../grant.ts";

/** 31 December 9999. */
const latestS = 253_402_300_799;

export type Rule = TenantRule & { subjectPrefix?: string };

/** `undefined` if any of it is not what it must be, or it is over. */
export function readSaid(value: unknown, rule: Rule, nowMs: number, mustEnd: boolean): Identity | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { sub, exp, iat, ...granted }: { sub?: unknown; exp?: unknown; iat?: unknown } = value;
  if (exp === undefined ? mustEnd : !isTime(exp)) return undefined;
  if (iat !== undefined && !isTime(iat)) return undefined;
  if (typeof exp === "number" && exp * 1_000 <= nowMs) return undefined;
  const grant = readGrant(granted);
  if (typeof grant === "string") return undefined;
  const identity = identityOf(sub, grant, rule);
  if (typeof identity === "string") return undefined;
  return {
    ...identity,
    ...(isTime(iat) ? { issuedAtMs: Math.floor(iat * 1_000) } : {}),
    ...(isTime(exp) ? { expiresAtMs: Math.floor(exp * 1_000) } : {}),
  };
}

const isTime = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= latestS;
