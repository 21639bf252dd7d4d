import { hasFailed } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import { jwtAuthenticator } from "../../../src/auth/jwt/index.ts";
import type { JwtIssuerConfig } from "../../../src/config/auth.ts";
import { answerOf, ask } from "../support/answers.ts";
import { token } from "../support/signing.ts";

const secret = "a secret of thirty-two bytes or more";
const now = 1_800_000_000;
const issuer = "https://id.example.org";
const base = { iss: issuer, aud: "signalbox", sub: "ada", iat: now, exp: now + 600 };
const open = (more: Partial<JwtIssuerConfig> = {}) =>
  jwtAuthenticator([{ issuer, audience: ["signalbox", "other"], keys: [{ alg: "HS256", secret }], ...more }], {
    nowMs: () => now * 1_000,
  });
const gate = open();
const made = (changes: Record<string, unknown> | string) =>
  token({ alg: "HS256" }, typeof changes === "string" ? changes : { ...base, ...changes }, secret);
const without = (name: keyof typeof base) => made({ [name]: undefined });
/** As text, for numbers that JSON.stringify would not write. */
const raw = (name: string, value: string) =>
  made(JSON.stringify({ ...base, [name]: 0 }).replace(new RegExp(`"${name}":0`), `"${name}":${value}`));

