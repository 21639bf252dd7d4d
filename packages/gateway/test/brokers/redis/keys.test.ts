import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeName, encodeName, Keys, ownedName } from "../../../src/brokers/redis/keys.ts";

/** Names made of what Redis gives a meaning to, of what looks like an escape, and of anything at all. */
const odd = fc.oneof(
  fc
    .array(
      fc.constantFrom(":", "{", "}", "*", "?", "[", "]", "\r", "\n", "\0", "%", "%25", "%u", "a", "b", "!", "\\"),
      {
        maxLength: 6,
      },
    )
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 4 }),
);
const tenant = odd.map((name) => name.replaceAll("!", ""));

/** Every key and every Pub/Sub channel of a name. */
function all(stored: string): string[] {
  const keys = new Keys("signalbox");
  const owned = ownedName(stored);
  return [
    ...keys.ofChannel(owned),
    keys.live(owned),
    ...keys.ofTenant(owned.tenant),
    keys.notices(owned.tenant),
    keys.everywhere(),
    keys.document(stored),
    keys.secret(stored),
    keys.rate(stored).key,
  ];
}
/** How many at the end of it are not the channel's own. */
const shared = 10;

test("A42 two names never become one, and every name comes back", () => {
  fc.assert(
    fc.property(odd, odd, (one, other) => {
      expect(decodeName(encodeName(one))).toBe(one);
      expect(encodeName(one) === encodeName(other)).toBe(one === other);
      expect(encodeName(one + other)).toMatch(/^[A-Za-z0-9._~:/@+=,%-]*$/);
    }),
    { numRuns: 5_000 },
  );
});

test("A42 the encoding of a prefix is one, and plain names are not changed", () => {
  // Halves of a surrogate pair are no names of their own.
  const whole = odd.filter((name) => !/[\ud800-\udfff]/.test(name));
  fc.assert(
    fc.property(whole, whole, (one, other) => {
      expect(encodeName(one + other)).toBe(encodeName(one) + encodeName(other));
    }),
    { numRuns: 2_000 },
  );
  expect(encodeName("agent:coder-001/a@b+c=d,e~f.g_h")).toBe("agent:coder-001/a@b+c=d,e~f.g_h");
});

test("A42 two channels never share a key, whatever their names and tenants, nor do kinds of keys", () => {
  const stored = fc.oneof(
    odd.filter((name) => !name.startsWith("!")),
    fc.tuple(tenant, odd).map(([of, name]) => `!${of}!${name}`),
  );
  fc.assert(
    fc.property(stored, stored, (one, other) => {
      const keys = all(one);
      expect(new Set(keys).size).toBe(keys.length);
      if (one === other) return;
      const others = new Set(all(other));
      const own = keys.slice(0, -shared);
      expect(own.filter((key) => others.has(key))).toEqual([]);
      const documents = keys.slice(-3);
      expect(documents.filter((key) => others.has(key))).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});

test("A42 a key has one hash tag, which is its tenant's alone", () => {
  fc.assert(
    fc.property(tenant, tenant, odd, (one, other, name) => {
      const tagOf = (key: string): string => /^[^{}]*\{([^{}]+)\}[^{}]*$/.exec(key)?.[1] ?? "no tag";
      const tags = (of: string) => {
        const owned = ownedName(`!${of}!${name}`);
        const keys = new Keys("signalbox");
        return new Set([...keys.ofChannel(owned), ...keys.ofTenant(owned.tenant), keys.live(owned)].map(tagOf));
      };
      const both = new Set([...tags(one), ...tags(other)]);
      expect(both.has("no tag")).toBe(false);
      expect(both.size).toBe(one === other ? 1 : 2);
    }),
  );
  expect(new Keys("p").channel(ownedName("agent:a"), "meta")).toBe("p:{!}:meta:agent:a");
  expect(new Keys("p").channel(ownedName("!acme!agent:a"), "meta")).toBe("p:{acme}:meta:agent:a");
});

test("A42 nothing asks Redis by a pattern (CVE-2024-31228)", () => {
  const folder = new URL("../../../src/brokers/redis/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|lua)$/.test(file));
  expect(sources.length).toBeGreaterThan(10);
  const asking =
    /["'](PSUBSCRIBE|PUNSUBSCRIBE|KEYS|[HSZ]?SCAN|MATCH)["']|\.(pSubscribe|keys|scan\w*|[hsz]Scan\w*)\(["'`]/;
  for (const file of sources) {
    expect([file, asking.exec(readFileSync(new URL(file, folder), "utf8"))?.[0]]).toEqual([file, undefined]);
  }
});

test("a prefix with a hash tag or a wildcard is refused", () => {
  for (const prefix of ["", "a{b}", "a*", "a:b", "a b"]) expect(() => new Keys(prefix)).toThrow(RangeError);
});
