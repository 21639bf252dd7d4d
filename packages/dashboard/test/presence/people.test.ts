import { expect, test } from "vitest";
import { isOwnMove } from "../../src/presence/following.ts";
import { versionIn } from "../../src/presence/note-versions.ts";
import { initials, peopleOf } from "../../src/presence/people.ts";
import { pointedOf, selectionOf } from "../../src/presence/selection.ts";

const member = (memberId: string, id: string, sinceMs: number, state?: Record<string, unknown>) => ({
  ...{ memberId, principal: { kind: "user" as const, id }, sinceMs },
  ...(state && { state }),
});

test("people are listed once, whoever looks first; the page moved in last says where they look", () => {
  const members = [
    member("1", "bob", 1, { at: "/old", movedMs: 5 }),
    member("2", "ada", 2),
    member("3", "bob", 3, { at: "/new", movedMs: 9 }),
    member("4", "bob", 4, { at: "/older", movedMs: 1 }),
  ];
  expect(peopleOf(members, "user:ada")).toEqual([
    { principal: "user:ada", isMe: true, at: undefined, sinceMs: 2 },
    { principal: "user:bob", isMe: false, at: "/new", sinceMs: 1 },
  ]);
  expect(peopleOf(members, undefined).map(({ principal }) => principal)).toEqual(["user:bob", "user:ada"]);
});

test.each([
  ["user:ada.lovelace@x.org", "AL"],
  ["user:bob", "BO"],
  ["service:ci-runner", "CR"],
  ["user:李雷", "李雷"],
  ["user:", "?"],
])("%s in two letters: %s", (principal, letters) => {
  expect(initials(principal)).toBe(letters);
});

test("a view that completes its own address moves nobody", () => {
  expect(isOwnMove({ how: "PUSH", path: "/agents", before: "/agents" })).toBe(true);
  expect(isOwnMove({ how: "BACK", path: "/", before: "/agents" })).toBe(true);
  expect(isOwnMove({ how: "REPLACE", path: "/approvals", before: "/approvals" })).toBe(false);
  expect(isOwnMove({ how: "REPLACE", path: "/", before: "/approvals" })).toBe(true);
});

test("what people point at is said in words, whatever their program sent", () => {
  expect(selectionOf(" a text ", "/sessions/s1")).toEqual({ view: "/sessions/s1", text: "a text" });
  expect(selectionOf("", "/sessions/s1")).toEqual({ view: "/sessions/s1" });
  expect(pointedOf({ view: "/x", text: "a" }, undefined)).toEqual({ at: "/x", words: "“a”" });
  expect(pointedOf({ file: "a.ts", lines: [10, 24] }, undefined).words).toBe("a.ts, lines 10–24");
  expect(pointedOf({ line: 7 }, { view: "/x" })).toEqual({ at: "/x", words: "line 7" });
  expect(pointedOf("here", undefined).words).toBe("here");
  expect(pointedOf([1], undefined).words).toBe("[1]");
  expect(pointedOf(undefined, undefined).words).toBe("");
});

test("versions are those of the note, and a removal is one", () => {
  const event = (data: unknown) => ({ type: "session_note", channel: "session:s", timestamp: 5, data }) as never;
  expect(versionIn(event({ noteId: "n", text: "a", by: "user:ada" }), "n")).toEqual({
    text: "a",
    by: "user:ada",
    at: 5,
  });
  expect(versionIn(event({ noteId: "n", text: null }), "n")).toMatchObject({ text: null, by: undefined });
  for (const data of [{ noteId: "other", text: "a" }, { noteId: "n" }, null, "x"])
    expect(versionIn(event(data), "n")).toBeUndefined();
});
