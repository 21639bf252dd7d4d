import { expect, test } from "vitest";
import { CpuMeter, parsePs, parseStat, sumTree, usageOf } from "../src/usage.ts";

test("a line of /proc/PID/stat is read past a name with spaces and parentheses", () => {
  const after = ["S", "7", ...Array(9).fill("0"), "100", "50", "20", "5", "20", "0", "3", "0", "999", "123456", "256"];
  expect(parseStat(`42 (a (b) c) ${after.join(" ")} 18446744073709551615`)).toEqual({
    pid: 42,
    parent: 7,
    cpuMs: 1_750,
    memoryBytes: 1_048_576,
  });
  expect(parseStat("")).toBeUndefined();
});

test("ps writes times in several forms", () => {
  const text = "    1     0   1024     0:01.50\n  20     1   2048    01:02:03\n  21 20 512 2-00:00:10\n\n";
  expect(parsePs(text)).toEqual([
    { pid: 1, parent: 0, cpuMs: 1_500, memoryBytes: 1_048_576 },
    { pid: 20, parent: 1, cpuMs: 3_723_000, memoryBytes: 2_097_152 },
    { pid: 21, parent: 20, cpuMs: 172_810_000, memoryBytes: 524_288 },
  ]);
});

test("usage is that of a process and all its descendants, and of nobody else", () => {
  const row = (pid: number, parent: number) => ({ pid, parent, cpuMs: pid, memoryBytes: pid * 10 });
  const rows = [row(1, 0), row(2, 1), row(3, 2), row(4, 2), row(5, 1)];
  expect(sumTree(rows, 2)).toEqual({ cpuMs: 9, memoryBytes: 90, processes: 3 });
  expect(sumTree(rows, 9)).toBeUndefined();
});

test("CPU is a percentage of one core since the sample before", () => {
  const meter = new CpuMeter();
  expect(meter.percent(1_000, 10_000)).toBeUndefined();
  expect(meter.percent(2_500, 12_000)).toBe(75);
  expect(meter.percent(2_000, 14_000)).toBe(0);
});

test("this very process can be measured here", async () => {
  const usage = await usageOf(process.pid);
  expect(usage?.memoryBytes).toBeGreaterThan(10_000_000);
  expect(usage?.cpuMs).toBeGreaterThan(0);
});
