/** A key: what is kept of it, and what is shown. */
import { createHash, randomBytes } from "node:crypto";
import type { Identity } from "@signalbox/core";
import { type Grant, identityOf, readGrant } from "../grant.ts";
import type { KeyInfo } from "../key-desk.ts";

/** What is kept. The secret is not. */
export interface KeptKey {
  id: string;
  /** What people call it. */
  name: string;
  /** SHA-256 of the secret, hexadecimal. The secret is 256 random bits: a slow hash would add nothing. */
  hash: string;
  subject: string;
  grant: Grant;
  createdAtMs: number;
  expiresAtMs?: number;
  revokedAtMs?: number;
}

export const prefix = "sbk_";
const idLength = 12;
/** 43 of 62 characters hold 256 bits. */
const secretLength = 43;
const form = /^sbk_([0-9a-z]{12})_([0-9A-Za-z]{43})$/;
const lowerCase = "0123456789abcdefghijklmnopqrstuvwxyz";
const anyCase = `${lowerCase}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;

export const newId = (): string => randomText(lowerCase, idLength);
export const newSecret = (): string => randomText(anyCase, secretLength);
export const tokenOf = (id: string, secret: string): string => `${prefix}${id}_${secret}`;
export const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

export function readToken(token: string): { id: string; secret: string } | undefined {
  const [, id, secret] = form.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** A key of the file decides its own tenant: only the owner of the data directory can write there. */
export function identityOfKey({ id, subject, grant, createdAtMs, expiresAtMs }: KeptKey): Identity | string {
  const kind = grant.kind ?? (grant.agentId === undefined ? "service" : "agent");
  const identity = identityOf(subject, { ...grant, kind }, { tenants: "any" });
  if (typeof identity === "string") return identity;
  return { ...identity, keyId: id, issuedAtMs: createdAtMs, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
}

export function infoOf(key: KeptKey): KeyInfo {
  const { id, name, subject, grant, createdAtMs, expiresAtMs, revokedAtMs } = key;
  const { roles, capabilities, tenant, agentId } = grant;
  return {
    id,
    prefix: `${prefix}${id}_`,
    name,
    subject,
    kind: grant.kind ?? (agentId === undefined ? "service" : "agent"),
    roles,
    capabilities,
    ...(tenant === undefined ? {} : { tenant }),
    ...(agentId === undefined ? {} : { agentId }),
    createdAtMs,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(revokedAtMs === undefined ? {} : { revokedAtMs }),
  };
}

/** A key as the file has it; `undefined` if it is not one. */
export function readKey(value: unknown): KeptKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const {
    id,
    name,
    hash,
    subject,
    grant,
    createdAtMs,
    expiresAtMs,
    revokedAtMs,
  }: Partial<Record<keyof KeptKey, unknown>> = value;
  if (typeof id !== "string" || !/^[0-9a-z]{12}$/.test(id) || typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash))
    return undefined;
  if (typeof name !== "string" || typeof subject !== "string" || !isTime(createdAtMs)) return undefined;
  if ((expiresAtMs !== undefined && !isTime(expiresAtMs)) || (revokedAtMs !== undefined && !isTime(revokedAtMs)))
    return undefined;
  const read = readGrant(fromFile(grant));
  if (typeof read === "string") return undefined;
  const key: KeptKey = { id, name, hash, subject, grant: read, createdAtMs };
  if (expiresAtMs !== undefined) key.expiresAtMs = expiresAtMs;
  if (revokedAtMs !== undefined) key.revokedAtMs = revokedAtMs;
  return typeof identityOfKey(key) === "string" ? undefined : key;
}

/** A grant has `roles`, and is read from `role` as in tokens. */
function fromFile(grant: unknown): unknown {
  if (typeof grant !== "object" || grant === null || !("roles" in grant)) return grant;
  const { roles, ...rest } = grant;
  return { ...rest, role: roles };
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Each character is as likely as any other: numbers that would favour some are drawn again. */
function randomText(characters: string, length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      const character = characters[byte & 63];
      if (character !== undefined && text.length < length) text += character;
    }
  }
  return text;
}
