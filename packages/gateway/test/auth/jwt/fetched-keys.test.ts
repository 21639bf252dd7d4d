import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { jwtAuthenticator } from "../../../src/auth/jwt/index.ts";
import type { JwtIssuerConfig } from "../../../src/config/auth.ts";
import { answerOf } from "../support/answers.ts";
import { ecPair, edPair, type Pair, rsaPair, token } from "../support/signing.ts";
import { json, openSink, type Sink } from "../support/sink.ts";

const nowS = 1_800_000_000;
const first = rsaPair();
const second = rsaPair();
const publicJwk = (pair: Pair, more: Record<string, unknown> = {}) => ({
  ...pair.publicKey.export({ format: "jwk" }),
  ...more,
});
const claims = (iss: string, sub = "ada") => ({ iss, aud: "signalbox", sub, iat: nowS, exp: nowS + 600 });

interface Clock {
  steadyMs: number;
}
const open = (issuers: JwtIssuerConfig[], clock: Clock = { steadyMs: 0 }, problems: string[] = []) =>
  jwtAuthenticator(issuers, {
    nowMs: () => nowS * 1_000,
    steadyMs: () => clock.steadyMs,
    onRefused: (why) => problems.push(why),
  });
const config = (
  issuer: string,
  sink: Sink,
  more: Partial<NonNullable<JwtIssuerConfig["jwks"]>> = {},
): JwtIssuerConfig => ({
  issuer,
  audience: "signalbox",
  subjectPrefix: `${issuer}:`,
  jwks: { url: `${sink.url}/${issuer}`, algorithms: ["RS256", "ES256", "EdDSA"], ...more },
});
const idOf = (answer: Awaited<ReturnType<typeof answerOf>>) => (typeof answer === "string" ? answer : answer.id);

