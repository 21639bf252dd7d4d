import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiKeys, openKeyFile, Revocations } from "@signalbox/gateway";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collectCapability, parseDuration } from "../src/parse.ts";
import { Cli } from "./cli.ts";

let cli: Cli;
let dataDir: string;
beforeEach(() => {
  cli = new Cli();
  dataDir = join(cli.cwd, ".signalbox");
});
afterEach(() => cli.remove());

const create = async (...args: string[]) => {
  const done = await cli.run(["keys", "create", "--json", ...args]);
  expect(done).toMatchObject({ code: 0 });
  return JSON.parse(done.stdout);
};
const listed = async () => {
  const { stdout } = await cli.run(["keys", "list", "--json"]);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
};
const identified = (token: string) =>
  new Promise((resolve) =>
    new ApiKeys({ store: openKeyFile(join(dataDir, "keys.json")) }).authenticate(token, resolve),
  );

describe("A9 keys", () => {
  test("create prints the token alone, once; the file has no secret and belongs to its owner", async () => {
    const done = await cli.run(["keys", "create", "ci", "--role", "agent", "--agent", "ci", "--expires", "30d"]);
    expect(done.stdout).toMatch(/^sbk_[0-9a-z]{12}_[0-9A-Za-z]{43}\n$/);
    expect(done.stderr).toContain("shown this once");
    expect(done.stderr).not.toContain("no end");
    const secret = done.stdout.trim().split("_")[2] ?? "";
    expect(readFileSync(join(dataDir, "keys.json"), "utf8")).not.toContain(secret);
    expect(statSync(join(dataDir, "keys.json")).mode & 0o777).toBe(0o600);
    expect((await cli.run(["keys", "list"])).stdout).not.toContain(secret);
    expect(await identified(done.stdout.trim())).toMatchObject({ kind: "agent", agentId: "ci", roles: ["agent"] });
  });

  test("everything that was asked for is in the key, and in the list", async () => {
    const { token, id } = await create(
      ...["ada's", "--role", "viewer", "--role", "approver", "--kind", "user", "--subject", "ada", "--tenant", "acme"],
      ...["--capability", "agent:a=b=command", "--capability", "process:*=subscribe,history"],
    );
    const identity = {
      kind: "user",
      id: "ada",
      tenant: "acme",
      keyId: id,
      roles: ["viewer", "approver"],
      capabilities: [
        { channels: "agent:a=b", verbs: ["command"] },
        { channels: "process:*", verbs: ["subscribe", "history"] },
      ],
    };
    expect(await identified(token)).toMatchObject(identity);
    expect(await listed()).toMatchObject([{ id, name: "ada's", subject: "ada", tenant: "acme", state: "active" }]);
    const { stdout } = await cli.run(["keys", "list"]);
    expect(stdout).toContain("user:ada in acme");
    expect(stdout).toContain("viewer approver agent:a=b=command process:*=subscribe,history");
    expect(stdout).toContain("active, no end");
  });

  test("a capability may name the commands that it is for: they are in the key, and in the list as they were written", async () => {
    const { token } = await create("brake", "--capability", "agent:*=history,command(pause,resume)");
    expect(await identified(token)).toMatchObject({
      capabilities: [{ channels: "agent:*", verbs: ["history", "command"], commands: ["pause", "resume"] }],
    });
    expect((await cli.run(["keys", "list"])).stdout).toContain("agent:*=history,command(pause,resume)");
  });

  test("a key is revoked by its id or by how it begins, and stays in the list as such", async () => {
    const [one, two] = [await create("one", "--role", "viewer"), await create("two", "--role", "viewer")];
    expect(await cli.run(["keys", "revoke", one.id])).toMatchObject({ code: 0 });
    expect(await cli.run(["keys", "revoke", two.prefix])).toMatchObject({ code: 0 });
    expect((await listed()).map(({ state }) => state)).toEqual(["revoked", "revoked"]);
    expect(await identified(one.token)).toMatchObject({ failed: "unauthenticated" });
    expect((await cli.run(["keys", "revoke", one.id])).stderr).toContain("was revoked before");
  });

  test("an ended key is shown as expired", async () => {
    await create("short", "--role", "viewer", "--expires", "90m");
    const path = join(dataDir, "keys.json");
    const file = JSON.parse(readFileSync(path, "utf8"));
    file.keys[0].expiresAtMs = Date.now() - 1;
    writeFileSync(path, JSON.stringify(file));
    expect(await listed()).toMatchObject([{ state: "expired" }]);
    expect((await cli.run(["keys", "list"])).stdout).toMatch(/expired \d+ s ago/);
  });

  test("a whole token given to revoke does not come back on the screen", async () => {
    const { token } = await create("one", "--role", "viewer");
    const done = await cli.run(["keys", "revoke", token]);
    expect(done.code).toBe(0);
    expect(done.stdout + done.stderr).not.toContain(token.split("_")[2]);
  });

  test.each([
    ["nothing to do", ["keys", "create", "x"], "--role viewer"],
    ["a verb that is none", ["keys", "create", "x", "--capability", "agent:*=read"], "Verbs are subscribe"],
    [
      "a verb that takes no names",
      ["keys", "create", "x", "--capability", "agent:*=approve(a)"],
      "command(pause,resume)",
    ],
    ["a pattern that is none", ["keys", "create", "x", "--capability", "agent*=history"], "neither a channel"],
    ["a tenant that is none", ["keys", "create", "x", "--role", "viewer", "--tenant", "A B"], "tenant must match"],
    ["an unknown kind", ["keys", "create", "x", "--role", "viewer", "--kind", "robot"], "user, agent, service"],
    ["a time that is none", ["keys", "create", "x", "--role", "viewer", "--expires", "soon"], "30d"],
    ["no such directory", ["keys", "list"], "--data-dir DIR"],
    ["nobody", ["revoke"], "--subject, --token and --key"],
    ["two at once", ["revoke", "--subject", "user:a", "--key", "k"], "Give one of"],
    ["a subject without its kind", ["revoke", "--subject", "alice"], "user:alice"],
    ["half a token", ["revoke", "--token", "https://login.example.org"], "ISSUER JTI"],
  ])("wrong usage says what to write: %s", async (_what, args, says) => {
    const done = await cli.run(args);
    expect(done).toMatchObject({ code: 2, stdout: "" });
    expect(done.stderr).toContain(says);
  });

  test("a role nobody knows here is said, since a slip grants nothing", async () => {
    const done = await cli.run(["keys", "create", "x", "--role", "veiwer"]);
    expect(done.code).toBe(0);
    expect(done.stderr).toContain("role veiwer is none of viewer");
  });

  test("a file that cannot be read is not written over", async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "keys.json"), "damaged");
    const done = await cli.run(["keys", "create", "x", "--role", "viewer"]);
    expect(done).toMatchObject({ code: 1, stdout: "" });
    expect(done.stderr).toContain("keys.json is not JSON");
    expect(readFileSync(join(dataDir, "keys.json"), "utf8")).toBe("damaged");
  });

  test("a name that would move the cursor is printed as text", async () => {
    await create("\u001b[2Jname", "--role", "viewer");
    const { stdout } = await cli.run(["keys", "list"]);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("name");
  });

  test("the data directory is found as serve finds it", async () => {
    writeFileSync(join(cli.cwd, "signalbox.config.json"), JSON.stringify({ dataDir: "by-config" }));
    await create("one", "--role", "viewer");
    await create("two", "--role", "viewer", "--data-dir", "by-flag");
    expect(statSync(join(cli.cwd, "by-config", "keys.json")).isFile()).toBe(true);
    expect(statSync(join(cli.cwd, "by-flag", "keys.json")).isFile()).toBe(true);
  });
});

