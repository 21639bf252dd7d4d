import { describe, expect, test } from "vitest";
import { jwtAuthenticator } from "../../../src/auth/jwt/index.ts";
import type { JwtIssuerConfig, JwtKeyConfig } from "../../../src/config/auth.ts";
import { answerOf } from "../support/answers.ts";
import { ecPair, edPair, parts, rsaPair, token } from "../support/signing.ts";
import { openSink } from "../support/sink.ts";

const rsa = rsaPair();
const ec = ecPair();
const ed = edPair();
const secret = "a secret of thirty-two bytes or more";
const nowS = 1_800_000_000;
const issuer = "https://id.example.org";
const claims = { iss: issuer, aud: "signalbox", sub: "ada", iat: nowS, exp: nowS + 600 };
const config = (keys: JwtKeyConfig[], more: Partial<JwtIssuerConfig> = {}): JwtIssuerConfig => ({
  issuer,
  audience: "signalbox",
  keys,
  ...more,
});
const refusals: string[] = [];
const open = (...issuers: JwtIssuerConfig[]) =>
  jwtAuthenticator(issuers, { nowMs: () => nowS * 1_000, onRefused: (why) => refusals.push(why) });
const all: JwtKeyConfig[] = [
  { kid: "rsa", alg: "RS256", pem: rsa.pem },
  { kid: "pss", alg: "PS256", pem: rsa.pem },
  { kid: "ec", alg: "ES256", pem: ec.pem },
  { kid: "ed", alg: "EdDSA", jwk: { ...ed.publicKey.export({ format: "jwk" }) } },
  { kid: "hs", alg: "HS256", secret },
];
const gate = open(config(all));
const ada = expect.objectContaining({ kind: "user", id: "ada", issuer, expiresAtMs: (nowS + 600) * 1_000 });

test.each([
  ["RS256", "rsa", rsa.privateKey],
  ["PS256", "pss", rsa.privateKey],
  ["ES256", "ec", ec.privateKey],
  ["EdDSA", "ed", ed.privateKey],
  ["HS256", "hs", secret],
] as const)("%s of its own key is accepted", async (alg, kid, key) => {
  expect(await answerOf(gate, token({ alg, kid, typ: "JWT" }, claims, key))).toEqual(ada);
});

test.each([
  ["RS384", "RSA"],
  ["RS512", "RSA"],
  ["PS384", "RSA"],
  ["PS512", "RSA"],
  ["ES384", "P-384"],
  ["ES512", "P-521"],
  ["HS384", "secret"],
  ["HS512", "secret"],
  ["Ed25519", "Ed"],
] as const)("%s is accepted where a key has it", async (alg, kind) => {
  const pair = kind === "RSA" ? rsa : kind === "Ed" ? ed : kind === "secret" ? undefined : ecPair(kind);
  const long = secret.repeat(2);
  const one = open(config([pair === undefined ? { alg, secret: long } : { alg, pem: pair.pem }]));
  expect(await answerOf(one, token({ alg }, claims, pair?.privateKey ?? long))).toEqual(ada);
});

