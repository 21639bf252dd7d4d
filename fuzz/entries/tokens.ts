/** JSON Web Tokens and API keys: who is let in is who should be. */
import { ok, strictEqual } from "node:assert";
import { type Failure, hasFailed, type Identity } from "@signalbox/core";
import fc from "fast-check";
import { ApiKeys } from "../../packages/gateway/src/auth/api-keys/index.ts";
import { hashOf, type KeptKey, tokenOf } from "../../packages/gateway/src/auth/api-keys/key.ts";
import type { IdentityAuthenticator } from "../../packages/gateway/src/auth/identity-authenticator.ts";
import { jwtAuthenticator } from "../../packages/gateway/src/auth/jwt/index.ts";
import { bearerToken, offeredProtocols } from "../../packages/gateway/src/auth/tokens.ts";
import { sharedEntry } from "../entry.ts";
import { mutated, oddTexts } from "../inputs/text.ts";
import { algorithms, brokenToken, ecPem, edPem, issuer, nowS, secret, tokenCase } from "../inputs/tokens.ts";
import { claimsByRule } from "../reference/claims.ts";

const nowMs = nowS * 1_000;
const rules = { issuer, audience: ["signalbox"], leewayS: 30, tenants: ["acme"], subjectPrefix: "idp:" };

/** Keys that work, one that is over and one that was revoked. */
const keys: readonly KeptKey[] = ["alive", "over", "gone"].map((name, index) => ({
  id: `k${index}`.padEnd(12, "0"),
  name,
  hash: hashOf(keySecret(index)).toString("hex"),
  subject: `key-${index}`,
  grant: { roles: ["viewer"], capabilities: [] },
  createdAtMs: 0,
  ...(name === "over" ? { expiresAtMs: nowMs } : {}),
  ...(name === "gone" ? { revokedAtMs: nowMs - 1 } : {}),
}));

function keySecret(index: number): string {
  return `${index}`.repeat(43);
}

const keyTokens = keys.map(({ id }, index) => tokenOf(id, keySecret(index)));
const keyToken = mutated(fc.constantFrom(...keyTokens), ["sbk_", "_", "0", "k"]);
const header = mutated(
  fc.constantFrom(
    "Bearer abc",
    "bearer abc",
    "Bearer  a.b-c",
    "signalbox.v1, signalbox.token.abc",
    "signalbox.token64.YWJj",
    "a,b",
  ),
  ["Bearer ", ",", " ", "signalbox.token.", "signalbox.token64."],
);

interface Case {
  jwt: { header: Record<string, unknown>; claims: unknown; by: string; token: string };
  broken: { right: string; token: string };
  key: string;
  header: string;
  address: string;
}

export const tokens = sharedEntry<Case>({
  name: "tokens",
  about: "JSON Web Tokens, API keys and the headers that carry them, against plain rules",
  parsers: [
    "packages/gateway/src/auth/jwt/index.ts",
    "packages/gateway/src/auth/jwt/claims.ts",
    "packages/gateway/src/auth/grant.ts",
    "packages/gateway/src/auth/api-keys/index.ts",
    "packages/gateway/src/auth/api-keys/key.ts",
    "packages/gateway/src/auth/tokens.ts",
  ],
  // The authenticator verifies at most 256 tokens at once.
  batch: 100,
  cases: fc.record({
    jwt: tokenCase,
    broken: brokenToken,
    key: keyToken,
    header,
    address: fc.constantFrom(...oddTexts),
  }),
  open: async () => {
    const jwt = jwtAuthenticator(
      [
        {
          issuer,
          audience: "signalbox",
          tenants: [...rules.tenants],
          subjectPrefix: rules.subjectPrefix,
          keys: [
            { kid: "h", alg: "HS256", secret },
            { kid: "e", alg: "ES256", pem: ecPem },
            { kid: "d", alg: "EdDSA", pem: edPem },
          ],
        },
      ],
      { nowMs: () => nowMs },
    );
    const apiKeys = new ApiKeys({
      store: {
        find: (id) => keys.find((key) => key.id === id),
        all: () => keys,
        update: () => Promise.reject(new Error("nothing is changed here")),
        refresh: () => {},
        onChange: () => () => {},
        close: () => {},
      },
      nowMs: () => nowMs,
    });
    return {
      judge: async (batch) => {
        await Promise.all(batch.map((one) => tryOne(jwt, apiKeys, one)));
      },
      close: async () => {},
    };
  },
});

