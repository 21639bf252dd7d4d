import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiKeys, keysFile, openKeyFile } from "@signalbox/gateway";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readConfiguration } from "../src/doctor/configuration.ts";
import { keyRisks, privacyRisks } from "../src/doctor/data-dir.ts";
import { reachableRisks } from "../src/doctor/exposure.ts";
import { configurationRisks } from "../src/doctor/risks.ts";
import { systemIo } from "../src/io.ts";
import { Cli } from "./cli.ts";

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-risks-")));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const names = (findings: ReadonlyArray<{ name: string }>): string[] => findings.map(({ name }) => name);

describe("a configuration", () => {
  test.each<[string, object, string]>([
    ["bound to every address without TLS", { host: "0.0.0.0" }, "exposure"],
    ["bound to a name without TLS", { host: "build-3" }, "exposure"],
    ["bound to an address of IPv6 without TLS", { host: "::", tls: false }, "exposure"],
    ["tokens in addresses", { queryToken: true }, "query tokens"],
    ["every origin", { allowedOrigins: ["*"] }, "origins"],
    ["a part of origins", { allowedOrigins: ["https://*.example.org"] }, "origins"],
    ["pages of nobody", { allowedOrigins: ["null"] }, "origins"],
    ["pages out of files", { allowedOrigins: ["file://x"] }, "origins"],
    ["an origin without TLS", { allowedOrigins: ["http://ops.example.org:8080"] }, "origins"],
    ["every host", { allowedHosts: ["*"] }, "hosts"],
    ["a host that is none", { allowedHosts: ["0.0.0.0:7400"] }, "hosts"],
    ["a short admin token", { adminToken: "x".repeat(23) }, "admin token"],
    ["an issuer of all tenants", { jwt: [{ issuer: "https://login.example.org", tenants: "any" }] }, "issuers"],
    ["no redaction", { redaction: false }, "redaction"],
    ["a store that forgets", { store: "memory" }, "store"],
  ])("%s: warned of once, with the reason and what to do", (_what, keys, name) => {
    const findings = configurationRisks({ ...keys });
    expect(names(findings)).toEqual([name]);
    for (const { status, message, mend } of findings) {
      expect(status).toBe("warn");
      expect(message.length).toBeGreaterThan(40);
      expect(mend).toMatch(/[.:]/);
    }
  });

  test.each<[string, object]>([
    ["nothing said", {}],
    ["this machine only", { host: "127.0.0.1" }],
    ["another name for it", { host: "localhost" }],
    ["IPv6", { host: "::1" }],
    ["with TLS", { host: "0.0.0.0", tls: { cert: "c.pem", key: "k.pem" } }],
    ["exact origins", { allowedOrigins: ["https://ops.example.org", "http://localhost:5173", "http://127.0.0.1:80"] }],
    ["exact hosts", { allowedHosts: ["signalbox.example.org", "[2001:db8::1]:7400"] }],
    ["a long token", { adminToken: "x".repeat(24) }],
    [
      "an issuer with tenants",
      {
        jwt: [
          { issuer: "i", tenants: ["acme"] },
          { issuer: "j", tenant: "acme" },
        ],
      },
    ],
    ["what is on by itself", { redaction: true, store: "sqlite", queryToken: false }],
    ["nonsense", { allowedOrigins: "*", jwt: { tenants: "any" }, host: 5, adminToken: null, namespaces: 3 }],
  ])("%s: nothing to warn of", (_what, keys) => {
    expect(configurationRisks({ ...keys })).toEqual([]);
  });

  test("namespaces that ask for the disk are named when there is none", () => {
    const [finding] = configurationRisks({ store: "memory", namespaces: { audit: { durability: "fsync" }, a: {} } });
    expect(finding?.message).toMatch(/^audit ask for fsync/);
  });

  test("A29 what it holds is printed as text, and a token not at all", () => {
    const token = ["can", "ary"].join("");
    const all = configurationRisks({ adminToken: token, host: "\u001b[2Jx", allowedOrigins: ["*\u001b]0;x\u0007"] });
    expect(JSON.stringify(all)).not.toContain(token);
    expect(all.map(({ message }) => message).join("")).not.toContain("\u001b");
  });

  test("is read also where a gateway would refuse it, which is said", () => {
    writeFileSync(join(dir, "signalbox.config.json"), JSON.stringify({ host: "0.0.0.0", nonsense: 1, dataDir: "d" }));
    const { keys, problems, dataDir } = readConfiguration({}, { ...systemIo(), cwd: dir, env: {} });
    expect(keys.host).toBe("0.0.0.0");
    expect(dataDir).toBe(join(dir, "d"));
    expect(problems).toMatchObject([{ status: "fail", message: expect.stringContaining("nonsense") }]);
  });

  test("the environment wins over the file", () => {
    writeFileSync(join(dir, "signalbox.config.json"), JSON.stringify({ host: "0.0.0.0" }));
    const env = { SIGNALBOX_HOST: "127.0.0.1", SIGNALBOX_DATA_DIR: "e", SIGNALBOX_ADMIN_TOKEN: "short-token" };
    const { keys, problems, dataDir } = readConfiguration({}, { ...systemIo(), cwd: dir, env });
    expect(names(configurationRisks(keys))).toEqual(["admin token"]);
    expect(dataDir).toBe(join(dir, "e"));
    expect(problems).toEqual([]);
  });
});

