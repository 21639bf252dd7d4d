import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cell, paced } from "../../src/stores/readable.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("many changes are told once, and the last one is the one told", () => {
  const source = cell(0);
  const slow = paced(source, 100);
  const heard: number[] = [];
  slow.subscribe(() => heard.push(slow.snapshot()));
  for (let value = 1; value <= 50; value++) source.set(value);
  expect(slow.snapshot()).toBe(0);
  vi.advanceTimersByTime(100);
  expect(heard).toEqual([50]);
  source.set(51);
  vi.advanceTimersByTime(100);
  expect(heard).toEqual([50, 51]);
});

test("whoever has stopped listening hears nothing", () => {
  const source = cell(0);
  const slow = paced(source, 100);
  const stop = slow.subscribe(() => expect.unreachable());
  source.set(1);
  stop();
  vi.advanceTimersByTime(1_000);
  expect(slow.snapshot()).toBe(1);
});
