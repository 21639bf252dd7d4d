import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secretKey } from "../../src/redact/keys.ts";
import { Redactor } from "../../src/redact/redactor.ts";
import { redactText } from "../../src/redact/scan.ts";
import { harmless, named, secrets } from "./secrets.ts";

const redactor = new Redactor();
const text = (value: unknown): string => JSON.stringify(value);

describe("A36 secrets by their shape", () => {
  test.each(secrets)("%s: %s", (kind, secret) => {
    expect(redactText(secret)).toBe(`[redacted:${kind}]`);
    expect(redactText(`found ${secret} here`)).toBe(`found [redacted:${kind}] here`);
    for (const [before, after] of [
      ["(", ")"],
      ["'", "'"],
      ["x=", "&y"],
      ["é", "é"],
      ["\u001b[32m", "\u001b[39m"],
      ["key:", ","],
    ]) {
      expect(redactText(`${before}${secret}${after}`)).not.toContain(secret.slice(-16));
    }
  });

  test("a private key in one line of text, with \\n for its lines, and one that is cut off", () => {
    const [, pem = ""] = secrets.find(([kind]) => kind === "private_key") ?? [];
    const oneLine = pem.replaceAll("\n", "\\n");
    expect(redactText(`{"key": "${oneLine}"}`)).toBe('{"key": "[redacted:private_key]"}');
    expect(redactText(`a ${pem.slice(0, 120)}`)).toBe("a [redacted:private_key]");
    expect(redactText(`${pem} and ${pem}`)).toBe("[redacted:private_key] and [redacted:private_key]");
  });

  test.each(harmless)("stays: %s", (line) => {
    expect(redactText(line)).toBe(line);
  });
});

describe("A36 secrets by their name", () => {
  test("what a schema says of a password stays; what it would be does not", () => {
    const schema = { type: "string", title: "Of the database", minLength: 12 };
    const asked = { type: "object", properties: { password: schema }, required: ["password"] };
    expect(redactor.value(asked)).toBe(asked);
    const parts = { type: "object", properties: { user: schema, pins: { type: "array", items: { type: "integer" } } } };
    const nested = { type: "object", properties: { credentials: { ...parts, additionalProperties: false } } };
    expect(redactor.value(nested)).toBe(nested);
    // What stands where a schema should is no schema.
    const value = "hunter2hunter2";
    const inside = { credentials: { type: "object", properties: { user: value }, items: [value] } };
    expect(text(redactor.value(inside))).not.toContain("hunter2");
    const more = { ...schema, default: "hunter2", enum: ["hunter2"], value: "hunter2", examples: ["hunter2"] };
    expect(text(redactor.value({ password: more }))).not.toContain("hunter2");
    expect(redactor.value({ password: { type: "securestring", title: "hunter2" } })).toEqual({
      password: { type: "[redacted:password]", title: "[redacted:password]" },
    });
  });

  test.each(named)("%s", (line, secret, clean) => {
    expect(line).toContain(secret);
    expect(redactText(line)).toBe(clean);
  });

  test.each([
    ["password", "password"],
    ["DB_PASSWORD", "password"],
    ["userPassword", "password"],
    ["dbpassword", "password"],
    ["Pass-Word", undefined],
    ["passwordLength", undefined],
    ["password_policy", undefined],
    ["accessToken", "token"],
    ["X-Auth-Token", "token"],
    ["authtoken", "token"],
    ["tokens", undefined],
    ["inputTokens", undefined],
    ["maxTokens", undefined],
    ["nextPageToken", undefined],
    ["apiKey", "api_key"],
    ["x-api-key", "api_key"],
    ["APIKEY", "api_key"],
    ["APIKey", "api_key"],
    ["api.key", "api_key"],
    ["aws_secret_access_key", "api_key"],
    ["accessKeyId", undefined],
    ["private_key", "private_key"],
    ["privateKeyPem", "private_key"],
    ["publicKey", undefined],
    ["idempotencyKey", undefined],
    ["key", undefined],
    ["authorization", "authorization"],
    ["Proxy-Authorization", "authorization"],
    ["Set-Cookie", "cookie"],
    ["cookieConsent", undefined],
    ["client_secret", "secret"],
    ["clientsecret", "secret"],
    ["secretName", undefined],
    ["X-Amz-Signature", "signature"],
    ["signature", undefined],
    ["sessionId", undefined],
    ["compass", undefined],
    ["__proto__", undefined],
    ["", undefined],
  ])("%j is the name of a %s", (name, kind) => {
    expect(secretKey(name)?.kind).toBe(kind);
  });
});