describe("A3 algorithms are the key's, never the header's", () => {
  const signed = (alg: string, kid: string, key: Parameters<typeof token>[2]) => token({ alg, kid }, claims, key);
  const jwk = JSON.stringify(rsa.publicKey.export({ format: "jwk" }));
  const zero = Buffer.alloc(64).toString("base64url");
  const vectors: Array<[string, string]> = [
    ...["none", "None", "NONE", "nOnE", "", " none", "none\0"].flatMap(
      (alg): Array<[string, string]> => [
        [`alg ${JSON.stringify(alg)} without a signature`, `${parts({ alg, kid: "rsa" }, claims)}.`],
        [
          `alg ${JSON.stringify(alg)} with one`,
          `${parts({ alg, kid: "rsa" }, claims)}.${signed("RS256", "rsa", rsa.privateKey).split(".")[2]}`,
        ],
      ],
    ),
    ["HS256 signed with the RSA key's PEM", signed("HS256", "rsa", rsa.pem)],
    ["HS256 signed with the EC key's PEM", signed("HS256", "ec", ec.pem)],
    ["HS256 signed with the PEM without its last newline", signed("HS256", "rsa", rsa.pem.trim())],
    ["HS256 signed with a newline before the PEM", signed("HS256", "rsa", `\n${rsa.pem}`)],
    ["HS256 signed with the PEM in CRLF", signed("HS256", "rsa", rsa.pem.replaceAll("\n", "\r\n"))],
    ["HS256 signed with a BOM before the PEM", signed("HS256", "rsa", `\ufeff${rsa.pem}`)],
    ["HS256 signed with the DER", signed("HS256", "rsa", rsa.publicKey.export({ type: "spki", format: "der" }))],
    ["HS256 signed with the JWK", signed("HS256", "rsa", jwk)],
    ["HS256 signed with nothing, for an RSA key", signed("HS256", "rsa", "")],
    ["HS384 with the secret of HS256", signed("HS384", "hs", secret)],
    ["RS256 said and PS256 made", token({ alg: "RS256", kid: "rsa" }, claims, rsa.privateKey, "PS256")],
    ["PS256 for the key of RS256", signed("PS256", "rsa", rsa.privateKey)],
    ["RS256 for the key of PS256", signed("RS256", "pss", rsa.privateKey)],
    ["RS512 for the key of RS256", signed("RS512", "rsa", rsa.privateKey)],
    ["rs256", token({ alg: "rs256", kid: "rsa" }, claims, rsa.privateKey, "RS256")],
    ["an empty signature", `${parts({ alg: "RS256", kid: "rsa" }, claims)}.`],
    ["an empty signature of HS256", `${parts({ alg: "HS256", kid: "hs" }, claims)}.`],
    ["ES256 with r and s zero", `${parts({ alg: "ES256", kid: "ec" }, claims)}.${zero}`],
    [
      "ES256 with a signature in DER",
      `${parts({ alg: "ES256", kid: "ec" }, claims)}.${Buffer.from("3006020100020100", "hex").toString("base64url")}`,
    ],
    ["alg a list", token({ alg: ["RS256"], kid: "rsa" }, claims, rsa.privateKey, "RS256")],
    ["alg an object", token({ alg: { toString: "RS256" }, kid: "rsa" }, claims, rsa.privateKey, "RS256")],
    ["alg null", token({ alg: null, kid: "rsa" }, claims, rsa.privateKey, "RS256")],
    ["alg missing", token({ kid: "rsa" }, claims, rsa.privateKey, "RS256")],
    ["alg __proto__", token({ alg: "__proto__", kid: "rsa" }, claims, rsa.privateKey, "RS256")],
    ["an encrypted token", `${parts({ alg: "dir", enc: "A256GCM", kid: "hs" }, "")}.iv.text.tag`],
    [
      "the signature of another payload",
      signed("RS256", "rsa", rsa.privateKey).replace(
        /\.[^.]+\./,
        `.${parts("", { ...claims, sub: "eve" }).split(".")[1]}.`,
      ),
    ],
    ["a signature of another key", signed("RS256", "rsa", rsaPair().privateKey)],
    ["a character after the signature", `${signed("RS256", "rsa", rsa.privateKey)}=`],
    ["white space around", ` ${signed("RS256", "rsa", rsa.privateKey)} `],
    [
      "a signature in base64 instead of base64url",
      `${parts({ alg: "RS256", kid: "rsa" }, claims)}.${"++//".repeat(85)}++`,
    ],
    ["four parts", `${signed("RS256", "rsa", rsa.privateKey)}.x`],
    ["two parts", parts({ alg: "RS256", kid: "rsa" }, claims)],
    ["no parts", "token"],
    ["nothing", ""],
    ["a header that is no JSON", `${parts("{", claims)}.x`],
    ["a header that is a list", `${parts([], claims)}.x`],
    ["a payload that is no JSON", token({ alg: "RS256", kid: "rsa" }, "{", rsa.privateKey)],
    ["a payload that is a list", token({ alg: "RS256", kid: "rsa" }, [claims], rsa.privateKey)],
    ["a payload that is null", token({ alg: "RS256", kid: "rsa" }, null, rsa.privateKey)],
    ["more than 16 KiB", token({ alg: "RS256", kid: "rsa" }, { ...claims, pad: "x".repeat(16_384) }, rsa.privateKey)],
  ];

  test.each(vectors)("%s", async (_name, forged) => {
    expect(await answerOf(gate, forged)).toBe("unauthenticated");
  });

  const dangerous: Array<[string, JwtKeyConfig]> = [
    ["a public PEM", { alg: "HS256", secret: rsa.pem }],
    ["a public PEM after white space", { alg: "HS256", secret: ` \n${rsa.pem}` }],
    ["a public PEM after a BOM", { alg: "HS256", secret: `\ufeff${ec.pem}` }],
    ["a JWK", { alg: "HS256", secret: jwk }],
    ["an SSH key", { alg: "HS256", secret: `ssh-ed25519 ${"A".repeat(60)}` }],
    ["less than 32 bytes", { alg: "HS256", secret: "short" }],
    ["32 bytes for HS512", { alg: "HS512", secret: "x".repeat(32) }],
  ];
  test.each(dangerous)("%s is no secret for HMAC: such a configuration is refused", (_name, key) => {
    expect(() => open(config([key]))).toThrow();
  });

  test.each([
    ["an RSA key for ES256", { alg: "ES256", pem: rsa.pem }],
    ["a P-384 key for ES256", { alg: "ES256", pem: ecPair("P-384").pem }],
    ["an Ed25519 key for RS256", { alg: "RS256", pem: ed.pem }],
    ["a PEM for HS256", { alg: "HS256", pem: rsa.pem }],
    ["a secret for RS256", { alg: "RS256", secret }],
    ["RSA of 1024 bits", { alg: "RS256", pem: rsaPair(1_024).pem }],
    ["a private PEM", { alg: "RS256", pem: rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString() }],
    ["a private JWK", { alg: "RS256", jwk: { ...rsa.privateKey.export({ format: "jwk" }) } }],
    ["a JWK for encryption", { alg: "RS256", jwk: { ...rsa.publicKey.export({ format: "jwk" }), use: "enc" } }],
    ["a JWK of another algorithm", { alg: "RS256", jwk: { ...rsa.publicKey.export({ format: "jwk" }), alg: "PS256" } }],
    ["a key in two forms", { alg: "RS256", pem: rsa.pem, secret }],
    ["no key", { alg: "RS256" }],
  ] as Array<[string, JwtKeyConfig]>)("%s: such a configuration is refused", (_name, key) => {
    expect(() => open(config([key]))).toThrow();
  });

  test.each([`\n${rsa.pem}`, rsa.pem.replaceAll("\n", "\r\n"), `\ufeff${rsa.pem}`, ` ${rsa.pem.trim()} `])(
    "a PEM that an editor changed is the same key: %j",
    async (pem) => {
      const one = open(config([{ alg: "RS256", pem }]));
      expect(await answerOf(one, token({ alg: "RS256" }, claims, rsa.privateKey))).toEqual(ada);
      expect(await answerOf(one, token({ alg: "HS256" }, claims, pem))).toBe("unauthenticated");
    },
  );
});

