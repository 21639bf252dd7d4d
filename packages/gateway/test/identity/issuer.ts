/** An issuer whose tokens a test's gateway takes, and what the tests' tokens say. */
import type { Capability, Verb } from "@signalbox/core";
import type { ConfigFlags } from "../../src/index.ts";
import { ecPair, rsaPair, token } from "../auth/support/signing.ts";

export const rsa = rsaPair();
export const ec = ecPair();
export const secret = "test-secret-".repeat(4);
const issuer = "https://id.example.test";
const audience = "signalbox";

/** Ends and beats come quickly. */
export const withIssuer: ConfigFlags = {
  jwt: [
    {
      issuer,
      audience,
      leewayS: 0,
      tenants: "any",
      keys: [
        { kid: "hs", alg: "HS256", secret },
        { kid: "rsa", alg: "RS256", pem: rsa.pem },
        { kid: "ec", alg: "ES256", pem: ec.pem },
      ],
    },
  ],
  limits: { heartbeatMs: 1_000, graceMs: 200 },
};

/** Whole seconds since 1970, so many from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

export interface Says {
  sub?: string;
  /** Seconds since 1970. */
  exp?: number;
  jti?: string;
  tenant?: string;
  role?: string;
  can?: Capability[];
  agentId?: string;
}

export function claims({
  sub = "ada",
  exp = inSeconds(3_600),
  jti,
  can,
  ...grant
}: Says = {}): Record<string, unknown> {
  const signalbox = { ...grant, ...(can === undefined ? {} : { capabilities: can }) };
  return { iss: issuer, aud: audience, iat: inSeconds(0), exp, sub, ...(jti === undefined ? {} : { jti }), signalbox };
}

export const jwt = (says: Says = {}): string => token({ alg: "HS256", kid: "hs", typ: "JWT" }, claims(says), secret);

export const may = (channels: string, ...verbs: Verb[]): Capability => ({ channels, verbs });

export const bearer = (text: string): { authorization: string } => ({ authorization: `Bearer ${text}` });