async function tryOne(jwt: IdentityAuthenticator, apiKeys: ApiKeys, one: Case): Promise<void> {
  const { header, claims, by, token } = one.jwt;
  const [signed, broken, key] = await Promise.all([
    answerOf(jwt, token, one.address),
    answerOf(jwt, one.broken.token, one.address),
    answerOf(apiKeys, one.key, one.address),
  ]);
  const due = by === "right" && isHeaderByRule(header) && claimsByRule(claims, rules, nowS);
  strictEqual(!hasFailed(signed), due, `let in: ${JSON.stringify(signed)}`);
  if (!hasFailed(signed)) strictEqual(signed.id, `${rules.subjectPrefix}${Object(claims).sub}`, "speaks for sub");
  strictEqual(!hasFailed(broken), isSameToken(one.broken.token, one.broken.right), "a changed token");
  strictEqual(!hasFailed(key), one.key === keyTokens[0], "an API key");
  for (const answer of [signed, broken, key]) checkFailure(answer);
  checkHeaders(one.header);
}

const answerOf = (by: IdentityAuthenticator, token: string, address: string): Promise<Identity | Failure> =>
  new Promise((resolve) => {
    by.recognises(token);
    by.authenticate(token, resolve, { address });
  });

function checkFailure(answer: Identity | Failure): void {
  if (!hasFailed(answer)) return;
  ok(["unauthenticated", "rate_limited"].includes(answer.failed), answer.failed);
  ok(
    [
      "this token is not known here",
      "this token has expired",
      "this token is not valid yet",
      "too many wrong keys",
    ].includes(answer.message),
    answer.message,
  );
}

/** Of the header only what chooses a key, and nothing that asks for more. */
function isHeaderByRule(header: Record<string, unknown>): boolean {
  const { alg, kid, typ } = header;
  const knownType =
    !("typ" in header) || ["jwt", "at+jwt"].some((one) => typeof typ === "string" && one === typ.toLowerCase());
  return (
    typeof kid === "string" &&
    Object.keys(algorithms).includes(kid) &&
    algorithms[kid] === alg &&
    knownType &&
    !("crit" in header) &&
    !("b64" in header)
  );
}

/** The same signed bytes; base64 has more than one spelling of a signature's last bits. */
function isSameToken(token: string, right: string): boolean {
  const [head, body, signature = ""] = token.split(".");
  const [rightHead, rightBody, rightSignature = ""] = right.split(".");
  const bytes = (text: string): string => Buffer.from(text, "base64url").toString("hex");
  return (
    head === rightHead &&
    body === rightBody &&
    token.split(".").length === 3 &&
    /^[A-Za-z0-9_-]*$/.test(signature) &&
    bytes(signature) === bytes(rightSignature)
  );
}

/** What is found as a token is a part of what was sent, and prints. */
function checkHeaders(text: string): void {
  const bearer = bearerToken({ authorization: text });
  const parts = text.split(" ").filter((part) => part !== "");
  const isBearer =
    parts.length === 2 &&
    parts[0]?.toLowerCase() === "bearer" &&
    text.endsWith(parts[1] ?? "") &&
    !text.startsWith(" ");
  const proper = isBearer && [...(parts[1] ?? "")].every((one) => one > " " && one <= "~");
  strictEqual("token" in bearer ? bearer.token : undefined, proper ? parts[1] : undefined, "bearerToken");
  const { names, found } = offeredProtocols({ "sec-websocket-protocol": text });
  const given = names.find((name) => name.startsWith("signalbox.token."));
  if (given !== undefined)
    strictEqual("token" in found && found.token, given.slice("signalbox.token.".length), "offeredProtocols");
}
