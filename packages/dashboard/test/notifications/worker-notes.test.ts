import { describe, expect, test } from "vitest";
import { addressIn, clickedOf, readNote, shownOf } from "../../src/notifications/worker-notes.ts";

const note = {
  id: "n_1",
  what: "opened",
  title: "Deploy?",
  text: "coder asks",
  links: { open: "approvals?id=1" },
} as const;
const time = (ms: number) => `T${ms}`;

describe("what a push says", () => {
  test.each([
    "",
    "{",
    "null",
    "7",
    "{}",
    JSON.stringify({ ...note, what: "evil" }),
    JSON.stringify({ ...note, links: 1 }),
  ])("%j is nothing of ours", (text) => {
    expect(readNote(text)).toBeUndefined();
  });

  test("a text that is missing is empty", () => {
    expect(readNote(JSON.stringify({ ...note, text: undefined }))).toMatchObject({ id: "n_1", text: "" });
  });

  test("one tap only where both links came; else it is opened", () => {
    const both = { ...note.links, approve: "decide/a", deny: "decide/d" };
    expect(shownOf({ ...note, deadline: 7, links: both }, time)).toMatchObject({
      title: "Deploy?",
      options: {
        ...{ body: "coder asks\nUntil T7", tag: "n_1", requireInteraction: true },
        actions: [{ action: "approve" }, { action: "deny" }],
      },
    });
    for (const links of [note.links, { ...note.links, approve: "decide/a" }]) {
      expect(shownOf({ ...note, links }, time).options.actions).toEqual([{ action: "open", title: "Open" }]);
    }
    expect(shownOf({ ...note, what: "test" }, time).options.requireInteraction).toBe(false);
  });

  test("what a notification carries is read back, and only that", () => {
    const { options } = shownOf(note, time);
    expect(clickedOf(options.data)).toEqual({ links: note.links, title: "Deploy?" });
    for (const data of [undefined, null, 7, {}, { links: {} }]) expect(clickedOf(data)).toBeUndefined();
  });

  test("no link leads out of the dashboard", () => {
    const scope = "https://box.example/panel/";
    expect(addressIn(scope, "decide/x")).toBe("https://box.example/panel/decide/x");
    for (const path of ["https://evil.example/", "//evil.example/", "/other", "../up", "javascript:alert(1)"]) {
      expect(addressIn(scope, path)).toBe(scope);
    }
  });
});
