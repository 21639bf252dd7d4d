import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPositions, resumePath, writePositions } from "../src/tail/resume-file.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "signalbox-resume-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("positions are found again by their name", () => {
  const path = resumePath("nightly", { XDG_STATE_HOME: root });
  expect(readPositions(path)).toEqual({});
  const positions = { "process:p1": { epoch: "k3v9", offset: 41 }, "agent:a": { epoch: "k3v9", offset: 0 } };
  writePositions(path, positions);
  expect(readPositions(path)).toEqual(positions);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each(["{", "[]", '{"channels":{"process:p1":{"epoch":"x","offset":-1}}}', '{"channels":{"process:p1":null}}'])(
  "a damaged file is an error, since going on from now would hide a gap: %s",
  (text) => {
    const path = join(root, "damaged.json");
    writeFileSync(path, text);
    expect(() => readPositions(path)).toThrow(/damaged/);
  },
);

test.each(["../evil", "a/b", "", ".hidden"])("a name that leads elsewhere is refused: %j", (name) => {
  expect(() => resumePath(name, { XDG_STATE_HOME: root })).toThrow(/--resume/);
});
