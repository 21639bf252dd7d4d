import type { SharedDocument } from "@signalbox/core";
import { StoreAway } from "@signalbox/core";
import { expect, test } from "vitest";
import { KeptDocument } from "../../src/auth/kept-document.ts";

const read = (value: unknown): number[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "number") ? value : undefined;

/** A store of documents whose answers come a turn later. */
class Documents {
  kept: SharedDocument | undefined;
  isAway = false;

  async document(): Promise<SharedDocument | undefined> {
    await this.#turn();
    return this.kept;
  }

  async setDocument(_name: string, from: number, text: string): Promise<boolean> {
    await this.#turn();
    if ((this.kept?.version ?? 0) !== from) return false;
    this.kept = { version: from + 1, text };
    return true;
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isAway) throw new StoreAway("it is away");
  }
}

const problems: string[] = [];
const open = (broker: Documents): Promise<KeptDocument<number[]>> =>
  new KeptDocument({ broker, name: "numbers", empty: [], read, onProblem: (why) => problems.push(why) }).open();

test("changes of many at once are one after the other, and everybody hears of each", async () => {
  const broker = new Documents();
  const all = await Promise.all(Array.from({ length: 4 }, () => open(broker)));
  const heard: number[][] = [];
  all[0]?.onChange((now) => heard.push([...now]));
  await Promise.all(Array.from({ length: 12 }, (_, n) => all[n % 4]?.update((now) => [...now, n])));
  await all[0]?.refresh();
  expect([...(all[0]?.content ?? [])].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => n));
  expect(heard.at(-1)).toEqual(all[0]?.content);
});

test("while the store is away what was read stays in force, and nothing is changed", async () => {
  const broker = new Documents();
  const document = await open(broker);
  await document.update(() => [1]);
  broker.isAway = true;
  await document.refresh();
  await expect(document.update(() => [2])).rejects.toThrow(StoreAway);
  expect(document.content).toEqual([1]);
  await expect(open(broker)).rejects.toThrow(StoreAway);
  document.close();
});

test("one that is not ours is a problem, and what was read stays in force", async () => {
  const broker = new Documents();
  const document = await open(broker);
  await document.update(() => [1]);
  broker.kept = { version: 9, text: '{"no": "numbers"}' };
  problems.length = 0;
  await document.refresh();
  expect([document.content, problems]).toEqual([[1], ["the shared document numbers does not hold what it should"]]);
  document.close();
});

test("a loss that gives a version anew does not hide what is kept now; one that is gone is kept again", async () => {
  const broker = new Documents();
  const document = await open(broker);
  await document.update(() => [1]);
  broker.kept = { version: 1, text: "[7]" };
  await document.refresh();
  expect(document.content).toEqual([7]);
  broker.kept = undefined;
  await document.refresh();
  expect(broker.kept).toEqual({ version: 1, text: "[7]" });
  await document.update((now) => [...now, 8]);
  expect(broker.kept).toEqual({ version: 2, text: "[7,8]" });
});