describe("A8 revoke", () => {
  const isRevoked = (identity: Parameters<Revocations["isRevoked"]>[0]): boolean =>
    new Revocations({ path: join(dataDir, "revocations.json") }).isRevoked(identity);
  const nobody = { roles: [], capabilities: [] };

  test("by subject, in its tenant only", async () => {
    mkdirSync(dataDir);
    expect(await cli.run(["revoke", "--subject", "user:ada", "--tenant", "acme"])).toMatchObject({ code: 0 });
    expect(isRevoked({ ...nobody, kind: "user", id: "ada", tenant: "acme" })).toBe(true);
    expect(isRevoked({ ...nobody, kind: "user", id: "ada" })).toBe(false);
    expect(isRevoked({ ...nobody, kind: "service", id: "ada", tenant: "acme" })).toBe(false);
  });

  test("by token and by key; an id may hold colons", async () => {
    mkdirSync(dataDir);
    await cli.run(["revoke", "--token", "https://login.example.org", "t1"]);
    await cli.run(["revoke", "--key", "sbk_k3v9x2m4abcd_"]);
    await cli.run(["revoke", "--subject", "service:key:k3"]);
    const ada = { ...nobody, kind: "user", id: "ada" } as const;
    expect(isRevoked({ ...ada, issuer: "https://login.example.org", tokenId: "t1" })).toBe(true);
    expect(isRevoked({ ...ada, issuer: "https://other.example.org", tokenId: "t1" })).toBe(false);
    expect(isRevoked({ ...ada, keyId: "k3v9x2m4abcd" })).toBe(true);
    expect(isRevoked({ ...nobody, kind: "service", id: "key:k3" })).toBe(true);
  });

  test("and taken back, if there is one", async () => {
    mkdirSync(dataDir);
    await cli.run(["revoke", "--subject", "user:ada"]);
    expect(await cli.run(["revoke", "--subject", "user:ada", "--lift"])).toMatchObject({ code: 0 });
    expect(isRevoked({ ...nobody, kind: "user", id: "ada" })).toBe(false);
    expect(await cli.run(["revoke", "--subject", "user:ada", "--lift"])).toMatchObject({ code: 1 });
  });
});

test("times and capabilities are written as people write them", () => {
  expect(["90m", "12h", "30d", "4w"].map(parseDuration)).toEqual([5_400_000, 43_200_000, 2_592_000_000, 2_419_200_000]);
  for (const wrong of ["0d", "-1d", "1.5h", "30", "d", "1y", "100000d"]) expect(() => parseDuration(wrong)).toThrow();
  expect(collectCapability("*=admin")).toEqual([{ channels: "*", verbs: ["admin"] }]);
  expect(collectCapability("agent:a=b=history,command(pause,set_config),subscribe")).toEqual([
    { channels: "agent:a=b", verbs: ["history", "command", "subscribe"], commands: ["pause", "set_config"] },
  ]);
});

test.each([
  ...["agent:*", "=history", "agent:*=", "agent:*=a,,b", "agent:*=a,", "agent:*=,a", "agent:*=(pause)"],
  ...["agent:*=command()", "agent:*=command(pause", "agent:*=command(pause,)", "agent:*=command(pause)history"],
  ...["agent:*=command((pause))", "agent:*=command(a)(b)", `agent:*=command(${"x".repeat(65)})`],
  // Names for what has none, and names beside all of them.
  ...["agent:*=history(pause)", "agent:*=admin(pause)", "agent:*=command,command(pause)"],
])("%s is no capability", (wrong) => {
  expect(() => collectCapability(wrong)).toThrow("command(pause,resume)");
});
