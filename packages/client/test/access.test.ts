import { expect, test } from "vitest";
import { Access } from "../src/access.ts";
import type { ClientOptions } from "../src/types.ts";

const open = (token: ClientOptions["token"]): Access =>
  new Access({ url: "http://gateway.test/", ...(token === undefined ? {} : { token }) }, fetch);

/** A token function that answers when the test says so. */
function slow() {
  const waiting: Array<{ give: (token: string) => void; fail: (error: Error) => void }> = [];
  const ask = (): Promise<string> => new Promise((give, fail) => waiting.push({ give, fail }));
  return { ask, waiting };
}

test("a fixed token, or none, is what it is and cannot be renewed", async () => {
  expect([open("t").canRenew, open(undefined).canRenew, open(() => "t").canRenew]).toEqual([false, false, true]);
  expect([await open("t").token(true), await open(undefined).token(true)]).toEqual(["t", undefined]);
});

test("whoever needs a token while one is being asked for gets the same answer", async () => {
  const { ask, waiting } = slow();
  const access = open(ask);
  const all = Promise.all([access.token(true), access.token(false), access.token(true), access.token(true, "old")]);
  expect(waiting).toHaveLength(1);
  waiting[0]?.give("one");
  expect(await all).toEqual(["one", "one", "one", "one"]);
  expect(await access.token(false)).toBe("one");
  expect(waiting).toHaveLength(1);
});

test("a refused token that was replaced meanwhile is not asked for again", async () => {
  let asked = 0;
  const access = open(() => `t${++asked}`);
  expect(await access.token(false)).toBe("t1");
  expect(await access.token(true, "t1")).toBe("t2");
  // Another request was refused with the first one, and hears of it late.
  expect(await access.token(true, "t1")).toBe("t2");
  expect(await access.token(true, "t2")).toBe("t3");
});

test("one that fails rejects all who wait, the last token stays, and the next asks again", async () => {
  const { ask, waiting } = slow();
  const access = open(ask);
  const first = access.token(true);
  waiting[0]?.give("one");
  await first;
  const [a, b] = [access.token(true), access.token(false)];
  waiting[1]?.fail(new Error("down"));
  await expect(a).rejects.toThrow("down");
  await expect(b).rejects.toThrow("down");
  expect(await access.token(false)).toBe("one");
  const next = access.token(true);
  waiting[2]?.give("two");
  expect(await next).toBe("two");
});

test("a function that throws at once is like one that rejects, and does not stay in the way", async () => {
  let fails = true;
  const access = open(() => {
    if (fails) throw new Error("at once");
    return "t";
  });
  await expect(access.token(true)).rejects.toThrow("at once");
  fails = false;
  expect(await access.token(true)).toBe("t");
});
