import type { Identity } from "@signalbox/core";
import { expect, test } from "vitest";
import { firstOf } from "../../src/auth/chain.ts";
import type { IdentityAuthenticator } from "../../src/auth/identity-authenticator.ts";
import { answerOf } from "./support/answers.ts";
import { identity } from "./support/identities.ts";

const way = (start: string, who?: Identity): IdentityAuthenticator & { asked: string[] } => ({
  asked: [],
  recognises: (token) => token.startsWith(start),
  authenticate(token, done, caller) {
    this.asked.push(`${token} ${caller?.address}`);
    done(who ?? { failed: "unauthenticated", message: "no" });
  },
});

test("the first way that recognises a token decides, and no other is asked", async () => {
  const [a, b, rest] = [way("a", identity("ada")), way("ab", identity("eve")), way("", identity("anybody"))];
  const all = firstOf([a, b, rest]);
  expect(await answerOf(all, "abc", { address: "192.0.2.1" })).toMatchObject({ id: "ada" });
  expect(await answerOf(all, "x")).toMatchObject({ id: "anybody" });
  expect([a.asked, b.asked, rest.asked]).toEqual([["abc 192.0.2.1"], [], ["x undefined"]]);
});

test("what one way refuses no other way is asked about", async () => {
  const rest = way("", identity("anybody"));
  expect(await answerOf(firstOf([way("a"), rest]), "abc")).toBe("unauthenticated");
  expect(rest.asked).toEqual([]);
});

test("a token that nobody recognises is unknown", async () => {
  const all = firstOf([way("a", identity("ada"))]);
  expect(all.recognises("x")).toBe(false);
  expect(await answerOf(all, "x")).toBe("unauthenticated");
});

test("A8 who was revoked is not let in by any way", async () => {
  const all = firstOf([way("a", identity("ada")), way("b", identity("bob"))], ({ id }) => id === "ada");
  expect(await answerOf(all, "a")).toBe("unauthenticated");
  expect(await answerOf(all, "b")).toMatchObject({ id: "bob" });
});