describe("A5 keys that are fetched", () => {
  test("two issuers with the same kid stay two, whichever was asked first", async () => {
    const keys = new Map([
      ["/a", [publicJwk(first, { kid: "k1" })]],
      ["/b", [publicJwk(second, { kid: "k1" })]],
    ]);
    const sink = await openSink((response, url) => json({ keys: keys.get(url) })(response));
    const gate = open([config("a", sink), config("b", sink)]);
    const header = { alg: "RS256", kid: "k1" };
    expect(idOf(await answerOf(gate, token(header, claims("a"), first.privateKey)))).toBe("a:ada");
    // The key of A, warm in the cache, for a token that says it is of B.
    expect(await answerOf(gate, token(header, claims("b"), first.privateKey))).toBe("unauthenticated");
    expect(await answerOf(gate, token(header, claims("a"), second.privateKey))).toBe("unauthenticated");
    expect(idOf(await answerOf(gate, token(header, claims("b"), second.privateKey)))).toBe("b:ada");
    expect(sink.requests.map(({ url }) => url)).toEqual(["/a", "/b"]);
  });

  test("an issuer that is not configured makes no request, wherever its token points", async () => {
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const gate = open([config("a", sink)]);
    for (const iss of [
      sink.url,
      `${sink.url}/a`,
      "A",
      "a/",
      "__proto__",
      "http://169.254.169.254/",
      "file:///etc/passwd",
    ]) {
      const forged = token({ alg: "RS256", kid: "k1", jku: sink.url }, claims(iss), first.privateKey);
      expect(await answerOf(gate, forged)).toBe("unauthenticated");
    }
    expect(sink.requests).toEqual([]);
  });

  test("kids that nobody knows make one request per cool-down, however many they are", async () => {
    const clock = { steadyMs: 0 };
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const gate = open([config("a", sink)], clock);
    const forged = (n: number) => answerOf(gate, token({ alg: "RS256", kid: `x${n}` }, claims("a"), second.privateKey));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => forged(n)));
    expect(new Set(answers)).toEqual(new Set(["unauthenticated"]));
    expect(sink.requests).toHaveLength(1);
    clock.steadyMs = 29_999;
    await forged(51);
    expect(sink.requests).toHaveLength(1);
    clock.steadyMs = 30_000;
    await forged(52);
    expect(sink.requests).toHaveLength(2);
  });

  test("a new key is found after its issuer changed them, and an old one no longer", async () => {
    const clock = { steadyMs: 0 };
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const gate = open([config("a", sink)], clock);
    const of = (kid: string, pair: Pair) =>
      answerOf(gate, token({ alg: "RS256", kid }, claims("a"), pair.privateKey)).then(idOf);
    expect(await of("k1", first)).toBe("a:ada");
    sink.answer = json({ keys: [publicJwk(second, { kid: "k2" })] });
    clock.steadyMs = 30_000;
    expect(await of("k2", second)).toBe("a:ada");
    expect(await of("k1", first)).toBe("unauthenticated");
    expect(sink.requests).toHaveLength(2);
  });

  test("known keys need no request until their time is over", async () => {
    const clock = { steadyMs: 0 };
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const gate = open([config("a", sink)], clock);
    const ask = () => answerOf(gate, token({ alg: "RS256", kid: "k1" }, claims("a"), first.privateKey)).then(idOf);
    await ask();
    clock.steadyMs = 599_999;
    expect(await ask()).toBe("a:ada");
    expect(sink.requests).toHaveLength(1);
    clock.steadyMs = 600_000;
    expect(await ask()).toBe("a:ada");
    expect(sink.requests).toHaveLength(2);
  });

  test("an issuer that cannot be asked: known keys go on for an hour, others are told to try again", async () => {
    const clock = { steadyMs: 0 };
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const gate = open([config("a", sink)], clock);
    const of = (kid: string) => answerOf(gate, token({ alg: "RS256", kid }, claims("a"), first.privateKey)).then(idOf);
    expect(await of("k1")).toBe("a:ada");
    sink.answer = (response) => {
      response.statusCode = 500;
      response.end();
    };
    clock.steadyMs = 700_000;
    expect(await of("k1")).toBe("a:ada");
    expect(await of("k2")).toBe("unavailable");
    clock.steadyMs = 600_000 + 3_600_000;
    expect(await of("k1")).toBe("unavailable");
  });

  test("a redirect is not followed", async () => {
    const other = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const sink = await openSink((response) => response.writeHead(302, { location: other.url }).end());
    const gate = open([config("a", sink)]);
    expect(await answerOf(gate, token({ alg: "RS256", kid: "k1" }, claims("a"), first.privateKey))).toBe("unavailable");
    expect([sink.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  const large = JSON.stringify({ keys: [publicJwk(first, { kid: "k1", pad: "x".repeat(300_000) })] });
  test.each<[string, Sink["answer"]]>([
    ["too large", (response) => response.end(large)],
    [
      "too large when it is unpacked",
      (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(large)),
    ],
    ["no JSON", (response) => response.end("<html>")],
    ["no key set", (response) => response.end("[]")],
    ["keys that are no list", (response) => response.end('{"keys":{}}')],
    [
      "cut off",
      (response) => response.writeHead(200, { "content-length": "1000" }).write("{", () => response.destroy()),
    ],
    [
      "status 404",
      (response) => response.writeHead(404).end(JSON.stringify({ keys: [publicJwk(first, { kid: "k1" })] })),
    ],
    ["status 204", (response) => response.writeHead(204).end()],
  ])("an answer that is %s is none", async (_name, answer) => {
    const problems: string[] = [];
    const gate = open([config("a", await openSink(answer))], { steadyMs: 0 }, problems);
    expect(await answerOf(gate, token({ alg: "RS256", kid: "k1" }, claims("a"), first.privateKey))).toBe("unavailable");
    expect(problems).toHaveLength(1);
  });

  test("an answer that does not come is not waited for", async () => {
    const sink = await openSink(() => {});
    const gate = open([config("a", sink, { timeoutMs: 100 })]);
    expect(await answerOf(gate, token({ alg: "RS256", kid: "k1" }, claims("a"), first.privateKey))).toBe("unavailable");
  });

  test("a key is used with its own algorithm, or with the only one that fits it", async () => {
    const ec = ecPair();
    const ed = edPair();
    const sink = await openSink(
      json({
        keys: [
          publicJwk(first, { kid: "rs", alg: "RS256" }),
          publicJwk(first, { kid: "ps", alg: "PS256" }),
          publicJwk(first, { kid: "bare" }),
          publicJwk(ec, { kid: "ec" }),
          publicJwk(ed, { kid: "ed" }),
          { kty: "oct", kid: "oct", k: Buffer.from("x".repeat(64)).toString("base64url"), alg: "HS256" },
          publicJwk(first, { kid: "enc", use: "enc" }),
          { ...first.privateKey.export({ format: "jwk" }), kid: "private" },
          publicJwk(rsaPair(1_024), { kid: "short" }),
          publicJwk(second, { kid: "rs" }),
          null,
          "key",
        ],
      }),
    );
    const gate = open([config("a", sink)]);
    const of = (alg: string, kid: string, key: Parameters<typeof token>[2]) =>
      answerOf(gate, token({ alg, kid }, claims("a"), key)).then(idOf);
    expect(await of("RS256", "rs", first.privateKey)).toBe("a:ada");
    expect(await of("RS256", "bare", first.privateKey)).toBe("a:ada");
    expect(await of("ES256", "ec", ec.privateKey)).toBe("a:ada");
    expect(await of("EdDSA", "ed", ed.privateKey)).toBe("a:ada");
    for (const [alg, kid] of [
      ["PS256", "bare"],
      ["PS256", "ps"],
      ["RS256", "ps"],
      ["RS256", "enc"],
      ["RS256", "private"],
    ] as const) {
      expect(await of(alg, kid, first.privateKey)).toBe("unauthenticated");
    }
    expect(await of("HS256", "oct", "x".repeat(64))).toBe("unauthenticated");
    // The first of two keys with one kid counts.
    expect(await of("RS256", "rs", second.privateKey)).toBe("unauthenticated");
  });

  test("where RS256 and PS256 are both allowed, a key must say which it is for", async () => {
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "bare" })] }));
    const gate = open([config("a", sink, { algorithms: ["RS256", "PS256"] })]);
    for (const alg of ["RS256", "PS256"]) {
      expect(await answerOf(gate, token({ alg, kid: "bare" }, claims("a"), first.privateKey))).toBe("unauthenticated");
    }
  });

  test("a token without kid finds a key only where there is one", async () => {
    const sink = await openSink(json({ keys: [publicJwk(first, { kid: "k1" })] }));
    const bare = token({ alg: "RS256" }, claims("a"), first.privateKey);
    expect(idOf(await answerOf(open([config("a", sink)]), bare))).toBe("a:ada");
    sink.answer = json({ keys: [publicJwk(first, { kid: "k1" }), publicJwk(second, { kid: "k2" })] });
    expect(await answerOf(open([config("a", sink)]), bare)).toBe("unauthenticated");
  });
});

