import { expect, test } from "vitest";
import { basePath, takeGateway } from "../../src/stores/place.ts";
import { tokenKey } from "../../src/stores/token.ts";

const origin = "https://panel.example.org";
const own = origin + basePath.replace(/\/$/, "");

function browser(search: string, kept = new Map<string, string>()) {
  const searches: string[] = [];
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return { kept, searches, places: { origin, search, storage, replaceSearch: (s: string) => void searches.push(s) } };
}

test("without a word it is the gateway that serves the page", () => {
  expect(takeGateway(browser("").places)).toEqual({ url: own, isOwn: true });
});

test("another is named once, kept, and leaves the address", () => {
  const { places, kept, searches } = browser("?gateway=https%3A%2F%2Fbox.example.org%2Fpre%2F&q=x");
  const there = { url: "https://box.example.org/pre", isOwn: false };
  expect(takeGateway(places)).toEqual(there);
  expect(searches).toEqual(["?q=x"]);
  expect(takeGateway(browser("", kept).places)).toEqual(there);
  expect(takeGateway(browser("?gateway=", kept).places)).toEqual({ url: own, isOwn: true });
  expect(takeGateway(browser("", kept).places)).toEqual({ url: own, isOwn: true });
});

test.each(["javascript:alert(1)", "box.example.org", "file:///etc", "https://", "http://%"])(
  "%s is no gateway",
  (text) => {
    expect(takeGateway(browser(`?gateway=${encodeURIComponent(text)}`).places).isOwn).toBe(true);
  },
);

test("a token of one gateway is never another's", () => {
  const keys = [
    { url: own, isOwn: true },
    { url: "https://a.example.org", isOwn: false },
    { url: "https://a.example.org/b", isOwn: false },
  ].map(tokenKey);
  expect(new Set(keys).size).toBe(3);
});
