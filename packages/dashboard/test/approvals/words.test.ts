import fc from "fast-check";
import { expect, test } from "vitest";
import { titleOf, whoIs } from "../../src/approvals/words.ts";
import { isActing } from "../../src/text/visible.ts";
import { checkpoint } from "./checkpoint.ts";

test("a question is called by its title, what it does or its id; nothing in it acts, and nothing is left out", () => {
  const called = (checkpointData: unknown) => titleOf(checkpoint({ checkpointData }));
  expect(titleOf(checkpoint({ title: "Deploy?" }))).toBe("Deploy?");
  expect(called({ command: ["rm", "-rf", "/"] })).toBe("rm -rf /");
  expect(called({ sql: "DELETE FROM users" })).toBe("DELETE FROM users");
  expect(called({ url: "https://example.com/x", method: "post" })).toBe("POST https://example.com/x");
  expect(called({ path: "a.txt", content: "hello" })).toBe("Write a.txt");
  expect(called({ path: "a.txt", before: "a", after: "b" })).toBe("Change a.txt");
  expect(called("first\nsecond")).toBe("first");
  expect(called({})).toBe("c1");
  // An escape sequence that a terminal would hide is read by who decides.
  expect(titleOf(checkpoint({ title: "ls \u001b[8m&& rm x" }))).toBe("ls ^[[8m&& rm x");
});

test("people go by their names, others with what they are", () => {
  expect([whoIs("user:ada"), whoIs("agent:a"), whoIs("gateway:deadline")]).toEqual(["ada", "agent:a", "the deadline"]);
});

test("titles never act", () => {
  fc.assert(
    fc.property(
      fc.string(),
      (title) => ![...titleOf(checkpoint({ title }))].some((each) => isActing(each) && each !== "\t"),
    ),
  );
});
