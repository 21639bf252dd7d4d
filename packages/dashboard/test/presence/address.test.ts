import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAddress, viewWords } from "../../src/presence/address.ts";

const routes = ["/", "/agents", "/agents/$id", "/approvals", "/processes/$id"];
const check = (given: unknown) => checkAddress(given, routes);

describe("where others say that they look", () => {
  test.each<[string, string, string]>([
    ["/", "/", ""],
    ["/agents/coder-001", "/agents/coder-001", ""],
    ["/agents/a%20b", "/agents/a%20b", ""],
    ["/processes/p1?line=120&q=x", "/processes/p1", "?line=120&q=x"],
  ])("%s is a view", (given, path, search) => {
    expect(check(given)).toEqual({ path, search });
  });

  test.each<[string, unknown]>([
    ["another host", "//evil.example"],
    ["another host, by a backslash", "/\\evil.example"],
    ["another host, with a line break", "/\n/evil.example"],
    ["a whole address", "https://evil.example/agents/a"],
    ["a script", "javascript:alert(1)"],
    ["the gateway's API", "/v1/events"],
    ["something below a view", "/agents/a/b"],
    ["no id", "/agents//"],
    ["the way up", "/agents/../v1/events"],
    ["the way up, written otherwise", "/agents/%2e%2e"],
    ["a fragment, which may hold a token", "/#token=x"],
    ["an object", {}],
    ["nothing", undefined],
    ["too long", `/agents/${"a".repeat(1_000)}`],
  ])("%s is none", (_what, given) => {
    expect(check(given)).toBeUndefined();
  });

  test("whatever is taken leads to a view of the page's own origin", () => {
    const text = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.string().map((tail) => `/agents/${tail}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        const address = check(given);
        if (!address) return;
        const url = new URL(address.path + address.search, "https://own.example/");
        expect(url.origin).toBe("https://own.example");
        expect(url.pathname).toMatch(/^\/($|agents|approvals|processes)/);
      }),
    );
  });
});

test.each([
  ["/", "Fleet"],
  ["/approvals", "Approvals"],
  ["/agents/coder-001", "Agent coder-001"],
  ["/processes/p%201?line=120", "Process p 1, line 120"],
  ["/processes/%zz", undefined],
])("%s is called %s", (given, words) => {
  const address = check(given);
  if (words === undefined) expect(address === undefined || viewWords(address) !== "").toBe(true);
  else expect(address && viewWords(address)).toBe(words);
});
