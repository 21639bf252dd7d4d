/** Where keys are made, listed and revoked. */
import type { Capability, Identity } from "@signalbox/core";

/** What a new key may do, in the words of a token's claim. */
export interface NewKey {
  /** What people call it: 1 to 100 characters. */
  name: string;
  /** Whom it speaks for; `key:ID` if absent. */
  subject?: string;
  kind?: Identity["kind"];
  role?: string | readonly string[];
  capabilities?: ReadonlyArray<{ channels: string; verbs: readonly string[]; commands?: readonly string[] }>;
  tenant?: string;
  agentId?: string;
  /** Milliseconds since 1970. */
  expiresAtMs?: number;
}

/** What is shown: everything but the hash. */
export interface KeyInfo {
  id: string;
  /** `sbk_ID_`, by which people know it again. */
  prefix: string;
  name: string;
  subject: string;
  kind: Identity["kind"];
  roles: readonly string[];
  capabilities: readonly Capability[];
  tenant?: string;
  agentId?: string;
  createdAtMs: number;
  expiresAtMs?: number;
  revokedAtMs?: number;
}

export interface KeyDesk {
  /** The token is given here and never again. Throws RangeError for a scope that is wrong; rejects when it cannot be kept. */
  create(key: NewKey): Promise<{ token: string; key: KeyInfo }>;
  /** Those that work and those that did, oldest first. No secrets, no hashes. */
  list(): KeyInfo[];
  /** By id. False: there is no such key, or it was revoked before. */
  revoke(id: string): Promise<boolean>;
}