describe("files", () => {
  test("that others can read are named with what closes them", () => {
    const data = join(dir, "data");
    mkdirSync(data, { mode: 0o700 });
    const token = join(data, "admin-token");
    writeFileSync(token, "x", { mode: 0o600 });
    expect(privacyRisks(data, [])).toEqual([]);
    chmodSync(token, 0o640);
    expect(privacyRisks(data, [])).toMatchObject([{ name: "private files", mend: `chmod 600 '${token}'` }]);
    chmodSync(token, 0o600);
    chmodSync(data, 0o755);
    expect(privacyRisks(data, [])).toMatchObject([
      { message: expect.stringContaining("755"), mend: `chmod 700 '${data}'` },
    ]);
    expect(privacyRisks(data, [], "win32")).toEqual([]);
    expect(privacyRisks(join(dir, "absent"), [])).toEqual([]);
  });
});

test("files with secrets are those a configuration names, and itself if it holds any", () => {
  const read = (keys: object) => {
    writeFileSync(join(dir, "signalbox.config.json"), JSON.stringify(keys));
    return readConfiguration({}, { ...systemIo(), cwd: dir, env: { SIGNALBOX_ADMIN_TOKEN: "of-the-environment" } })
      .secretFiles;
  };
  const itself = join(dir, "signalbox.config.json");
  expect(read({ host: "127.0.0.1", jwt: [{ keys: [{ pemFile: "public.pem" }] }] })).toEqual([]);
  expect(read({ adminToken: "x" })).toEqual([itself]);
  expect(read({ tls: { cert: "c.pem", key: "k.pem" } })).toEqual([join(dir, "k.pem")]);
  expect(read({ sessionCookie: { secrets: ["x"] } })).toEqual([itself]);
  expect(read({ jwt: [{ keys: [{ secret: "x" }, { secretFile: "hs.key" }] }] })).toEqual([itself, join(dir, "hs.key")]);
});

describe("API keys", () => {
  const now = Date.now();

  test("without an end, and those that may do everything, are named; others are not", async () => {
    const keys = new ApiKeys({ store: openKeyFile(keysFile(dir)) });
    const expiresAtMs = now + 86_400_000;
    await keys.create({ name: "good", role: "viewer", expiresAtMs });
    await keys.create({ name: "bound", role: "admin", agentId: "a", expiresAtMs });
    expect(keyRisks(dir, now)).toEqual([]);
    await keys.create({ name: "endless", role: "viewer" });
    await keys.create({ name: "mighty", role: "admin", expiresAtMs });
    await keys.create({ name: "star", capabilities: [{ channels: "*", verbs: ["admin"] }], expiresAtMs });
    const [endless, mighty, ...more] = keyRisks(dir, now);
    expect(more).toEqual([]);
    expect(endless?.message).toMatch(/^1 API key: endless \(/);
    expect(mighty?.message).toMatch(/^2 API keys: mighty \(\w+\), star \(/);
    // What no longer works is no risk.
    for (const { id, name } of keys.list()) if (name === "endless") await keys.revoke(id);
    expect(keyRisks(dir, expiresAtMs)).toEqual([]);
  });

  test("that cannot be read stop a gateway from starting: that fails", () => {
    writeFileSync(keysFile(dir), "{");
    expect(keyRisks(dir, now)).toMatchObject([{ status: "fail" }]);
    expect(keyRisks(join(dir, "absent"), now)).toEqual([]);
  });
});

describe("a gateway that runs", () => {
  test("is warned of when another address of this machine answers too", async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    try {
      const url = `http://127.0.0.1:${port}`;
      expect(await reachableRisks(url, ["127.0.0.1"])).toMatchObject([{ name: "exposure", status: "warn" }]);
      expect(await reachableRisks("http://127.0.0.1:9", ["127.0.0.1"])).toEqual([]);
      expect(await reachableRisks(url, [])).toEqual([]);
    } finally {
      server.close();
    }
  });

  test("is warned of when it is spoken to in the open", async () => {
    expect(await reachableRisks("http://build-3:7400", [])).toMatchObject([
      { message: expect.stringContaining("TLS") },
    ]);
    expect(await reachableRisks("https://build-3:7400", [])).toEqual([]);
  });
});

test("doctor says all of it, and warnings alone do not fail", async () => {
  const cli = new Cli();
  try {
    writeFileSync(join(cli.cwd, "signalbox.config.json"), JSON.stringify({ host: "0.0.0.0", dataDir: "kept" }), {
      mode: 0o600,
    });
    await cli.run(["keys", "create", "board", "--role", "admin"]);
    const done = await cli.run(["doctor"]);
    expect(done.code).toBe(0);
    for (const name of ["exposure", "api keys"]) expect(done.stdout).toMatch(new RegExp(`warn +${name}: .*\\n +→ `));
    expect(done.stdout).toContain("board (");
    expect(done.stdout).not.toContain("nothing risky");
  } finally {
    await cli.remove();
  }
});
