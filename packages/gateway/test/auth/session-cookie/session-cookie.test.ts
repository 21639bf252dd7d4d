import { createHmac } from "node:crypto";
import { hasFailed } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import { cookieIn } from "../../../src/auth/session-cookie/cookie.ts";
import { sessionCookie } from "../../../src/auth/session-cookie/index.ts";
import type { SessionCookieConfig } from "../../../src/config/auth.ts";
import { answerOf, ask } from "../support/answers.ts";
import { json, openSink, type Sink } from "../support/sink.ts";

const nowS = 1_800_000_000;
const secret = "a secret of thirty-two bytes or more";

describe("a cookie in a header", () => {
  test.each([
    ["sid=abc", "abc"],
    ["a=b; sid=abc; c=d", "abc"],
    ["a=b;sid=abc", "abc"],
    ["sid=a=b==", "a=b=="],
    ["sid=", undefined],
    ["xsid=abc", undefined],
    ["SID=abc", undefined],
    ["a=sid=abc", undefined],
    ["sid=abc; sid=def", undefined],
    ["sid", undefined],
    ["", undefined],
    [undefined, undefined],
    [`sid=${"x".repeat(8_193)}`, undefined],
  ])("%j holds %j", (header, value) => {
    expect(cookieIn(header, "sid")).toBe(value);
  });
});

describe("a signed session cookie", () => {
  const value = (said: unknown): string =>
    Buffer.from(typeof said === "string" ? said : JSON.stringify(said)).toString("base64url");
  const sign = (text: string, by = secret): string =>
    `${text}.${createHmac("sha256", by).update(text).digest("base64url")}`;
  const ada = { sub: "ada", exp: nowS + 60 };
  const open = (more: Partial<SessionCookieConfig> = {}) =>
    sessionCookie({ cookie: "sid", secrets: [secret], ...more }, { nowMs: () => nowS * 1_000 });

  test("lets in whom it names", async () => {
    const said = { ...ada, iat: nowS, role: "operator", capabilities: [{ channels: "global", verbs: ["publish"] }] };
    expect(await answerOf(open(), sign(value(said)))).toEqual({
      kind: "user",
      id: "ada",
      roles: ["operator"],
      capabilities: said.capabilities,
      issuedAtMs: nowS * 1_000,
      expiresAtMs: (nowS + 60) * 1_000,
    });
    expect(open().tokenIn(`sid=${sign(value(ada))}; x=y`)).toBe(sign(value(ada)));
  });

  test("may be signed by any of the secrets, so that they can be changed", async () => {
    const next = "another secret of thirty-two bytes";
    const gate = open({ secrets: [next, secret] });
    for (const by of [secret, next]) expect(await answerOf(gate, sign(value(ada), by))).toMatchObject({ id: "ada" });
  });

  const signature = sign(value(ada)).split(".")[1] ?? "";
  test.each([
    ["no signature", value(ada)],
    ["an empty one", `${value(ada)}.`],
    ["one of another secret", sign(value(ada), "another secret of thirty-two bytes")],
    ["one of another value", `${value({ ...ada, sub: "eve" })}.${signature}`],
    ["a part of one", `${value(ada)}.${signature.slice(0, 20)}`],
    ["one and more", `${sign(value(ada))}AAAA`],
    ["no value", sign("")],
    ["only a dot", "."],
    ["nothing", ""],
    ["no JSON", sign(value("{"))],
    ["no object", sign(value([ada]))],
    ["no subject", sign(value({ exp: nowS + 60 }))],
    ["no end", sign(value({ sub: "ada" }))],
    ["an end that is over", sign(value({ sub: "ada", exp: nowS }))],
    ["an end that is a text", sign(value({ sub: "ada", exp: String(nowS + 60) }))],
    ["an end in milliseconds", sign(value({ sub: "ada", exp: nowS * 1_000 }))],
    ["a beginning that is a text", sign(value({ ...ada, iat: "1" }))],
    ["a tenant that may not be named", sign(value({ ...ada, tenant: "acme" }))],
    ["a member nobody knows", sign(value({ ...ada, isAdmin: true }))],
  ])("with %s lets nobody in", async (_name, token) => {
    expect(await answerOf(open(), token)).toBe("unauthenticated");
  });

  test("gives its users the tenant and prefix of the configuration", async () => {
    const gate = open({ tenant: "acme", subjectPrefix: "shop:" });
    expect(await answerOf(gate, sign(value(ada)))).toMatchObject({ id: "shop:ada", tenant: "acme" });
  });
});

