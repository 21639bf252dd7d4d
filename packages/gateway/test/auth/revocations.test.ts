import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type KeptRevocation, Revocations } from "../../src/auth/revocations.ts";
import { freshDir, identity } from "./support/identities.ts";

const dayMs = 86_400_000;
const clock = { ms: 1_800_000_000_000 };
function open(path = join(freshDir(), "revocations.json")) {
  const revocations = new Revocations({ path, nowMs: () => clock.ms });
  onTestFinished(() => revocations.close());
  return { revocations, path };
}
const heard = (by: Revocations) => new Promise<readonly KeptRevocation[]>((resolve) => by.onRevoked(resolve));

describe("A8 a revocation", () => {
  test("of a subject meets their tokens of any issuer made until now, and no later ones", async () => {
    const { revocations } = open();
    await revocations.revoke({ what: "subject", kind: "user", id: "ada" });
    const made = (issuedAtMs: number) =>
      revocations.isRevoked(identity("ada", { issuedAtMs, tokenId: `${issuedAtMs}` }));
    expect([made(clock.ms - dayMs), made(clock.ms), made(clock.ms + 60_000)]).toEqual([true, true, true]);
    expect(made(clock.ms + 60_001)).toBe(false);
    expect(revocations.isRevoked(identity("ada"))).toBe(true);
    for (const other of [
      identity("bob"),
      identity("ada", { kind: "agent" }),
      identity("ada", { tenant: "acme" }),
      identity("Ada"),
    ]) {
      expect(revocations.isRevoked(other)).toBe(false);
    }
  });

  test("of a key meets that key", async () => {
    const { revocations } = open();
    await revocations.revoke({ what: "key", keyId: "k1" });
    expect(revocations.isRevoked(identity("ci", { keyId: "k1", issuedAtMs: clock.ms + dayMs }))).toBe(true);
    expect(revocations.isRevoked(identity("ci", { keyId: "k2" }))).toBe(false);
    expect(revocations.isRevoked(identity("k1"))).toBe(false);
  });

  test("of a token meets that token of that issuer", async () => {
    const { revocations } = open();
    await revocations.revoke({ what: "token", issuer: "a", tokenId: "t1" });
    expect(revocations.isRevoked(identity("ada", { issuer: "a", tokenId: "t1" }))).toBe(true);
    expect(revocations.isRevoked(identity("ada", { issuer: "b", tokenId: "t1" }))).toBe(false);
    expect(revocations.isRevoked(identity("ada", { issuer: "a", tokenId: "t2" }))).toBe(false);
    expect(revocations.isRevoked(identity("ada", { tokenId: "t1" }))).toBe(false);
  });

  test("is heard by every process, and in force there", async () => {
    const { revocations: here, path } = open();
    const { revocations: there } = open(path);
    const [mine, theirs] = [heard(here), heard(there)];
    await here.revoke({ what: "key", keyId: "k1" });
    expect((await mine).map(({ what }) => what)).toEqual(["key"]);
    expect(await theirs).toEqual(await mine);
    expect(there.isRevoked(identity("ci", { keyId: "k1" }))).toBe(true);
  });

  test("is remembered over a restart", async () => {
    const { revocations, path } = open();
    await revocations.revoke({ what: "subject", kind: "agent", id: "coder", tenant: "acme" });
    const again = open(path).revocations;
    expect(again.isRevoked(identity("coder", { kind: "agent", tenant: "acme" }))).toBe(true);
  });

  test("is in force until its token has ended, and then forgotten", async () => {
    const { revocations, path } = open();
    await revocations.revoke({ what: "token", issuer: "a", tokenId: "t1" }, clock.ms + 1_000);
    clock.ms += 1_000;
    expect(revocations.isRevoked(identity("ada", { issuer: "a", tokenId: "t1" }))).toBe(false);
    expect(revocations.list()).toEqual([]);
    await revocations.revoke({ what: "key", keyId: "k1" });
    expect(readFileSync(path, "utf8")).not.toContain("t1");
  });

  test("can be made again and taken back", async () => {
    const { revocations } = open();
    const ada = { what: "subject", kind: "user", id: "ada" } as const;
    await revocations.revoke(ada);
    clock.ms += dayMs;
    const again = heard(revocations);
    await revocations.revoke(ada);
    expect(await again).toHaveLength(1);
    expect(revocations.list()).toHaveLength(1);
    expect(revocations.isRevoked(identity("ada", { issuedAtMs: clock.ms - 1 }))).toBe(true);
    expect(await revocations.lift(ada)).toBe(true);
    expect(await revocations.lift(ada)).toBe(false);
    expect(revocations.isRevoked(identity("ada"))).toBe(false);
  });

  test("is never forgotten for want of room: the one too many is refused", async () => {
    const path = join(freshDir(), "revocations.json");
    const full = Array.from({ length: 100_000 }, (_, i) => ({
      what: "key",
      keyId: `k${i}`,
      atMs: 1,
      untilMs: clock.ms + dayMs,
    }));
    writeFileSync(path, JSON.stringify({ version: 1, revocations: full }));
    const { revocations } = open(path);
    await expect(revocations.revoke({ what: "key", keyId: "one more" })).rejects.toThrow(RangeError);
    expect(revocations.isRevoked(identity("ci", { keyId: "k0" }))).toBe(true);
    await revocations.revoke({ what: "key", keyId: "k0" });
  });

  test.each([
    "[]",
    "{}",
    '{"version":1,"revocations":{}}',
    '{"version":1,"revocations":[{}]}',
    '{"version":1,"revocations":[{"what":"key","keyId":1,"atMs":1,"untilMs":2}]}',
    '{"version":1,"revocations":[{"what":"subject","kind":"root","id":"a","atMs":1,"untilMs":2}]}',
    '{"version":1,"revocations":[{"what":"token","tokenId":"t","atMs":1,"untilMs":2}]}',
    '{"version":1,"revocations":[{"what":"key","keyId":"k","atMs":"1","untilMs":2}]}',
  ])("a file that holds %s is not begun with", (text) => {
    const path = join(freshDir(), "revocations.json");
    writeFileSync(path, text);
    expect(() => open(path)).toThrow(path);
  });
});