describe("A36 secrets in events", () => {
  test("nested, in lists, as numbers, under a secret's name and by shape", () => {
    const [, key] = secrets[4] ?? ["", ""];
    const event = {
      agentId: "coder-001",
      message: `pushed with ${key}`,
      password: 1234,
      pass: 3,
      inputTokens: 4096,
      nested: { list: [{ apiKey: "abcdefgh" }, { deeper: { secrets: { a: "x", b: [1, "y"], c: null } } }] },
      headers: { authorization: ["Bearer abcdefg"], accept: "text/html" },
    };
    expect(redactor.value(event)).toEqual({
      agentId: "coder-001",
      message: "pushed with [redacted:github_token]",
      password: "[redacted:password]",
      pass: 3,
      inputTokens: 4096,
      nested: {
        list: [
          { apiKey: "[redacted:api_key]" },
          { deeper: { secrets: { a: "[redacted:secret]", b: [1, "[redacted:secret]"], c: null } } },
        ],
      },
      headers: { authorization: ["[redacted:authorization]"], accept: "text/html" },
    });
    expect(event.password).toBe(1234);
  });

  test("values named by their neighbour, and arguments after their flag", () => {
    const given = {
      env: [
        { name: "DB_PASSWORD", value: "hunter2" },
        { name: "PATH", value: "/bin" },
      ],
      args: ["--verbose", "--password", "hunter2", "--token", "-v", "--token=abcdefgh", "--", "hunter2"],
    };
    expect(redactor.value(given)).toEqual({
      env: [
        { name: "DB_PASSWORD", value: "[redacted:password]" },
        { name: "PATH", value: "/bin" },
      ],
      args: [
        "--verbose",
        "--password",
        "[redacted:password]",
        "--token",
        "-v",
        "--token=[redacted:token]",
        "--",
        "hunter2",
      ],
    });
  });

  test("secrets that are names themselves", () => {
    const [, key = ""] = secrets[4] ?? [];
    expect(redactor.value({ uses: { [key]: 3, other: 1 } })).toEqual({
      uses: { "[redacted:github_token]": 3, other: 1 },
    });
  });

  test("A12 a member called __proto__ stays a member", () => {
    const given: unknown = JSON.parse(
      '{"__proto__": {"password": "hunter2"}, "password": "x", "constructor": {"token": "abcdefgh"}}',
    );
    const clean = redactor.value(given);
    expect(text(clean)).toBe(
      '{"__proto__":{"password":"[redacted:password]"},"password":"[redacted:password]","constructor":{"token":"[redacted:token]"}}',
    );
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
  });

  test("words of a language model, enumerations and empty texts stay", () => {
    const given = { token: " under", credentials: "same-origin", password: "", secret: null, authorization: true };
    expect(redactor.value(given)).toBe(given);
  });

  test("what is nested deeper than anything can be is not kept", () => {
    let deep: unknown = "hunter2";
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { a: deep };
    expect(text(redactor.value({ deep }))).toContain("[redacted:depth]");
    let below: unknown = "hunter2";
    for (let i = 0; i < 100_000; i++) below = i % 2 === 0 ? [below] : { a: below };
    expect(text(redactor.value({ password: below }))).not.toContain("hunter2");
  });

  test("ten thousand names made up by a sender are not all remembered, and none is missed", () => {
    for (let i = 0; i < 10_000; i++) {
      expect(redactor.value({ [`a${i}_password`]: "x", [`b${i}`]: "x" })).toEqual({
        [`a${i}_password`]: "[redacted:password]",
        [`b${i}`]: "x",
      });
    }
  });

  test("a picture in base64 comes out as it went in, whatever its runs look like", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let seed = 7;
    const characters = Array.from({ length: 80_000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return alphabet.charAt((seed >> 16) % 64);
    });
    const data = { screenshot: characters.join(""), mediaType: "image/png" };
    expect(redactor.value(data)).toBe(data);
    // Beside it secrets are still found.
    const [[kind = "", secret = ""] = []] = secrets;
    expect(redactor.value({ ...data, title: `key ${secret}` })).toEqual({ ...data, title: `key [redacted:${kind}]` });
  });

  test("the same object comes back when it holds no secret, and parts that hold none are shared", () => {
    const clean = { a: ["x", { b: 1 }], c: { d: "550e8400-e29b-41d4-a716-446655440000" } };
    expect(redactor.value(clean)).toBe(clean);
    const changed = redactor.value({ clean, password: "hunter2" });
    expect(changed.clean).toBe(clean);
  });
});

