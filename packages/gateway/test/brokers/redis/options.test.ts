import { describe, expect, test } from "vitest";
import { readPlace } from "../../../src/brokers/redis/options.ts";

const place = (url: string, rest: { username?: string; password?: string } = {}) => readPlace({ url, ...rest });

describe("the address of a Redis", () => {
  test.each([
    ["redis://localhost", { kind: "standalone", secure: false, addresses: [{ host: "localhost", port: 6379 }] }],
    ["rediss://[::1]:7000/0", { kind: "standalone", secure: true, addresses: [{ host: "::1", port: 7000 }] }],
    ["redis://u:p%40%3A%2Fx@h", { username: "u", password: "p@:/x", addresses: [{ host: "h", port: 6379 }] }],
    ["redis://:only@h", { password: "only" }],
    [
      "redis+sentinel://a,b:1/my%20master",
      {
        kind: "sentinel",
        group: "my master",
        addresses: [
          { host: "a", port: 26_379 },
          { host: "b", port: 1 },
        ],
      },
    ],
    [
      "rediss+cluster://a:1,[fe80::1]:2",
      {
        kind: "cluster",
        secure: true,
        addresses: [
          { host: "a", port: 1 },
          { host: "fe80::1", port: 2 },
        ],
      },
    ],
  ])("%s", (url, wanted) => {
    expect(place(url)).toMatchObject(wanted);
  });

  test("a user and a password of their own go before those in it", () => {
    expect(place("redis://u:p@h", { username: "v", password: "q" })).toMatchObject({ username: "v", password: "q" });
    expect(place("redis://h")).not.toHaveProperty("password");
  });

  test.each([
    "",
    "http://h",
    "redis://",
    "redis://a,b",
    "redis://h/1",
    "redis://h:0",
    "redis://h:70000",
    "redis://h:x",
    "redis+sentinel://h",
    "redis+cluster://a/1",
    "redis+cluster://a,,b",
    "redis://h?x=1",
  ])("%j is none", (url) => {
    expect(() => place(url)).toThrow(/\w/);
  });

  test("a password is in no message", () => {
    for (const url of [
      "redis://u:s3cret@a,b",
      "redis://u:s3cret@h/1",
      "redis+sentinel://u:s3cret@h",
      "redis://u:s3cret@h:x",
    ]) {
      expect(() => place(url)).toThrow(expect.not.stringContaining("s3cret"));
    }
  });
});
