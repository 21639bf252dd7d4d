import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { KeptFile } from "../../src/auth/kept-file.ts";
import { freshDir } from "./support/identities.ts";

const read = (value: unknown): number[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "number") ? value : undefined;
function open(path = join(freshDir(), "deep", "er", "numbers.json")) {
  const file = new KeptFile<number[]>({ path, empty: [], read });
  onTestFinished(() => file.close());
  return { file, path };
}

test("without a file the content is the empty one, and nothing is written", () => {
  const { file, path } = open();
  expect(file.content).toEqual([]);
  expect(existsSync(dirname(path))).toBe(false);
});

test("a change is written whole, for its owner only, and leaves nothing else behind", async () => {
  const { file, path } = open();
  await file.update((now) => [...now, 1]);
  await file.update((now) => [...now, 2]);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([1, 2]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(readdirSync(dirname(path))).toEqual(["numbers.json"]);
});

test("changes of two at once are one after the other", async () => {
  const { file, path } = open();
  const { file: other } = open(path);
  await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? file : other).update((now) => [...now, i])));
  other.refresh();
  expect([...other.content].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("who listens hears of a change by somebody else, with what was before", async () => {
  const { file, path } = open();
  const { file: other } = open(path);
  await file.update(() => [1]);
  other.refresh();
  const heard = new Promise((resolve) => other.onChange((now, before) => resolve({ now, before })));
  await file.update(() => [1, 2]);
  expect(await heard).toEqual({ now: [1, 2], before: [1] });
});

test("a change that throws changes nothing and holds nobody up", async () => {
  const { file, path } = open();
  await file.update(() => [1]);
  const refused = file.update(() => {
    throw new RangeError("too many");
  });
  await expect(refused).rejects.toThrow("too many");
  await file.update((now) => [...now, 2]);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([1, 2]);
});

test("while somebody holds the lock nothing is written, and then upon what they wrote", async () => {
  const { file, path } = open();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.lock`, "");
  const mine = file.update((now) => [...now, 1]);
  // Time enough for one that does not wait.
  for (let i = 0; i < 100; i++) await stat(path).catch(() => {});
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "[9]");
  rmSync(`${path}.lock`);
  await mine;
  expect(file.content).toEqual([9, 1]);
});

test("a lock whose holder died long ago is taken over", async () => {
  const { file, path } = open();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.lock`, "");
  utimesSync(`${path}.lock`, new Date(0), new Date(0));
  await file.update(() => [1]);
  expect(file.content).toEqual([1]);
});

test.each(["{", "{}", '["a"]', ""])("a file that holds %j is not begun with", (text) => {
  const path = join(freshDir(), "numbers.json");
  writeFileSync(path, text);
  expect(() => open(path)).toThrow(path);
});