describe("A6 claims have a type and a range", () => {
  const good: Array<[string, string]> = [
    ["as they should be", made({})],
    ["exp a second ahead", made({ exp: now + 1 })],
    ["exp over, within the leeway", made({ iat: now - 100, exp: now - 29 })],
    ["exp with a fraction", made({ exp: now + 0.5 })],
    ["iat ahead, within the leeway", made({ iat: now + 30 })],
    ["nbf now", made({ nbf: now })],
    ["nbf ahead, within the leeway", made({ nbf: now + 30 })],
    ["aud a list with ours", made({ aud: ["x", "signalbox"] })],
    ["aud another of ours", made({ aud: "other" })],
    ["jti a text", made({ jti: "t1" })],
    ["a claim we do not know", made({ scope: "openid", nonce: 1 })],
    ["sub with signs", made({ sub: "auth0|5f7c8ec7c33c6c004bbafe82" })],
  ];
  test.each(good)("accepted: %s", async (_name, given) => {
    expect(await answerOf(gate, given)).toMatchObject({ kind: "user" });
  });

  const bad: Array<[string, string]> = [
    ["exp missing", without("exp")],
    ["exp over", made({ iat: now - 100, exp: now - 30 })],
    ["exp long over", made({ iat: 1, exp: 2 })],
    ["exp a text", made({ exp: String(now + 600) })],
    ["exp null", made({ exp: null })],
    ["exp NaN", raw("exp", "NaN")],
    ["exp 1e308", raw("exp", "1e308")],
    ["exp 1e999", raw("exp", "1e999")],
    ["exp negative", made({ exp: -1 })],
    ["exp minus infinity", raw("exp", "-1e999")],
    ["exp zero", made({ exp: 0 })],
    ["exp true", made({ exp: true })],
    ["exp a list", made({ exp: [now + 600] })],
    ["exp an object", made({ exp: { value: now + 600 } })],
    ["exp in milliseconds", made({ exp: (now + 600) * 1_000 })],
    ["exp a date's text", made({ exp: "2099-01-01T00:00:00Z" })],
    ["exp before iat", made({ iat: now + 20, exp: now + 10 })],
    ["exp equal to iat", made({ exp: now, iat: now })],
    ["iat missing", without("iat")],
    ["iat in the future", made({ iat: now + 31 })],
    ["iat a text", made({ iat: String(now) })],
    ["iat null", made({ iat: null })],
    ["iat negative", made({ iat: -1 })],
    ["iat 1e308", raw("iat", "1e308")],
    ["nbf in the future", made({ nbf: now + 31 })],
    ["nbf a text", made({ nbf: String(now) })],
    ["nbf null", made({ nbf: null })],
    ["nbf negative", made({ nbf: -1 })],
    ["nbf 1e308", raw("nbf", "1e308")],
    ["nbf a list", made({ nbf: [now] })],
    ["aud missing", without("aud")],
    ["aud of somebody else", made({ aud: "dashboard" })],
    ["aud a part of ours", made({ aud: "signal" })],
    ["aud in another case", made({ aud: "Signalbox" })],
    ["aud with a space", made({ aud: "signalbox " })],
    ["aud several in a text", made({ aud: "signalbox other" })],
    ["aud an empty list", made({ aud: [] })],
    ["aud an empty text", made({ aud: "" })],
    ["aud null", made({ aud: null })],
    ["aud a list with a number", made({ aud: ["signalbox", 1] })],
    ["aud a list in a list", made({ aud: [["signalbox"]] })],
    ["aud an object", made({ aud: { 0: "signalbox", length: 1 } })],
    ["aud true", made({ aud: true })],
    ["aud sixty-five", made({ aud: ["signalbox", ...Array.from({ length: 64 }, (_, i) => `a${i}`)] })],
    ["iss missing", without("iss")],
    ["iss of somebody else", made({ iss: "https://evil.example.org" })],
    ["iss with a slash more", made({ iss: `${issuer}/` })],
    ["iss in another case", made({ iss: issuer.toUpperCase() })],
    ["iss a list", made({ iss: [issuer] })],
    ["iss null", made({ iss: null })],
    ["iss a number", made({ iss: 1 })],
    ["sub missing", without("sub")],
    ["sub empty", made({ sub: "" })],
    ["sub null", made({ sub: null })],
    ["sub a number", made({ sub: 7 })],
    ["sub a list", made({ sub: ["ada"] })],
    ["sub with a newline", made({ sub: "ada\nadmin" })],
    ["sub with a NUL", made({ sub: "ada\0" })],
    ["sub with a space before", made({ sub: " ada" })],
    ["sub with a letter that looks like another", made({ sub: "аda" })],
    ["sub with a mark that turns text round", made({ sub: "ada\u202e" })],
    ["sub of 256 characters", made({ sub: "a".repeat(256) })],
    ["jti empty", made({ jti: "" })],
    ["jti a number", made({ jti: 1 })],
    ["jti null", made({ jti: null })],
    ["jti of 257 characters", made({ jti: "a".repeat(257) })],
  ];
  test.each(bad)("refused: %s", async (_name, given) => {
    expect(await answerOf(gate, given)).toBe("unauthenticated");
  });

  test("an expired token is told to be so, only if it was a token", async () => {
    const answer = await ask(gate, made({ iat: now - 100, exp: now - 90 }));
    expect(hasFailed(answer) && answer.message).toBe("this token has expired");
    const forged = await ask(
      gate,
      token({ alg: "HS256" }, { ...base, iat: 1, exp: 2 }, "another secret of thirty-two bytes"),
    );
    expect(hasFailed(forged) && forged.message).toBe("this token is not known here");
  });

  test.each([
    [0, now - 1, "unauthenticated"],
    [60, now - 59, "ada"],
    [60, now - 60, "unauthenticated"],
  ])("with a leeway of %d s a token that ended at %d is %s", async (leewayS, exp, expected) => {
    const answer = await answerOf(open({ leewayS }), made({ iat: now - 100, exp }));
    expect(typeof answer === "string" ? answer : answer.id).toBe(expected);
  });
});

