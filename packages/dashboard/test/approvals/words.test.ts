import fc from "fast-check";
import { expect, test } from "vitest";
import { isGrave, partsOf, titleOf, whoIs } from "../../src/approvals/words.ts";
import { isActing } from "../../src/text/visible.ts";

const checkpoint = (more: object) => ({
  ...({ checkpointId: "c1", channel: "execution:e", state: "open", checkpointData: {}, payloadHash: "" } as const),
  ...({ requestedBy: "agent:a", requestedAt: 1, deadline: 2, default: "deny", approvals: 1, approvedBy: [] } as const),
  ...more,
});

test("a question is called by its title, its command or its id; nothing in it acts, and nothing is left out", () => {
  expect(titleOf(checkpoint({ title: "Deploy?" }))).toBe("Deploy?");
  expect(titleOf(checkpoint({ checkpointData: { command: ["rm", "-rf", "/"] } }))).toBe("rm -rf /");
  expect(titleOf(checkpoint({ checkpointData: "first\nsecond" }))).toBe("first");
  expect(titleOf(checkpoint({}))).toBe("c1");
  // An escape sequence that a terminal would hide is read by who decides.
  expect(titleOf(checkpoint({ title: "ls \u001b[8m&& rm x" }))).toBe("ls ^[[8m&& rm x");
});

test.each([
  ["high", true],
  ["High: cannot be undone", true],
  ["critical", true],
  ["low", false],
  ["not high", false],
  ["highway", false],
  [undefined, false],
])("risk %j takes more than a click: %s", (risk, grave) => {
  expect(isGrave(risk === undefined ? {} : { risk })).toBe(grave);
});

test("people go by their names, others with what they are", () => {
  expect([whoIs("user:ada"), whoIs("agent:a"), whoIs("gateway:deadline")]).toEqual(["ada", "agent:a", "the deadline"]);
});

test("a payload's command and long texts stand by themselves, the rest is JSON", () => {
  expect(partsOf({ command: "ls", diff: "- a\n+ b", n: 1 })).toEqual([
    { name: "command", text: "ls" },
    { name: "diff", text: "- a\n+ b" },
    { name: undefined, text: '{\n  "n": 1\n}' },
  ]);
  expect(partsOf({ command: "ls" })).toEqual([{ name: "command", text: "ls" }]);
  expect(partsOf("a\nb")).toEqual([{ name: undefined, text: "a\nb" }]);
  expect(partsOf([1])).toEqual([{ name: undefined, text: "[\n  1\n]" }]);
  expect(partsOf(null)).toEqual([{ name: undefined, text: "null" }]);
});

test("no payload is lost", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const text = partsOf(data)
        .map((part) => `${part.name}\n${part.text}`)
        .join("\n");
      for (const [name, value] of Object.entries(data)) {
        expect(text.includes(name) || text.includes(JSON.stringify(name).slice(1, -1))).toBe(true);
        if (typeof value === "number") expect(text).toContain(JSON.stringify(value));
      }
    }),
  );
});

test("titles never act", () => {
  fc.assert(
    fc.property(
      fc.string(),
      (title) => ![...titleOf(checkpoint({ title }))].some((each) => isActing(each) && each !== "\t"),
    ),
  );
});
