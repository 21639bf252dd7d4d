import { execFile } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasFailed, type Identity } from "@signalbox/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { ApiKeys, openKeyFile } from "../../../src/auth/api-keys/index.ts";
import { answerOf, ask } from "../support/answers.ts";
import { freshDir } from "../support/identities.ts";

const now = { ms: 1_800_000_000_000, steadyMs: 0 };

function open(path = join(freshDir(), "api-keys.json"), problems: string[] = []) {
  const store = openKeyFile(path, (problem) => problems.push(problem));
  const keys = new ApiKeys({ store, nowMs: () => now.ms, steadyMs: () => now.steadyMs });
  onTestFinished(() => keys.close());
  return { keys, store, path };
}
const revoked = (keys: ApiKeys) => new Promise<readonly string[]>((resolve) => keys.onRevoked(resolve));
const other = promisify(execFile);
const change = (path: string, ...args: string[]) =>
  other(process.execPath, [
    "--conditions=source",
    fileURLToPath(new URL("../support/change-file.ts", import.meta.url)),
    path,
    ...args,
  ]);

describe("A9 a key", () => {
  test("is made, lets in, and is listed without its secret", async () => {
    const { keys, path } = open();
    const { token, key } = await keys.create({
      name: "CI of shop",
      role: "agent",
      capabilities: [{ channels: "repo:shop/*", verbs: ["publish"] }],
      tenant: "acme",
      agentId: "coder-001",
      expiresAtMs: now.ms + 1_000,
    });
    expect(token).toMatch(/^sbk_[0-9a-z]{12}_[0-9A-Za-z]{43}$/);
    expect(keys.recognises(token)).toBe(true);
    expect(await answerOf(keys, token)).toEqual({
      kind: "agent",
      id: `key:${key.id}`,
      tenant: "acme",
      roles: ["agent"],
      capabilities: [{ channels: "repo:shop/*", verbs: ["publish"] }],
      agentId: "coder-001",
      keyId: key.id,
      issuedAtMs: now.ms,
      expiresAtMs: now.ms + 1_000,
    });
    const [, , secret = ""] = token.split("_");
    expect(keys.list()).toEqual([key]);
    for (const shown of [JSON.stringify(keys.list()), readFileSync(path, "utf8")]) {
      expect(shown).not.toContain(secret);
      expect(shown).toContain(key.id);
    }
    expect(JSON.stringify(keys.list())).not.toMatch(/[0-9a-f]{64}/);
  });

  test("without more is a service that may do nothing", async () => {
    const { keys } = open();
    const { token, key } = await keys.create({ name: "bare" });
    expect(await answerOf(keys, token)).toMatchObject({
      kind: "service",
      id: `key:${key.id}`,
      roles: [],
      capabilities: [],
    });
    const { token: named } = await keys.create({
      name: "n",
      kind: "user",
      subject: "ada",
      role: ["viewer", "approver"],
    });
    expect(await answerOf(keys, named)).toMatchObject({ kind: "user", id: "ada", roles: ["viewer", "approver"] });
  });

  test("is refused when any character of it is another", async () => {
    const { keys } = open();
    const { token } = await keys.create({ name: "one" });
    for (const at of [4, 10, 17, 30, token.length - 1]) {
      const wrong = token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1);
      expect(await answerOf(keys, wrong)).toBe("unauthenticated");
      now.steadyMs += 10_000;
    }
    for (const wrong of [
      "",
      "sbk_",
      `${token}x`,
      token.slice(0, -1),
      token.toUpperCase(),
      ` ${token}`,
      `${token}\n`,
      "sbk___proto____x",
    ]) {
      expect(await answerOf(keys, wrong)).toBe("unauthenticated");
      now.steadyMs += 10_000;
    }
  });

  test("is over at its end", async () => {
    const { keys } = open();
    const { token, key } = await keys.create({ name: "short", expiresAtMs: now.ms + 10 });
    expect(keys.isRevoked(key.id)).toBe(false);
    now.ms += 10;
    expect(await answerOf(keys, token)).toBe("unauthenticated");
    expect(keys.isRevoked(key.id)).toBe(true);
  });

  test("is in a file that only its owner reads", async () => {
    const { keys, path } = open();
    await keys.create({ name: "one" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("two keys never share anything but their form", async () => {
    const { keys } = open();
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => keys.create({ name: `k${i}` })));
    expect(new Set(tokens.map(({ key }) => key.id)).size).toBe(50);
    expect(keys.list()).toHaveLength(50);
    // Every character of the alphabet turns up: none is left out by the way they are drawn.
    expect(new Set(tokens.flatMap(({ token }) => [...token.slice(17)])).size).toBe(62);
  });

  test.each([
    [{ name: "" }],
    [{ name: "x".repeat(101) }],
    [{ name: "x", role: "Root" }],
    [{ name: "x", role: ["viewer", ""] }],
    [{ name: "x", capabilities: [{ channels: "agent:**", verbs: ["publish"] }] }],
    [{ name: "x", capabilities: [{ channels: "agent:*", verbs: ["fly"] }] }],
    [{ name: "x", tenant: "../other" }],
    [{ name: "x", agentId: "*" }],
    [{ name: "x", subject: "a\nb" }],
    [{ name: "x", expiresAtMs: 1 }],
    [{ name: "x", expiresAtMs: Number.NaN }],
  ])("%j cannot be a key", async (wrong) => {
    const { keys } = open();
    await expect(keys.create(wrong)).rejects.toThrow(RangeError);
    expect(keys.list()).toEqual([]);
  });
});

describe("A9 wrong keys", () => {
  const wrong = `sbk_${"a".repeat(12)}_${"b".repeat(43)}`;

  test("are limited by address; a right key is not", async () => {
    const { keys } = open();
    const { token } = await keys.create({ name: "one" });
    const caller = { address: "192.0.2.1" };
    const answers: Array<Identity | string> = [];
    for (let i = 0; i < 21; i++) answers.push(await answerOf(keys, wrong, caller));
    expect(answers.filter((one) => one === "unauthenticated")).toHaveLength(20);
    expect(answers.at(-1)).toBe("rate_limited");
    const refused = await ask(keys, wrong, caller);
    expect(hasFailed(refused) && refused.details).toEqual({ retryAfterMs: 2_000 });
    expect(await answerOf(keys, token, caller)).toMatchObject({ kind: "service" });
    expect(await answerOf(keys, wrong, { address: "192.0.2.2" })).toBe("unauthenticated");
    now.steadyMs += 2_000;
    expect(await answerOf(keys, wrong, caller)).toBe("unauthenticated");
  });
});

describe("A8 revoking a key", () => {
  test("refuses it at once and tells who listens", async () => {
    const { keys } = open();
    const { token, key } = await keys.create({ name: "one" });
    const { key: stays } = await keys.create({ name: "two" });
    const heard = revoked(keys);
    expect(await keys.revoke(key.prefix)).toBe(true);
    expect(await heard).toEqual([key.id]);
    expect(await answerOf(keys, token)).toBe("unauthenticated");
    expect([keys.isRevoked(key.id), keys.isRevoked(stays.id), keys.isRevoked("nobody")]).toEqual([true, false, true]);
    expect(keys.list().map(({ revokedAtMs }) => revokedAtMs)).toEqual([now.ms, undefined]);
    expect(await keys.revoke(key.id)).toBe(false);
    expect(await keys.revoke("nobody")).toBe(false);
  });

  test("by another process is heard, and a key made by another process is known", async () => {
    const { keys, path } = open();
    const { stdout } = await change(path, "create", "theirs");
    const token = stdout.trim();
    const who = await answerOf(keys, token);
    expect(who).toMatchObject({ kind: "service" });
    const heard = revoked(keys);
    const [, id = ""] = token.split("_");
    expect((await change(path, "revoke", id)).stdout.trim()).toBe("true");
    expect(await heard).toEqual([id]);
    expect(await answerOf(keys, token)).toBe("unauthenticated");
  });

  test("several processes at once lose nothing", async () => {
    const { keys, path } = open();
    const mine = Array.from({ length: 5 }, (_, i) => keys.create({ name: `mine ${i}` }));
    await Promise.all([...mine, ...Array.from({ length: 3 }, (_, i) => change(path, "create", `theirs ${i}`))]);
    expect(keys.list()).toHaveLength(8);
  });

  test("a key whose record was changed by hand, or removed with the file, is revoked", async () => {
    const { keys, path, store } = open();
    const { key } = await keys.create({ name: "one", role: "admin" });
    const changed = revoked(keys);
    writeFileSync(path, readFileSync(path, "utf8").replace('"admin"', '"viewer"'));
    await store.refresh();
    expect(await changed).toEqual([key.id]);
    const gone = revoked(keys);
    rmSync(path);
    await store.refresh();
    expect(await gone).toEqual([key.id]);
    expect(keys.list()).toEqual([]);
  });

  test("a file that somebody broke changes nothing, and is complained of once", async () => {
    const problems: string[] = [];
    const { keys, path, store } = open(undefined, problems);
    const { token } = await keys.create({ name: "one" });
    const whole = readFileSync(path, "utf8");
    for (const broken of [
      whole.slice(0, 40),
      "[]",
      '{"version":2,"keys":[]}',
      whole.replace(/"hash": "../, '"hash": "zz'),
      "null",
    ]) {
      writeFileSync(path, broken);
      await store.refresh();
      await store.refresh();
      expect(await answerOf(keys, token)).toMatchObject({ kind: "service" });
      await expect(keys.create({ name: "two" })).rejects.toThrow(path);
      expect(() => openKeyFile(path)).toThrow(path);
    }
    expect(problems).toHaveLength(5);
    writeFileSync(path, whole);
    await store.refresh();
    await keys.create({ name: "two" });
    expect(keys.list()).toHaveLength(2);
  });

  test("keys that ended are listed for ninety days and then forgotten", async () => {
    const { keys } = open();
    const { key } = await keys.create({ name: "old" });
    await keys.revoke(key.id);
    now.ms += 89 * 86_400_000;
    await keys.create({ name: "new" });
    expect(keys.list()).toHaveLength(2);
    now.ms += 2 * 86_400_000;
    await keys.create({ name: "newer" });
    expect(keys.list().map(({ name }) => name)).toEqual(["new", "newer"]);
  });
});
