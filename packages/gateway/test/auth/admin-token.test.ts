import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasFailed } from "@signalbox/core";
import { expect, test } from "vitest";
import { AdminTokenAuthenticator, adminToken } from "../../src/auth/admin-token/index.ts";
import { tempDir } from "../support/gateway.ts";

test("the admin token is made once, kept for its owner only, and found again", () => {
  const dir = join(tempDir(), "data");
  const token = adminToken(dir, undefined);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(adminToken(dir, undefined)).toBe(token);
  const path = join(dir, "admin-token");
  expect(readFileSync(path, "utf8").trim()).toBe(token);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a given token is used and nothing is written", () => {
  const dir = join(tempDir(), "data");
  expect(adminToken(dir, "given-token")).toBe("given-token");
  expect(() => statSync(dir)).toThrow("ENOENT");
});

test("only the very token speaks for the administrator", () => {
  const authenticator = new AdminTokenAuthenticator("right-token");
  const ask = (token: string): unknown => {
    let answer: string | undefined;
    authenticator.authenticate(token, (given) => {
      answer = hasFailed(given) ? given.failed : given.id;
    });
    return answer;
  };
  expect(ask("right-token")).toBe("admin");
  for (const wrong of ["", "right-toke", "right-token ", "RIGHT-TOKEN", "x".repeat(100_000)]) {
    expect(ask(wrong)).toBe("unauthenticated");
  }
});
