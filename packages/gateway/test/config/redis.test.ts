import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/index.ts";
import { tempDir } from "../support/gateway.ts";

function load(file: object | undefined, env: Record<string, string> = {}) {
  const cwd = tempDir();
  if (file !== undefined) writeFileSync(join(cwd, "signalbox.config.json"), JSON.stringify(file));
  return loadConfig({ env, cwd }).redis;
}

test("one node has none; the environment names the address, the file whatever else", () => {
  expect(load({})).toBe(undefined);
  const SIGNALBOX_REDIS_URL = "redis://10.0.0.5:6379";
  expect(load(undefined, { SIGNALBOX_REDIS_URL })).toEqual({ url: SIGNALBOX_REDIS_URL });
  const durability = { mode: "wait", replicas: 1, timeoutMs: 500 };
  const file = { redis: { url: "redis://elsewhere", prefix: "team", durability } };
  expect(load(file)).toEqual({ url: "redis://elsewhere", prefix: "team", durability });
  expect(load(file, { SIGNALBOX_REDIS_URL })).toEqual({ url: SIGNALBOX_REDIS_URL, prefix: "team", durability });
});

test("what cannot be is refused, and what it is about is named", () => {
  const refusal = (redis: unknown): string => {
    try {
      load({ redis });
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "";
  };
  expect(refusal({ url: "http://10.0.0.5" })).toContain("redis");
  expect(refusal({ url: "redis://a", prefix: "*" })).toContain("prefix");
  expect(refusal({ url: "redis://a", durability: { mode: "wait" } })).toContain("durability");
  expect(refusal({ url: "redis://a", db: 3 })).toContain("db");
  expect(refusal({ url: "rediss://a", tls: { caFile: "missing.pem" } })).toContain("missing.pem");
});
