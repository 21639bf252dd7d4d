import { expect, test } from "vitest";
import { type AuditEntry, deed, detail, placeOf, queryOf } from "../../src/audit/entry.ts";
import { readAuditSearch } from "../../src/audit/search.ts";

const entry: AuditEntry = {
  ...{
    position: "k:1",
    at: 1,
    node: "n",
    who: "user:ada",
    what: "checkpoint_decided",
    result: "ok",
    previous: "",
    hash: "h",
  },
  ...{ target: "agent:a/b", about: "c1", details: { decision: "deny", payloadHash: "sha256:x" } },
};

test("an entry in words, and the page of what it was done to", () => {
  expect([deed(entry), detail(entry)]).toEqual(["decided", "deny"]);
  expect(deed({ what: "new_act" })).toBe("new_act");
  expect(detail({ details: { more: 3, name: { hostile: true } } })).toBe("and 3 more");
  expect(placeOf(entry)).toEqual({ to: "/approvals", id: "c1" });
  expect(placeOf({ ...entry, what: "command_queued" })).toEqual({ to: "/agents/$id", id: "a/b" });
  expect(placeOf({ ...entry, what: "key_made", target: "key:x" })).toBeUndefined();
});

test("the filter of an address is what the gateway is asked for", () => {
  const search = readAuditSearch({ who: "user:*", what: "", result: 7, from: "5", until: "x", other: 1 });
  expect(search).toEqual({ who: "user:*", result: "7", from: 5 });
  expect(String(queryOf(search))).toBe("who=user%3A*&result=7&fromMs=5");
});
