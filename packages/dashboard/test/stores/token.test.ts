import { expect, test } from "vitest";
import { takeToken, tokenIn } from "../../src/stores/token.ts";

function browser(hash: string, kept = new Map<string, string>()) {
  const hashes: string[] = [];
  return {
    hashes,
    kept,
    places: {
      key: "token",
      hash,
      storage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
        removeItem: (key: string) => void kept.delete(key),
      },
      replaceHash: (next: string) => void hashes.push(next),
    },
  };
}

test("a token in the address is kept, and leaves the address", () => {
  const { places, hashes, kept } = browser("#token=abc.DEF-123");
  expect(takeToken(places)).toBe("abc.DEF-123");
  expect(hashes).toEqual([""]);
  expect(takeToken(browser("", kept).places)).toBe("abc.DEF-123");
});

test("a new token in the address takes the place of the one kept before", () => {
  const { kept, places } = browser("#token=one");
  takeToken(places);
  expect(takeToken(browser("#token=two", kept).places)).toBe("two");
  expect(takeToken(browser("", kept).places)).toBe("two");
});

test("what else is in the fragment stays", () => {
  const { places, hashes } = browser("#token=x&line=4");
  takeToken(places);
  expect(hashes).toEqual(["#line=4"]);
});

test("without one there is none", () => {
  const { places, hashes } = browser("");
  expect(takeToken(places)).toBeUndefined();
  expect(hashes).toEqual([]);
});

test("people paste the token or the whole address", () => {
  expect(tokenIn(" abc ")).toBe("abc");
  expect(tokenIn("http://127.0.0.1:7400/#token=abc")).toBe("abc");
});
