import type { LeaseData } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { demand } from "../src/demand.ts";
import { RiderLink } from "./support/rider-link.ts";

const channel = "browser:b1";
const none = { viewers: undefined, maxWidth: undefined, maxHz: undefined, error: undefined };
const fenced = { name: "fenced", number: 110, message: "no", temporary: false, help: "stop" };

function begun() {
  const link = new RiderLink<LeaseData>();
  const store = demand(link, channel, { producer: "p", epoch: 3 });
  expect([store.snapshot(), link.rider]).toEqual([none, undefined]);
  const stop = store.subscribe(() => {});
  link.ask(true);
  return { link, store, stop };
}

describe("§13.5 demand", () => {
  test("binds its link with one renewal while somebody listens, and shows what it is told", () => {
    const { link, store, stop } = begun();
    expect(link.asked).toMatchObject([{ type: "lease", data: { channel, producer: "p", epoch: 3 } }]);
    expect(link.answer("lease", { channel, state: "held" })).toBe(true);
    link.tell("demand", { channel, viewers: 2, maxWidth: 640 });
    link.tell("demand", { channel: "browser:b2", viewers: 9 });
    expect(store.snapshot()).toEqual({ ...none, viewers: 2, maxWidth: 640 });
    expect(store.snapshot()).toBe(store.snapshot());
    expect(link.rider?.due()).toBe(false);
    stop();
    expect([store.snapshot(), link.rider]).toEqual([none, undefined]);
  });

  test("on another link it says what it knows; without one it knows nothing", () => {
    const { link, store } = begun();
    link.tell("demand", { channel, viewers: 2 });
    link.rider?.unlink(false);
    link.ask(true);
    expect([link.last?.data.demand, store.snapshot().viewers]).toEqual([{ viewers: 2 }, 2]);
    link.rider?.unlink(true);
    expect(store.snapshot().viewers).toBeUndefined();
    link.ask(true);
    expect(link.last?.data).not.toHaveProperty("demand");
  });

  test("a lease that is another's is told, and not asked for again; what is temporary is", () => {
    const { link, store } = begun();
    link.answer("error", { ...fenced, temporary: true });
    link.clock.pass(1_000);
    expect(link.asked).toHaveLength(2);
    link.answer("error", fenced);
    expect(store.snapshot()).toEqual({ ...none, error: fenced });
    link.rider?.unlink(true);
    link.ask(true);
    expect([link.asked.length, link.rider?.due()]).toEqual([2, false]);
    expect(link.answer("error", fenced)).toBe(false);
  });
});
