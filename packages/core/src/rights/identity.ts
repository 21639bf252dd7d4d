/** Who a token speaks for, with everything that decides what it may do. */
import type { PrincipalInfo } from "@signalbox/protocol";
import type { Capability } from "./verbs.ts";

export interface Identity extends PrincipalInfo {
  /** From a verified token or a kept key only, never from a request. */
  readonly tenant?: string;
  /** Names of roles, looked up in the gateway's table. */
  readonly roles: readonly string[];
  readonly capabilities: readonly Capability[];
  /** The agent it may speak as, and no other. */
  readonly agentId?: string;
  /** When its token ends, milliseconds since 1970. */
  readonly expiresAtMs?: number;
  /** When its token was made, milliseconds since 1970. */
  readonly issuedAtMs?: number;
  /** Who made the token: the name of a configured issuer. */
  readonly issuer?: string;
  /** The token's own id (`jti`). */
  readonly tokenId?: string;
  /** The API key it came with. */
  readonly keyId?: string;
}

/** Text that tells any two principals apart: no id, kind or tenant can imitate another. For limits and look-ups. */
export const principalKey = ({ tenant, kind, id }: Pick<Identity, "tenant" | "kind" | "id">): string =>
  JSON.stringify(tenant === undefined ? [kind, id] : [kind, id, tenant]);