describe("a session cookie that the application is asked about", () => {
  const open = (
    sink: Sink,
    more: Partial<NonNullable<SessionCookieConfig["callback"]>> = {},
    problems: string[] = [],
  ) => {
    const clock = { steadyMs: 0, nowMs: nowS * 1_000 };
    const gate = sessionCookie(
      { cookie: "sid", callback: { url: `${sink.url}/whoami`, ...more } },
      { nowMs: () => clock.nowMs, steadyMs: () => clock.steadyMs, onProblem: (problem) => problems.push(problem) },
    );
    return { gate, clock };
  };

  test("lets in whom the application names, and sends on that cookie only", async () => {
    const sink = await openSink(json({ sub: "ada", role: "viewer" }));
    const { gate } = open(sink);
    expect(await answerOf(gate, "abc")).toEqual({ kind: "user", id: "ada", roles: ["viewer"], capabilities: [] });
    expect(sink.requests).toHaveLength(1);
    expect(sink.requests[0]).toMatchObject({ url: "/whoami", headers: { cookie: "sid=abc" } });
    expect(sink.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("is asked about once in a while, however many connections bring it", async () => {
    const sink = await openSink(json({ sub: "ada", exp: nowS + 3 }));
    const { gate, clock } = open(sink);
    await Promise.all(Array.from({ length: 20 }, () => answerOf(gate, "abc")));
    clock.steadyMs = 4_999;
    await answerOf(gate, "abc");
    expect(sink.requests).toHaveLength(1);
    await answerOf(gate, "def");
    expect(sink.requests).toHaveLength(2);
    clock.nowMs += 3_000;
    expect(await answerOf(gate, "abc")).toBe("unauthenticated");
    clock.steadyMs = 5_000;
    await answerOf(gate, "abc");
    expect(sink.requests).toHaveLength(3);
  });

  test("that the application does not know lets nobody in, and is remembered too", async () => {
    for (const status of [401, 403, 404]) {
      const sink = await openSink((response) => response.writeHead(status).end());
      const { gate } = open(sink);
      expect([await answerOf(gate, "abc"), await answerOf(gate, "abc")]).toEqual([
        "unauthenticated",
        "unauthenticated",
      ]);
      expect(sink.requests).toHaveLength(1);
    }
  });

  test.each<[string, Sink["answer"]]>([
    ["fails", (response) => response.writeHead(500).end()],
    ["says too much", (response) => response.end(JSON.stringify({ sub: "ada", role: "x".repeat(20_000) }))],
    ["says no JSON", (response) => response.end("ada")],
    ["does not answer", () => {}],
    ["hangs up", (response) => response.destroy()],
  ])("is not decided, and not remembered, when the application %s", async (_name, answer) => {
    const problems: string[] = [];
    const sink = await openSink(answer);
    const { gate } = open(sink, { timeoutMs: 100 }, problems);
    const failure = await ask(gate, "abc-secret-cookie");
    expect(hasFailed(failure) && [failure.failed, failure.details]).toEqual(["unavailable", { retryAfterMs: 2_000 }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain("abc-secret-cookie");
    sink.answer = json({ sub: "ada" });
    expect(await answerOf(gate, "abc-secret-cookie")).toMatchObject({ id: "ada" });
  });

  test("a redirect is not followed", async () => {
    const other = await openSink(json({ sub: "ada" }));
    const sink = await openSink((response) => response.writeHead(307, { location: other.url }).end());
    expect(await answerOf(open(sink).gate, "abc")).toBe("unavailable");
    expect(other.requests).toEqual([]);
  });

  test.each([
    { sub: "" },
    { sub: 1 },
    {},
    [],
    null,
    { sub: "ada", tenant: "acme" },
    { sub: "ada", exp: nowS },
    { sub: "ada", admin: true },
  ])("an answer like %j lets nobody in", async (said) => {
    expect(await answerOf(open(await openSink(json(said))).gate, "abc")).toBe("unauthenticated");
  });

  test.each(["a\r\nX-Admin: 1", "a b", "é", "", "x".repeat(8_193)])(
    "a cookie like %.20j is not sent on",
    async (token) => {
      const sink = await openSink(json({ sub: "ada" }));
      expect(await answerOf(open(sink).gate, token)).toBe("unauthenticated");
      expect(sink.requests).toEqual([]);
    },
  );

  test("at most thirty-two are asked about at once", async () => {
    const waiting: Array<() => void> = [];
    const sink = await openSink((response) => void waiting.push(() => json({ sub: "ada" })(response)));
    const { gate } = open(sink);
    const answers = Array.from({ length: 32 }, (_, i) => answerOf(gate, `c${i}`));
    expect(await answerOf(gate, "one more")).toBe("unauthenticated");
    expect(await answerOf(gate, "one-more")).toBe("unavailable");
    while (waiting.length < 32) await new Promise((resolve) => setImmediate(resolve));
    for (const go of waiting) go();
    expect(new Set((await Promise.all(answers)).map((one) => typeof one))).toEqual(new Set(["object"]));
  });

  test.each([
    { cookie: "sid" },
    { cookie: "sid", secrets: [secret], callback: { url: "https://app.example.org/" } },
    { cookie: "sid", callback: { url: "http://app.example.org/" } },
    { cookie: "sid", callback: { url: "https://a:b@app.example.org/" } },
  ])("a configuration like %j is refused", (config) => {
    expect(() => sessionCookie(config)).toThrow();
  });
});
