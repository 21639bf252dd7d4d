/** Tokens that must not come in, at every place a token can be brought to. The vectors themselves are tried in auth/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ApiKeys, openKeyFile } from "../../src/auth/api-keys/index.ts";
import { parts, rsaPair, token } from "../auth/support/signing.ts";
import { json, openSink } from "../auth/support/sink.ts";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";
import { rawRequest } from "../support/raw.ts";
import { openWire } from "../support/wire.ts";
import { bearer, claims, ec, inSeconds, jwt, rsa, secret, withIssuer } from "./issuer.ts";

/** What each way in says of a token: a status, or the close code of who is let in to say it. */
async function refusals(gateway: TestGateway, text: string): Promise<unknown> {
  const headers = bearer(text);
  const upgrade = (options: Parameters<typeof openWire>[1]): Promise<string> =>
    openWire(gateway, options).then(
      () => "open",
      (error: Error) => error.message,
    );
  const encoded = `signalbox.token64.${Buffer.from(text).toString("base64url")}`;
  const first = await openWire(gateway, { headers: {} });
  first.send({ id: "a", type: "auth_request", data: { token: text } });
  const request = (path: string, body?: unknown) =>
    rawRequest(gateway, path, {
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    }).then(({ status }) => status);
  return {
    header: await upgrade({ headers }),
    subprotocol: await upgrade({ protocols: ["signalbox.v1", encoded], headers: {} }),
    message: (await first.closed).code,
    info: await request("/v1/info"),
    history: await request("/v1/channels/agent:a/events"),
    publish: await request("/v1/events", { type: "note", channel: "agent:a" }),
    poll: await request("/v1/poll", { messages: [], waitMs: 0 }),
    stream: await request("/v1/stream", [{ type: "connect" }]),
    ticket: await request("/v1/tickets", {}),
  };
}

const everywhere = {
  header: "Unexpected server response: 401",
  subprotocol: "Unexpected server response: 401",
  message: 3501,
  info: 401,
  history: 401,
  publish: 401,
  poll: 401,
  stream: 401,
  ticket: 401,
};

const signed = (header: object, payload: unknown = claims({ role: "admin" })): string =>
  token({ alg: "HS256", kid: "hs", ...header }, payload, secret);
const other = rsaPair();
const good = claims({ role: "admin" });

describe("at every way in, 401", () => {
  test.each<[string, () => string]>([
    ["A3 alg none", () => `${parts({ alg: "none", kid: "hs" }, good)}.`],
    ["A3 HS256 signed with the RSA key's text", () => token({ alg: "HS256", kid: "rsa" }, good, rsa.pem)],
    ["A3 HS256 signed with that text after a newline", () => token({ alg: "HS256", kid: "rsa" }, good, `\n${rsa.pem}`)],
    ["A3 RS256 where the key is for ES256", () => token({ alg: "RS256", kid: "ec" }, good, rsa.privateKey)],
    ["A3 PS256 where the key is for RS256", () => token({ alg: "PS256", kid: "rsa" }, good, rsa.privateKey)],
    [
      "A3 ES256 whose signature is zeros",
      () => `${parts({ alg: "ES256", kid: "ec" }, good)}.${Buffer.alloc(64).toString("base64url")}`,
    ],
    ["A3 somebody else's RSA key", () => token({ alg: "RS256", kid: "rsa" }, good, other.privateKey)],
    ["A4 a kid that is a path", () => signed({ kid: "../../dev/null" })],
    ["A4 a kid that is __proto__", () => signed({ kid: "__proto__" })],
    ["A4 crit that nobody knows", () => signed({ crit: ["x"], x: 1 })],
    ["A4 b64 that is false", () => signed({ crit: ["b64"], b64: false })],
    ["A6 an end that is text", () => signed({}, { ...good, exp: String(inSeconds(600)) })],
    ["A6 an end beyond numbers", () => signed({}, { ...good, exp: 1e308 })],
    ["A6 no end", () => signed({}, { ...good, exp: undefined })],
    ["A6 an end that was", () => signed({}, { ...good, exp: inSeconds(-1) })],
    ["A6 a beginning to come", () => signed({}, { ...good, nbf: inSeconds(60) })],
    ["A6 another audience", () => signed({}, { ...good, aud: "elsewhere" })],
    ["A6 another issuer", () => signed({}, { ...good, iss: "https://evil.test" })],
    ["A6 a subject that is a list", () => signed({}, { ...good, sub: ["ada"] })],
    ["A6 a right nobody knows", () => signed({}, { ...good, signalbox: { role: "admin", sudo: true } })],
    ["A9 an API key that was never made", () => ["sbk", "aaaaaaaa", "b".repeat(43)].join("_")],
  ])("%s", async (_what, make) => {
    const gateway = await openGateway(withIssuer);
    const text = make();
    expect(await refusals(gateway, text)).toEqual(everywhere);
    const listed = await gateway.request("/v1/channels");
    expect(await listed.json()).toEqual({ channels: [] });
    expect(gateway.lines.join("")).not.toContain(text.slice(-40) || text);
  });

  test("A3 the same with each key's own algorithm comes in", async () => {
    const gateway = await openGateway(withIssuer);
    for (const text of [
      jwt({ role: "admin" }),
      token({ alg: "RS256", kid: "rsa" }, good, rsa.privateKey),
      token({ alg: "ES256", kid: "ec" }, good, ec.privateKey),
    ]) {
      const info = await gateway.request("/v1/info", { headers: bearer(text) });
      expect([info.status, await info.json()]).toMatchObject([200, { principal: { id: "ada" } }]);
    }
  });
});