describe("what a token grants", () => {
  const grant = (signalbox: unknown) => made({ signalbox, jti: "t1" });

  test("is read from the claim signalbox, and nothing else of the token is", async () => {
    const given = {
      role: ["viewer", "approver"],
      capabilities: [{ channels: "agent:*", verbs: ["command"] }],
      kind: "agent",
      agentId: "coder-001",
    };
    const answer = await answerOf(
      gate,
      token(
        { alg: "HS256" },
        { ...base, jti: "t1", role: "admin", roles: ["admin"], tenant: "x", signalbox: given },
        secret,
      ),
    );
    expect(answer).toEqual({
      kind: "agent",
      id: "ada",
      roles: ["viewer", "approver"],
      capabilities: given.capabilities,
      agentId: "coder-001",
      issuer,
      tokenId: "t1",
      issuedAtMs: now * 1_000,
      expiresAtMs: (now + 600) * 1_000,
    });
  });

  test("without the claim there are the issuer's default roles, or none", async () => {
    expect(await answerOf(gate, made({}))).toMatchObject({ roles: [], capabilities: [] });
    expect(await answerOf(open({ defaultRoles: ["viewer"] }), made({}))).toMatchObject({ roles: ["viewer"] });
    expect(await answerOf(open({ defaultRoles: ["viewer"] }), grant({}))).toMatchObject({ roles: [] });
  });

  test("an agent without agentId is the agent of its own name, and who has an agentId is an agent", async () => {
    expect(await answerOf(gate, grant({ kind: "agent" }))).toMatchObject({ kind: "agent", agentId: "ada" });
    expect(await answerOf(gate, grant({ agentId: "coder" }))).toMatchObject({
      kind: "agent",
      agentId: "coder",
      id: "ada",
    });
    expect(await answerOf(open({ subjectPrefix: "idp:" }), grant({ kind: "agent" }))).toMatchObject({
      id: "idp:ada",
      agentId: "idp:ada",
    });
  });

  test.each([
    [null],
    ["admin"],
    [["admin"]],
    [{ role: 1 }],
    [{ role: "" }],
    [{ role: "Admin" }],
    [{ role: ["viewer", null] }],
    [{ role: Array.from({ length: 17 }, () => "viewer") }],
    [{ roles: ["viewer"] }],
    [{ capabilities: {} }],
    [{ capabilities: [{ channels: "agent:*", verbs: ["fly"] }] }],
    [{ capabilities: [{ channels: "agent:{id}", verbs: ["publish"] }] }],
    [{ capabilities: [{ channels: "agent**", verbs: ["publish"] }] }],
    [{ kind: "admin" }],
    [{ agentId: "" }],
    [{ agentId: "*" }],
    [{ agentId: "a b" }],
    [{ agentId: "/a" }],
    [{ agentId: "a/" }],
    [{ agentId: "a".repeat(151) }],
    [{ agentId: 7 }],
    [{ tenant: "acme" }],
    [{ tenant: "" }],
    [{ onlyFrom: "192.0.2.1" }],
    [JSON.parse('{"__proto__": {"role": "admin"}}')],
  ])("half a grant is none: %j", async (given) => {
    expect(await answerOf(gate, grant(given))).toBe("unauthenticated");
  });

  test("A41 a tenant is the issuer's, or one that it may name", async () => {
    const tenant = async (more: Partial<JwtIssuerConfig>, given: unknown) => {
      const answer = await answerOf(open(more), grant(given));
      return typeof answer === "string" ? answer : answer.tenant;
    };
    expect(await tenant({ tenant: "acme" }, {})).toBe("acme");
    expect(await tenant({ tenant: "acme" }, { tenant: "acme" })).toBe("acme");
    expect(await tenant({ tenant: "acme" }, { tenant: "other" })).toBe("unauthenticated");
    expect(await tenant({ tenants: ["acme", "other"] }, { tenant: "other" })).toBe("other");
    expect(await tenant({ tenants: ["acme"] }, { tenant: "other" })).toBe("unauthenticated");
    expect(await tenant({ tenants: "any" }, { tenant: "other" })).toBe("other");
    for (const name of ["Acme", "acme ", "ac/me", "acme\n", "__proto__", "*", "a".repeat(64)]) {
      expect(await tenant({ tenants: "any" }, { tenant: name })).toBe("unauthenticated");
    }
    expect(await tenant({ tenants: ["acme"] }, {})).toBeUndefined();
  });
});