describe("A4 the header points nowhere", () => {
  test.each([
    "../../dev/null",
    "' OR 1=1 --",
    "x".repeat(1_000_000),
    "x".repeat(257),
    "__proto__",
    "constructor",
    "RSA",
    "rsa ",
    "rsa\0",
    "",
  ])("a kid like %.40j is looked up exactly, and not found", async (kid) => {
    expect(await answerOf(gate, token({ alg: "RS256", kid }, claims, rsa.privateKey))).toBe("unauthenticated");
  });

  test.each([1, null, ["rsa"], { kid: "rsa" }, true])("a kid that is %j is refused", async (kid) => {
    expect(await answerOf(gate, token({ alg: "RS256", kid }, claims, rsa.privateKey))).toBe("unauthenticated");
  });

  test("without a kid only a key without one is found", async () => {
    const bare = token({ alg: "RS256" }, claims, rsa.privateKey);
    expect(await answerOf(gate, bare)).toBe("unauthenticated");
    const one = open(config([{ alg: "RS256", pem: rsa.pem }]));
    expect(await answerOf(one, bare)).toEqual(ada);
    expect(await answerOf(one, token({ alg: "RS256", kid: "rsa" }, claims, rsa.privateKey))).toBe("unauthenticated");
  });

  test.each([["x"], [], ["b64"], ["exp"], "x", null])("crit %j is refused", async (crit) => {
    expect(await answerOf(gate, token({ alg: "RS256", kid: "rsa", crit }, claims, rsa.privateKey))).toBe(
      "unauthenticated",
    );
  });

  test.each([
    [{ b64: false }],
    [{ b64: false, crit: ["b64"] }],
    [{ typ: "logout+jwt" }],
    [{ typ: "dpop+jwt" }],
    [{ typ: 1 }],
  ])("%j is refused", async (more) => {
    expect(await answerOf(gate, token({ alg: "RS256", kid: "rsa", ...more }, claims, rsa.privateKey))).toBe(
      "unauthenticated",
    );
  });

  test("jku, x5u, x5c and jwk are not looked at, and nobody is asked", async () => {
    const sink = await openSink();
    const eve = rsaPair();
    const header = {
      alg: "RS256",
      kid: "rsa",
      jku: `${sink.url}/jwks`,
      x5u: `${sink.url}/x5u`,
      jwk: eve.publicKey.export({ format: "jwk" }),
      x5c: [Buffer.from("certificate").toString("base64")],
    };
    expect(await answerOf(gate, token(header, claims, eve.privateKey))).toBe("unauthenticated");
    expect(await answerOf(gate, token(header, claims, rsa.privateKey))).toEqual(ada);
    expect(sink.requests).toEqual([]);
  });
});

test("RFC 7515 §2: a space, a line end or padding in a token is refused, though its bytes are right", async () => {
  const [head, body, signature] = token({ alg: "EdDSA", kid: "ed" }, claims, ed.privateKey).split(".");
  for (const changed of [
    ` ${signature}`,
    `${signature}\n`,
    `${signature}==`,
    `${signature?.slice(0, 9)} ${signature?.slice(9)}`,
  ]) {
    expect(await answerOf(gate, [head, body, changed].join("."))).toBe("unauthenticated");
  }
  expect(await answerOf(gate, [head, body, signature].join("."))).toEqual(ada);
});

test("refusals are told to the log without the token", () => {
  expect(refusals.length).toBeGreaterThan(50);
  expect(refusals.filter((why) => why.includes("eyJ"))).toEqual([]);
});
