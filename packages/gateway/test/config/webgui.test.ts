/** The part of the configuration that is about the web GUI over Redis. */
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/index.ts";
import { readPlace } from "../../src/surfaces/webgui/places.ts";
import { tempDir } from "../support/gateway.ts";

const load = (webgui: object | undefined, env = {}) =>
  loadConfig({ flags: webgui === undefined ? {} : { webgui }, env, cwd: tempDir() }).webgui;

describe("webgui", () => {
  test("is off unless it is configured", () => {
    expect(load(undefined, { SIGNALBOX_REDIS_URL: "redis://r:1" })).toBeUndefined();
  });

  test("reads all and writes all four kinds of channel, as somebody who may publish there", () => {
    const kinds = ["session:*", "agent:*", "user:*", "global"];
    expect(load({ redis: "redis://r:1" })).toEqual({
      ...{ redis: { url: "redis://r:1" }, prefix: "webgui", group: "signalbox", read: true, stream: undefined },
      write: kinds,
      rights: kinds.map((channels) => ({ channels, verbs: ["publish"] })),
    });
  });

  test("uses the Redis that nodes share, if it names none", () => {
    const env = { SIGNALBOX_REDIS_URL: "redis+cluster://r:1,s:2" };
    expect(load({}, env)?.redis).toEqual({ url: "redis+cluster://r:1,s:2" });
    expect(load({ redis: "redis://own" }, env)?.redis).toEqual({ url: "redis://own" });
    expect(() => load({})).toThrow("webgui.redis is missing");
  });

  test.each(["web*", "web?", "web[g]", "web\\", "a b", "web:gui", "", "x".repeat(65)])(
    "A42 the prefix %j, which may be a pattern to Redis, is refused",
    (prefix) => {
      expect(() => load({ redis: "redis://r", prefix })).toThrow("webgui.prefix");
    },
  );

  test.each<[string, object]>([
    ["webgui.redis", { redis: "http://r" }],
    ["webgui.write.0", { redis: "redis://r", write: ["process:*"] }],
    ["webgui.write.0", { redis: "redis://r", write: ["*"] }],
    ["webgui.stream", { redis: "redis://r", stream: "a b" }],
    ["unknown key webgui.prefx; did you mean prefix", { redis: "redis://r", prefx: "x" }],
  ])("%s is named where it is wrong", (where, webgui) => {
    expect(() => load(webgui)).toThrow(where);
  });
});

describe("where a Redis is", () => {
  test.each<[string, object]>([
    ["redis://r", { kind: "standalone", addresses: [{ host: "r", port: 6379 }], secure: false }],
    ["rediss://me:p%40ss@r:7", { addresses: [{ host: "r", port: 7 }], secure: true, username: "me", password: "p@ss" }],
    ["redis://:p@[::1]:7", { addresses: [{ host: "::1", port: 7 }], username: undefined, password: "p" }],
    [
      "redis+cluster://a,b:2",
      {
        kind: "cluster",
        addresses: [
          { host: "a", port: 6379 },
          { host: "b", port: 2 },
        ],
      },
    ],
    [
      "redis+sentinel://a,b:2/main",
      {
        kind: "sentinel",
        group: "main",
        addresses: [
          { host: "a", port: 26379 },
          { host: "b", port: 2 },
        ],
      },
    ],
  ])("%s", (url, place) => {
    expect(readPlace({ url })).toMatchObject(place);
  });

  test.each([
    "",
    "redis://",
    "redis://a,b",
    "redis+sentinel://a",
    "redis://a:99999",
    "redis://:secret@a:b:c",
    "http://a",
  ])("%j is none, and no password is repeated", (url) => {
    expect(() => readPlace({ url })).toThrow(/redis/);
    expect(() => readPlace({ url })).not.toThrow(/secret/);
  });
});
