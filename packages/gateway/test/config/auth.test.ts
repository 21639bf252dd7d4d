import { defaultRoles } from "@signalbox/core";
import { isChannel, isPattern } from "@signalbox/protocol";
import fc from "fast-check";
import Type from "typebox";
import { Compile } from "typebox/schema";
import { describe, expect, test } from "vitest";
import {
  capabilitySchema,
  jwtIssuerSchema,
  ratesSchema,
  rolesSchema,
  sessionCookieSchema,
} from "../../src/config/auth.ts";

const checker = (schema: object) => {
  const compiled = Compile({ ...schema });
  return (value: unknown): boolean => compiled.Check(value);
};

describe("capabilities in a configuration", () => {
  const fits = checker(capabilitySchema);

  test("name exactly what the protocol calls a channel or a pattern", () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."agz09-:*./%@ A\n"), maxLength: 10 }),
      fc
        .tuple(fc.constantFrom("agent:", "a:", "global"), fc.nat(202), fc.constantFrom("", "*", "**"))
        .map(([a, n, z]) => a + "x".repeat(n) + z),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    fc.assert(
      fc.property(text, (channels) => {
        expect(fits({ channels, verbs: ["publish"] })).toBe(isChannel(channels) || isPattern(channels));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    { channels: "global" },
    { channels: "global", verbs: ["fly"] },
    { channels: "global", verbs: [], deny: true },
  ])("%j is none", (value) => {
    expect(fits(value)).toBe(false);
  });
});

describe("roles in a configuration", () => {
  const fits = checker(rolesSchema);

  test("the default ones would do", () => {
    expect(fits(defaultRoles)).toBe(true);
  });

  test.each([
    { Admin: [] },
    { viewer: {} },
    { viewer: [{ channels: "agent:{other}", verbs: ["publish"] }] },
    { viewer: [{ channels: "{shared}:x", verbs: ["publish"] }] },
  ])("%j would not", (value) => {
    expect(fits(value)).toBe(false);
  });
});

test.each([
  [
    {
      issuer: "https://id.example.org",
      audience: "signalbox",
      jwks: { url: "https://id.example.org/jwks", algorithms: ["RS256"] },
    },
    true,
  ],
  [
    {
      issuer: "a",
      audience: ["x"],
      keys: [{ kid: "1", alg: "ES256", pemFile: "key.pem" }],
      leewayS: 60,
      tenants: "any",
    },
    true,
  ],
  [{ issuer: "a", audience: "x", keys: [{ alg: "none", secret: "x".repeat(32) }] }, false],
  [{ issuer: "a", audience: "x", keys: [{ secret: "x".repeat(32) }] }, false],
  [{ issuer: "a", audience: "x", keys: [{ alg: "HS256", secret: "short" }] }, false],
  [{ issuer: "a", audience: "x", leewayS: 61 }, false],
  [{ issuer: "a", audience: [] }, false],
  [{ issuer: "a" }, false],
  [{ audience: "x" }, false],
  [{ issuer: "a", audience: "x", jwks: { url: "https://id.example.org/", algorithms: ["HS256"] } }, false],
  [{ issuer: "a", audience: "x", jwks: { url: "https://id.example.org/", algorithms: [] } }, false],
  [{ issuer: "a", audience: "x", trustHeader: true }, false],
])("an issuer %j: %s", (value, fits) => {
  expect(checker(jwtIssuerSchema)(value)).toBe(fits);
});

test.each([
  [{ cookie: "sid", secrets: ["x".repeat(32)] }, true],
  [{ cookie: "__Host-sid", callback: { url: "https://app.example.org/whoami", timeoutMs: 1_000, cacheMs: 0 } }, true],
  [{ cookie: "s id", secrets: ["x".repeat(32)] }, false],
  [{ cookie: "sid", secrets: ["short"] }, false],
  [{ cookie: "sid", secrets: [] }, false],
])("a session cookie %j: %s", (value, fits) => {
  expect(checker(sessionCookieSchema)(value)).toBe(fits);
});

test.each([
  [{ principal: { perSecond: 100, burst: 500 }, types: { process_output: { perSecond: 1e4, burst: 1e5 } } }, true],
  [{}, true],
  [{ principal: { perSecond: 0, burst: 1 } }, false],
  [{ principal: { perSecond: 1 } }, false],
  [{ everybody: { perSecond: 1, burst: 1 } }, false],
])("rates %j: %s", (value, fits) => {
  expect(checker(ratesSchema)(value)).toBe(fits);
});

test("the schemas stand together in one object", () => {
  const whole = Type.Object({ jwt: Type.Array(jwtIssuerSchema), roles: rolesSchema }, { additionalProperties: false });
  expect(checker(whole)({ jwt: [], roles: {} })).toBe(true);
  expect(() => JSON.stringify(whole)).not.toThrow();
});
