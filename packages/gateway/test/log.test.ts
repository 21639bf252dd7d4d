import { describe, expect, test } from "vitest";
import { createLog, printable } from "../src/log.ts";

const logged = (pretty: boolean, write: (log: ReturnType<typeof createLog>) => void): string => {
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

describe.each([
  ["JSON", false],
  ["pretty", true],
])("%s", (_what, pretty) => {
  test("A36 what is called a token, a cookie or an authorization is never written", () => {
    const text = logged(pretty, (log) => {
      log.info({ token: "canary", headers: { authorization: "canary", cookie: "canary" } }, "first");
      log.warn({ a: { b: { adminToken: "canary" } } }, "second");
    });
    expect(text).not.toContain("canary");
    expect(text).toContain("first");
    expect(text).toContain("second");
  });
});

test("JSON is one line per record, whatever is in it", () => {
  const text = logged(false, (log) => log.info({ name: "a\nb\r\u2028c" }, "line\nforged"));
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({ level: "info", msg: "line\nforged", name: "a\nb\r\u2028c" });
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
