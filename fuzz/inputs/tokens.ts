/** JSON Web Tokens: signed by whom they should be, by others, by nobody; and changed afterwards. */
import { createECDH, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { anyJson, spoiled } from "./json.ts";
import { channel, goodChannel, pattern } from "./names.ts";
import { mutated, oddTexts } from "./text.ts";

export const issuer = "https://issuer.example.org";
/** The clock of the gateway under test, seconds since 1970. */
export const nowS = 1_800_000_000;
const now = nowS;

export const secret = "s".repeat(40);
/** Always the same keys, so that a token that was found is good for another run: these numbers are everybody's. */
const edKey = (byte: number): KeyObject =>
  createPrivateKey({
    // RFC 8410 §7: what comes before the 32 bytes of an Ed25519 key.
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, byte)]),
    format: "der",
    type: "pkcs8",
  });

function ecKey(byte: number): KeyObject {
  const pair = createECDH("prime256v1");
  const number = Buffer.alloc(32, byte);
  pair.setPrivateKey(number);
  const point = pair.getPublicKey();
  const text = (bytes: Buffer): string => bytes.toString("base64url");
  const members = { x: text(point.subarray(1, 33)), y: text(point.subarray(33)), d: text(number) };
  return createPrivateKey({ key: { kty: "EC", crv: "P-256", ...members }, format: "jwk" });
}

const ec = ecKey(7);
const ed = edKey(7);
const foreign = edKey(8);
const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
export const ecPem = pemOf(createPublicKey(ec));
export const edPem = pemOf(createPublicKey(ed));

/** Keys of the issuer by kid, each for one algorithm. */
export const algorithms: Readonly<Record<string, string>> = { h: "HS256", e: "ES256", d: "EdDSA" };

const around = fc.constantFrom<unknown>(
  ...[-86_400, -60, -31, -30, -29, 0, 29, 30, 31, 3_600].map((s) => now + s),
  now + 0.5,
);
const time = fc.oneof(
  { weight: 8, arbitrary: around },
  fc.constantFrom<unknown>("1800000000", null, -1, 1e308, 2 ** 53, {}, []),
);
const names = fc.oneof({ weight: 4, arbitrary: goodChannel }, channel, pattern);
const grant = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record<Record<string, unknown>>(
      {
        role: fc.oneof(fc.constantFrom<unknown>("viewer", ["viewer", "agent"], "Admin", [], "__proto__"), anyJson),
        capabilities: fc.array(
          fc.record<Record<string, unknown>>(
            {
              channels: names,
              verbs: fc.oneof({ weight: 5, arbitrary: fc.subarray(["subscribe", "publish", "admin"]) }, anyJson),
              extra: anyJson,
            },
            { requiredKeys: ["channels", "verbs"] },
          ),
          { maxLength: 2 },
        ),
        tenant: fc.constantFrom("acme", "other", "ACME", "", "__proto__"),
        kind: fc.constantFrom("user", "agent", "service", "root"),
        agentId: fc.constantFrom("coder-001", "a/b", "/a", "a/", "a b", "x".repeat(151)),
        more: anyJson,
      },
      { requiredKeys: [] },
    ),
  },
  anyJson,
);

const claims = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record<Record<string, unknown>>(
      {
        iss: fc.oneof(
          { weight: 20, arbitrary: fc.constant<unknown>(issuer) },
          fc.constantFrom<unknown>(`${issuer}/`, [issuer], null),
        ),
        aud: fc.oneof(
          { weight: 12, arbitrary: fc.constantFrom<unknown>("signalbox", ["x", "signalbox"]) },
          fc.constantFrom<unknown>("x", [], [1, "signalbox"], null),
        ),
        sub: fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom("ada", "coder-001", "a b") },
          fc.constantFrom(...oddTexts, "x".repeat(256)),
          anyJson,
        ),
        exp: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(now + 600) }, time),
        iat: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(now - 600) }, time),
        nbf: time,
        jti: fc.oneof(fc.constantFrom("j1", "", "x".repeat(257)), anyJson),
        signalbox: grant,
      },
      { requiredKeys: ["iss", "aud", "sub", "exp", "iat"] },
    ),
  },
  anyJson,
);

const kids = Object.keys(algorithms);
const header = fc.constantFrom(...kids).chain((kid) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Record<string, unknown>>({ alg: algorithms[kid], kid }) },
    fc.record<Record<string, unknown>>(
      {
        alg: fc.oneof(
          fc.constant<unknown>(algorithms[kid]),
          fc.constantFrom<unknown>("none", "None", "HS256", "RS256", "ES384", ["HS256"], null),
        ),
        kid: fc.oneof(
          fc.constant<unknown>(kid),
          fc.constantFrom<unknown>("../../dev/null", "__proto__", "' OR 1", "x".repeat(257), 5, null),
        ),
        typ: fc.constantFrom<unknown>("JWT", "at+jwt", "jwt", "JWE", 5),
        crit: fc.constantFrom<unknown>(["x"], [], ["b64"]),
        b64: fc.constantFrom<unknown>(false, true),
        jwk: anyJson,
        jku: fc.constant("http://127.0.0.1:1/keys"),
        x5u: fc.constant("http://127.0.0.1:1/cert"),
      },
      { requiredKeys: ["alg", "kid"] },
    ),
  ),
);

const signer = fc.oneof(
  { weight: 12, arbitrary: fc.constant("right") },
  fc.constantFrom("foreign", "public key as secret", "none", "empty secret"),
);

export const tokenCase = fc
  .record({
    header,
    claims: fc.oneof(
      { weight: 6, arbitrary: claims },
      fc.tuple(claims, fc.nat(12), anyJson).map(([value, at, by]) => spoiled(value, at, by)),
    ),
    by: signer,
  })
  .map((made) => ({ ...made, token: tokenOf(made.header, made.claims, made.by) }));

/** A right token with changes of its text. */
export const brokenToken = fc.constantFrom(...kids).chain((kid) => {
  const right = tokenOf(
    { alg: algorithms[kid], kid },
    { iss: issuer, aud: "signalbox", sub: "ada", exp: now + 600, iat: now - 600 },
    "right",
  );
  return fc.record({
    right: fc.constant(right),
    token: mutated(fc.constant(right), [".", "e", "A", "=", "eyJ", "-", "_"]),
  });
});

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? "null").toString("base64url");

function tokenOf(header: Record<string, unknown>, claims: unknown, by: string): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${signature(header.kid, input, by).toString("base64url")}`;
}

const hmac = (key: string, input: string): Buffer => createHmac("sha256", key).update(input).digest();

function signature(kid: unknown, input: string, by: string): Buffer {
  if (by === "none") return Buffer.alloc(0);
  if (by === "public key as secret") return hmac(kid === "e" ? ecPem : edPem, input);
  if (by === "empty secret") return hmac("", input);
  if (by === "foreign") return sign(null, Buffer.from(input), foreign);
  if (kid === "h") return hmac(secret, input);
  if (kid === "e") return sign("sha256", Buffer.from(input), { key: ec, dsaEncoding: "ieee-p1363" });
  return sign(null, Buffer.from(input), ed);
}