describe("a configuration that must not be used is refused", () => {
  const jwks = (url: string): JwtIssuerConfig => ({ issuer: "a", audience: "x", jwks: { url, algorithms: ["RS256"] } });

  test.each([
    "http://id.example.org/jwks",
    "http://169.254.169.254/latest",
    "http://127.0.0.1.evil.example.org/",
    "http://localhost.evil.example.org/",
    "http://2130706433.example.org/",
    "file:///etc/passwd",
    "data:application/json,{}",
    "https://user:password@id.example.org/",
    "https://id.example.org/#x",
    "id.example.org",
    "",
  ])("keys from %j", (url) => {
    expect(() => open([jwks(url)])).toThrow();
  });

  test.each(["https://id.example.org/jwks", "http://localhost:1/", "http://[::1]:1/", "http://127.0.0.1:1/"])(
    "but keys from %s are fine",
    (url) => {
      expect(() => open([jwks(url)])).not.toThrow();
    },
  );

  test("an issuer without keys, with both kinds, twice, or whose subjects could be mixed up with another's", () => {
    const keys = [{ alg: "RS256" as const, pem: first.pem }];
    const one: JwtIssuerConfig = { issuer: "a", audience: "x", keys };
    expect(() => open([{ issuer: "a", audience: "x" }])).toThrow();
    expect(() => open([{ ...jwks("https://id.example.org/"), keys }])).toThrow();
    expect(() => open([one, one])).toThrow(/twice/);
    expect(() => open([one, { ...one, issuer: "b" }])).toThrow(/subjectPrefix/);
    expect(() => open([one, { ...one, issuer: "b", tenant: "acme" }])).not.toThrow();
    expect(() => open([{ ...one, keys: [...keys, ...keys] }])).toThrow(/kid/);
  });
});
