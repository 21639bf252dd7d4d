import { expect, test } from "vitest";
import { countTap } from "../src/demo/developer.ts";
import { collectTag, parseBytes, parseLimit, parsePort, parseShare } from "../src/parse.ts";
import { exitCodeOf } from "../src/run/exit-code.ts";
import { table } from "../src/text/table.ts";

test("sizes are written with or without a unit", () => {
  expect(["512", "4K", "512M", "2G", "1GiB"].map(parseBytes)).toEqual([
    512, 4_096, 536_870_912, 2_147_483_648, 1_073_741_824,
  ]);
  expect(() => parseBytes("a lot")).toThrow();
});

test("tags add up; a port has an end", () => {
  expect(collectTag("b=2=3", collectTag("a=1"))).toEqual({ a: "1", b: "2=3" });
  expect(() => collectTag("nothing")).toThrow();
  expect(() => parsePort("65536")).toThrow();
});

test("limits and shares of budgets are numbers above nothing, or a word", () => {
  expect(["5", "0.25", "1e6", "none"].map(parseLimit)).toEqual([5, 0.25, 1_000_000, "none"]);
  expect(["0.8", ".5", "120%", "never"].map(parseShare)).toEqual([0.8, 0.5, 1.2, "never"]);
  for (const wrong of ["0", "-1", "", "many", "1.2.3", "5e", "never"]) expect(() => parseLimit(wrong)).toThrow();
  for (const wrong of ["0", "0%", "10", "x", "", "none"]) expect(() => parseShare(wrong)).toThrow();
});

test("a command's end is told as a shell tells it", () => {
  const end = (exitCode: number | null, signal: string | null, code?: string) =>
    exitCodeOf({ exitCode, signal, startError: code === undefined ? undefined : { code, message: "" } });
  expect(end(7, null)).toBe(7);
  expect(end(null, "SIGTERM")).toBe(143);
  expect(end(null, "SIGKILL")).toBe(137);
  expect(end(null, null, "ENOENT")).toBe(127);
  expect(end(null, null, "EACCES")).toBe(126);
});

test("columns are as wide as what is seen of them", () => {
  expect(
    table([
      ["a", "\u001b[31mred\u001b[39m", "x"],
      ["long", "b", "y"],
    ]),
  ).toBe("a     \u001b[31mred\u001b[39m  x\nlong  b    y\n");
});

test("the totals of node's TAP are read, and the names of what failed", () => {
  const tap =
    "TAP version 13\n# Subtest: a\nok 1 - a\n    not ok 1 - inner\nnot ok 2 - b\n1..2\n# tests 3\n# suites 0\n# pass 1\n# fail 2\n";
  expect(countTap(tap)).toEqual({ total: 3, passing: 1, failing: 2, failures: [{ name: "inner" }, { name: "b" }] });
});
