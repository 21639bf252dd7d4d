/** A43: what is said of a Redis, out of its answers. */
import { describe, expect, test } from "vitest";
import { type Answers, type Finding, findings } from "../../../src/brokers/redis/checks.ts";

const careful = {
  "maxmemory-policy": "noeviction",
  requirepass: "x",
  appendonly: "yes",
  "min-replicas-to-write": "1",
  "client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
};

const info = (lines: Record<string, string | number>): string =>
  [
    "# Server",
    ...Object.entries({ redis_version: "8.6.5", role: "master", connected_slaves: 0, ...lines }).map(
      ([name, value]) => `${name}:${value}`,
    ),
  ].join("\r\n");

const found = (lines: Record<string, string | number>, rest: Partial<Answers> = {}): Finding[] =>
  findings({ info: info(lines), config: careful, hasPassword: true, isLoopback: false, ...rest });

const codes = (
  lines: Record<string, string | number>,
  config: Record<string, string> = {},
  rest: Partial<Answers> = {},
) => found(lines, { config: { ...careful, ...config }, ...rest }).map(({ level, code }) => `${level} ${code}`);

const faultsOf = (lines: Record<string, string>): string[] =>
  found(lines).flatMap(({ code, message }) => (code === "known-fault" ? (/CVE-\d+-\d+/.exec(message)?.[0] ?? []) : []));

describe("A43 a Redis is looked at before a fleet depends on it", () => {
  test("of a careful one there is nothing to say", () => {
    expect(found({})).toEqual([]);
    expect(found({ connected_slaves: 2 })).toEqual([]);
  });

  test.each([
    [{ "maxmemory-policy": "allkeys-lru" }, "warn eviction"],
    [{ "maxmemory-policy": "volatile-ttl" }, "warn eviction"],
    [{ appendonly: "no" }, "warn append-only"],
    [{ "client-output-buffer-limit": "normal 0 0 0 slave 0 0 0 pubsub 65536 1024 1" }, "warn output-buffer"],
  ])("%j: %s", (config, wanted) => {
    expect(codes({}, config)).toEqual([wanted]);
  });

  test("replicas that nobody waits for", () => {
    expect(codes({ connected_slaves: 1 }, { "min-replicas-to-write": "0" })).toEqual(["warn min-replicas"]);
    expect(codes({ connected_slaves: 0 }, { "min-replicas-to-write": "0" })).toEqual([]);
  });

  test("no password is no matter on loopback only", () => {
    const open = { requirepass: "" };
    expect(codes({}, open, { hasPassword: false })).toEqual(["warn authentication"]);
    expect(codes({}, open, { hasPassword: false, isLoopback: true })).toEqual([]);
    expect(codes({}, open, { hasPassword: true })).toEqual([]);
  });

  test("what could not be asked is said, and what INFO says of it counts", () => {
    const refused = { config: {}, configRefused: "NOPERM no permission" };
    expect(found({ maxmemory_policy: "noeviction", aof_enabled: "1" }, refused).map(({ code }) => code)).toEqual([
      "not-looked-at",
    ]);
    expect(found({ maxmemory_policy: "allkeys-lfu", aof_enabled: "0" }, refused).map(({ code }) => code)).toEqual([
      "not-looked-at",
      "eviction",
      "append-only",
    ]);
    expect(codes({ redis_version: "?" })).toEqual(["note not-looked-at"]);
  });

  test("too old ones and replicas are refused", () => {
    expect(codes({ redis_version: "6.0.20" })).toContain("refuse version");
    expect(codes({ redis_version: "5.0.14" })).toContain("refuse version");
    expect(codes({ role: "slave" })).toEqual(["refuse not-primary"]);
  });

  test("A43 CVE-2025-21605, CVE-2025-49844, CVE-2026-23479: the versions that have them are known", () => {
    const ids = ["CVE-2025-21605", "CVE-2025-49844", "CVE-2026-23479"];
    expect(faultsOf({ redis_version: "7.2.3" })).toEqual(expect.arrayContaining(ids));
    expect(faultsOf({ redis_version: "8.6.3" })).toEqual([]);
  });

  const glob = "CVE-2024-31228";
  const buffer = "CVE-2025-21605";
  const lua = "CVE-2025-49844";
  const blocked = "CVE-2026-23479";
  test.each([
    ["6.2.15", [glob, buffer, lua]],
    ["6.2.19", [lua]],
    ["6.2.20", []],
    // This line got no more versions.
    ["7.0.15", [glob, buffer, lua]],
    ["7.2.5", [glob, buffer, lua, blocked]],
    ["7.2.11", [blocked]],
    ["7.4.2", [buffer, lua, blocked]],
    ["7.4.5", [lua, blocked]],
    ["7.4.9", []],
    ["8.0.4", [blocked]],
    ["8.2.1", [lua, blocked]],
    ["8.2.6", []],
    ["8.4.2", [blocked]],
    ["8.6.2", [blocked]],
    ["8.6.3", []],
    ["9.0.0", []],
  ])("Redis %s has %j", (version, wanted) => {
    expect(faultsOf({ redis_version: version })).toEqual(wanted);
  });

  test.each([
    ["7.2.6", [glob, buffer, lua]],
    ["7.2.11", []],
    ["8.0.1", [buffer, lua]],
    ["8.0.6", []],
    ["8.1.0", [buffer, lua]],
    ["8.1.3", [lua]],
    ["8.1.4", []],
    ["9.0.0", []],
  ])("Valkey %s has %j, whichever Redis it says it is", (version, wanted) => {
    expect(faultsOf({ redis_version: "7.2.4", server_name: "valkey", valkey_version: version })).toEqual(wanted);
  });
});