describe("A36 whatever the event", () => {
  const canary = fc.constantFrom(...secrets.map(([, secret]) => secret));
  const path = fc.array(fc.constantFrom("data", "list", "message", "0", "env", "x-y", "__proto__"), { maxLength: 6 });
  const around = fc.constantFrom("", " ", "é", '"', "'", "(", "x ", "=", "\n", "\u001b[1m", "https://example.org/?k=");

  const behind = fc.constantFrom(
    "",
    " ",
    "é",
    '"',
    "'",
    ")",
    ".",
    ", x",
    "\n",
    "\u001b[0m",
    "&k=",
    " https://example.org/?k=",
  );

  test("no secret survives, at any depth, in any text around it", () => {
    fc.assert(
      fc.property(canary, path, around, behind, fc.jsonValue(), (secret, steps, before, after, other) => {
        // Joined to `"` or `é` a secret is still one; to letters or digits it would be another text.
        let value: unknown = `${before}${secret}${after}`;
        for (const step of steps)
          value =
            step === "0"
              ? [other, value]
              : Object.fromEntries([
                  [step, value],
                  ["other", other],
                ]);
        const clean = text(redactor.value({ value }));
        expect(clean).not.toContain(text(secret).slice(1, -1));
        expect(clean).not.toContain(secret.slice(-12));
      }),
      { numRuns: 3_000 },
    );
  });

  test("nothing is left under a secret's name but numbers and flags", () => {
    const name = fc.constantFrom("password", "DB_PASSWORD", "clientSecret", "authorization", "cookie", "userPassword");
    fc.assert(
      fc.property(name, fc.string({ minLength: 8, maxLength: 40 }), path, (key, secret, steps) => {
        fc.pre(!/^\[redacted|^<redacted|^\(?redacted|^\*{3}/i.test(secret));
        let value: unknown = { [key]: secret };
        for (const step of steps) value = step === "0" ? [value] : Object.fromEntries([[step, value]]);
        expect(text(redactor.value(value))).toContain("[redacted:");
      }),
    );
  });

  test("redacting twice changes nothing more, and no text is ever refused", () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        "password",
        "token",
        "=",
        ":",
        '"',
        "'",
        "\\",
        " ",
        "Bearer ",
        "://",
        "@",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "--",
        "a",
        "1",
        "\n",
        "eyJ",
        ".",
        "[redacted:",
        "]",
      ),
      canary.map((secret) => ` ${secret} `),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 24 }).map((all) => all.join("")),
        (line) => {
          const once = redactText(line);
          expect(redactText(once)).toBe(once);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe("A13 texts made to be slow", () => {
  const size = 1_048_576;
  const repeat = (piece: string): string => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  // Put together, for whoever looks for keys in the repository.
  const begin = ["-----BEGIN PRIVATE", "KEY-----"].join(" ");
  const pieces = `
a|aA1|-|sk-|sk-ant-|ghp_|eyJ|eyJabcdefg.|eyJhbGciOi...|-----BEGIN |${begin}|${begin}"x
://|://a:b|http://a:b |://hooks.slack.com/services/|@|"|\\|/| |[redacted:|;1m|[32m|é
password:|password: |password=|password= |token="|token='a "token: |token:\\"a |--password |pwd=/a/|secret={a}|x=token: 'a "b
bearer |Bearer aaaaaaa |cookie: |cookie:|authorization: |aB3/+|sha512-aB3dE5gH7/+|aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dE4fG6hJ8k `
    .slice(1)
    .split(/[|\n]/);

  // A scan that goes back would need minutes for one of these: the test's own time-out is the limit.
  test("a mebibyte of anything is read in one go", { timeout: 60_000 }, () => {
    expect(pieces).toHaveLength(44);
    for (const piece of pieces) expect(redactText(repeat(piece)).length).toBeGreaterThan(0);
    // Looking for the end of each key anew would be quick for one, and not for three hundred thousand.
    expect(redactText(repeat(`${begin}"x`).repeat(8)).length).toBeGreaterThan(0);
    for (const before of [`token:"`, "eyJabcdefgh", "http://a:"]) {
      for (const piece of ["a", "a ", ".", "\\", "/"])
        expect(redactText(before + repeat(piece)).length).toBeGreaterThan(0);
    }
  });
});