// The two of Centrifugo: keys of one issuer stood for another's, and were fetched from where a claim said.
test("A5 CVE-2026-32301 CVE-2026-49998 an issuer's keys are its own, and nobody else is asked for them", async () => {
  const pairs = [rsaPair(), rsaPair()];
  const hostile = await openSink();
  const sinks = await Promise.all(
    pairs.map(({ publicKey }) =>
      openSink(json({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "same", alg: "RS256", use: "sig" }] })),
    ),
  );
  const gateway = await openGateway({
    jwt: sinks.map(({ url }, i) => ({
      issuer: `https://${i}.test`,
      audience: "signalbox",
      jwks: { url: `${url}/keys`, algorithms: ["RS256" as const] },
      tenant: `t${i}`,
    })),
  });
  const of = (key: number, issuer: number | string, header: object = {}): string =>
    token(
      { alg: "RS256", kid: "same", ...header },
      { ...claims({ role: "admin" }), iss: typeof issuer === "string" ? issuer : `https://${issuer}.test` },
      pairs[key]?.privateKey ?? "",
    );
  const status = async (text: string): Promise<number> =>
    (await gateway.request("/v1/info", { headers: bearer(text) })).status;
  // Both are warm before one is tried for the other.
  expect([await status(of(0, 0)), await status(of(1, 1))]).toEqual([200, 200]);
  expect([await status(of(0, 1)), await status(of(1, 0))]).toEqual([401, 401]);
  const before = sinks.map(({ requests }) => requests.length);
  for (const header of [
    { jku: `${hostile.url}/keys` },
    { x5u: `${hostile.url}/keys` },
    { jwk: pairs[1]?.publicKey.export({ format: "jwk" }) },
  ]) {
    expect(await status(of(1, 0, header))).toBe(401);
  }
  expect(await status(of(0, `${hostile.url}/`))).toBe(401);
  expect(hostile.requests).toEqual([]);
  expect(sinks.map(({ requests }) => requests.length)).toEqual(before);
});

test("A9 an API key works until it ends, is kept as a hash, and wrong ones are slowed down", async () => {
  const dataDir = tempDir();
  // Made an hour ago.
  const nowMs = (): number => Date.now() - 3_600_000;
  const keys = new ApiKeys({ store: openKeyFile(join(dataDir, "keys.json")), nowMs });
  const { token: made } = await keys.create({ name: "runner", role: "viewer" });
  const { token: ended } = await keys.create({ name: "old", role: "viewer", expiresAtMs: nowMs() + 60_000 });
  const gateway = await openGateway({ ...withIssuer, dataDir });
  const status = async (text: string): Promise<number> =>
    (await gateway.request("/v1/info", { headers: bearer(text) })).status;
  expect([await status(made), await status(ended)]).toEqual([200, 401]);
  // Its last character alone is wrong: as wrong as any.
  expect(await status(made.slice(0, -1) + (made.endsWith("A") ? "E" : "A"))).toBe(401);
  for (const name of ["keys.json"]) {
    const kept = readFileSync(join(dataDir, name), "utf8");
    expect(kept).not.toContain(made.split("_")[2]);
    expect(kept).not.toContain(made);
  }
  const wrong = ["sbk", "aaaaaaaa", "b".repeat(43)].join("_");
  const answers = new Set<number>();
  for (let i = 0; i < 40; i++) answers.add(await status(wrong));
  expect([...answers].sort()).toEqual([401, 429]);
  // Who has the right one is not held up by who guesses.
  expect(await status(made)).toBe(200);
});
