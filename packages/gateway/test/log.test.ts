import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLog, printable } from "../src/log.ts";

type Log = ReturnType<typeof createLog>;

const logged = (pretty: boolean, write: (log: Log) => void): string => {
  let text = "";
  write(
    createLog(
      { level: "info", pretty },
      {
        write: (line: string) => {
          text += line;
        },
      },
    ),
  );
  return text;
};

/** Made of parts, so that nobody takes them for real ones. */
const canaries = {
  aws: ["AK", "IAIOSFODNN7EXAMPLE"].join(""),
  github: ["gh", "p_", "k3V9x2M4".repeat(5).slice(0, 36)].join(""),
  jwt: ["ey", "JhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiJhZGEifQ.", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"].join(""),
  key: ["sb", "k_k3v9x2m4abcd_", "c".repeat(21), "A1b2C3d4E5f6G7h8I9j0K1"].join(""),
  password: ["hunter", "2hunter2"].join(""),
};

/** Ways for a secret to get into a record. */
const ways: ReadonlyArray<readonly [string, (log: Log, secret: string) => void]> = [
  ["the message", (log, secret) => log.info(`sent Bearer ${secret} and was refused`)],
  ["a format's argument", (log, secret) => log.info("sent %s", `authorization: Bearer ${secret}`)],
  ["a field", (log, secret) => log.info({ sent: `token=${secret}` }, "m")],
  ["a list", (log, secret) => log.info({ args: ["--password", secret] }, "m")],
  ["deep below", (log, secret) => log.info({ a: { b: { c: { d: { e: [{ client_secret: secret }] } } } } }, "m")],
  ["an address", (log, secret) => log.info({ url: `https://ada:${secret}@example.org/` }, "m")],
  ["an address's query", (log, secret) => log.info(`GET /v1/ws?access_token=${secret} HTTP/1.1`)],
  ["a ticket", (log, secret) => log.info(`GET /v1/events?channel=global&ticket=${secret}`)],
  ["a subprotocol", (log, secret) => log.info({ offered: `signalbox.v1, signalbox.token.${secret}` }, "m")],
  ["headers", (log, secret) => log.info({ headers: { "Sec-WebSocket-Protocol": `signalbox.token.${secret}` } }, "m")],
  ["an error", (log, secret) => log.error({ err: new Error(`password=${secret}`) }, "m")],
  ["an error itself", (log, secret) => log.error(new Error(`password=${secret}`))],
  [
    "an error's cause",
    (log, secret) => log.error({ err: new Error("outer", { cause: new Error(`password=${secret}`) }) }, "m"),
  ],
  [
    "an error's own field",
    (log, secret) => log.error({ err: Object.assign(new Error("x"), { password: secret }) }, "m"),
  ],
  ["a child's field", (log, secret) => log.child({ authorization: secret }).info("m")],
  ["text of JSON", (log, secret) => log.info({ body: JSON.stringify({ password: secret }) }, "m")],
];

describe.each([
  ["JSON", false],
  ["pretty", true],
])("%s", (_what, pretty) => {
  test("A36 what is called a token, a cookie or an authorization is never written, however short and deep", () => {
    const text = logged(pretty, (log) => {
      log.info({ token: "canary", headers: { authorization: "canary", Cookie: "canary" } }, "first");
      log.warn({ a: { b: { adminToken: "canary", c: { d: { secret: ["canary"] } } } } }, "second");
    });
    expect(text).not.toContain("canary");
    expect(text).toContain("first");
    expect(text).toContain("second");
  });

  describe.each(ways)("A36 no secret is written that comes in %s", (_way, write) => {
    test.each(Object.entries(canaries))("%s", (_name, secret) => {
      const text = logged(pretty, (log) => write(log, secret));
      expect(text).not.toContain(secret);
      expect(text.length).toBeGreaterThan(20);
    });
  });

  test("A36 a secret that its shape gives away needs no name", () => {
    const { password: _named, ...shaped } = canaries;
    for (const secret of Object.values(shaped)) {
      const text = logged(pretty, (log) => log.info({ note: `got ${secret}` }, secret));
      expect(text).not.toContain(secret);
    }
  });

  test("A29 nothing that a terminal obeys comes out, and no record makes two", () => {
    const evil = [
      "\u001b]52;c;x\u0007",
      "\u009b2J",
      "\u202e",
      "\u2066",
      "\u2028",
      "\u0085",
      "\r\n",
      "\n[12:00:00] INFO: forged",
    ];
    for (const each of evil) {
      const text = logged(pretty, (log) => log.info({ [`name${each}`]: [each], deep: { each } }, `message ${each}`));
      const plain = withoutColours(text);
      expect(plain).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
      expect(plain.split("\n").filter((line) => /^\[12:00:00\]/.test(line))).toEqual([]);
    }
  });

  test("A29 an error's text cannot begin a line of its own, its stack's frames do", () => {
    const text = logged(pretty, (log) => log.error({ err: new Error("x\n[12:00:00] INFO: forged") }, "m"));
    expect(withoutColours(text)).not.toMatch(/^\s*\[12:00:00\]/m);
    expect(text).toContain("log.test.ts");
    if (pretty) expect(withoutColours(text)).toMatch(/\n\s+at .*log\.test\.ts/);
  });
});

const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const withoutColours = (text: string): string => text.replaceAll(colour, "");

describe("JSON", () => {
  test("is one line per record, whatever is in it", () => {
    const text = logged(false, (log) => log.info({ name: "a\nb\r\u2028c" }, "line\nforged"));
    expect(text.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ level: "info", msg: "line\nforged", name: "a\nb\r\u2028c" });
  });

  test("A29 any text is read as it was logged, and written without what is obeyed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 7 }), (said) => {
        const text = logged(false, (log) => log.info({ said: { deep: [said] } }, "m"));
        expect(JSON.parse(text)).toMatchObject({ said: { deep: [said] }, msg: "m" });
        expect(text.trimEnd()).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test("says what people look for: ids, addresses, paths, counts", () => {
    const record = {
      id: "550e8400-e29b-41d4-a716-446655440000",
      url: "http://127.0.0.1:7400",
      dataDir: "/var/lib/signalbox/data",
      node: "build-3-a1b2c3",
      sessions: 12,
      ok: true,
      none: null,
      error: "rate_limited",
    };
    expect(JSON.parse(logged(false, (log) => log.info(record, "the gateway runs")))).toMatchObject(record);
  });

  test("what is too deep to look through is left out", () => {
    let deep: unknown = "canary";
    for (let i = 0; i < 60; i++) deep = { deep };
    expect(logged(false, (log) => log.info({ deep }, "m"))).not.toContain("canary");
  });
});

test.each([
  ["plain text, häßlich", "plain text, häßlich"],
  ["\u001b[31mred\u0007", "\\u{1b}[31mred\\u{7}"],
  ["a\nb", "a\\u{a}b"],
  ["\u202egnp.exe\u2066", "\\u{202e}gnp.exe\\u{2066}"],
  ["x".repeat(300), "x".repeat(200)],
])("A29 %j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});
