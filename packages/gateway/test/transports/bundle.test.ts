import { expect, test } from "vitest";
import { Bundle } from "../../src/transports/websocket/bundle.ts";

const frame = (text: string): Buffer => Buffer.from(text);
const [a, b, c] = [frame("a"), frame("bb"), frame("ccc")];

test("the frames of a bundle come out in the order they were put in", () => {
  const bundle = new Bundle(new Uint8Array(0)).and(a).and(b).and(c);
  expect(bundle.bytes).toBe(6);
  expect(Buffer.from(bundle.whole()).toString()).toBe("abbccc");
});

test("connections that got the same frames share one piece, others have their own", () => {
  const empty = new Bundle(new Uint8Array(0));
  // As a fan-out goes: each publication to everybody, then the next one.
  let [one, two, three] = [empty.and(a), empty.and(a), empty.and(a)];
  [one, two, three] = [one.and(b), two.and(b), three.and(c)];
  expect(two.whole()).toBe(one.whole());
  expect(Buffer.from(three.whole()).toString()).toBe("accc");
});

test("a single frame is not copied", () => {
  expect(new Bundle(new Uint8Array(0)).and(a).whole()).toBe(a);
});
