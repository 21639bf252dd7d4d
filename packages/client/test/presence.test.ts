import type { ErrorData, PresenceData } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type PresenceOptions, presence } from "../src/presence.ts";
import { RiderLink } from "./support/rider-link.ts";

const channel = "session:s1";
const principal = { kind: "user", id: "ada" };
const member = (memberId: string, sinceMs: number, more: object = {}) => ({ memberId, principal, sinceMs, ...more });
const forbidden = { name: "forbidden", number: 112, message: "no", temporary: false, help: "ask" } satisfies ErrorData;

function begun(options: PresenceOptions = {}) {
  const link = new RiderLink<PresenceData>();
  const here = presence(link, channel, { memberId: "me", ...options });
  link.ask(true);
  return { link, here };
}

const joined = (link: RiderLink<PresenceData>, more: object = {}): boolean =>
  link.answer("presence", {
    ...{ channel, memberId: "me", revision: "r:1", total: 2 },
    members: [member("other", 10), member("me", 20)],
    ...more,
  });
const event = (link: RiderLink<PresenceData>, type: string, data: object): boolean =>
  link.tell(`presence_${type}`, data, { channel });
const ids = ({ snapshot }: ReturnType<typeof presence>) => snapshot().members.map(({ memberId }) => memberId);

describe("§13.1 presence", () => {
  test("joins at once, and knows who is there once it is answered", () => {
    const { link, here } = begun({ name: "Ada", state: { view: "log" } });
    expect(link.asked).toMatchObject([
      { type: "presence", data: { channel, memberId: "me", name: "Ada", state: { view: "log" } } },
    ]);
    expect(here.snapshot()).toEqual({ members: [], total: 0, status: "joining", error: undefined });
    expect(joined(link)).toBe(true);
    expect([here.snapshot().status, here.snapshot().total, ids(here)]).toEqual(["present", 2, ["other", "me"]]);
    expect(here.snapshot()).toBe(here.snapshot());
  });

  test("without a memberId it makes one, and keeps it over links", () => {
    const link = new RiderLink<PresenceData>();
    const here = presence(link, channel);
    link.ask(true);
    link.rider?.unlink(true);
    link.ask(true);
    expect(link.asked.map(({ data }) => data.memberId)).toEqual([here.memberId, here.memberId]);
  });

  test("events of its channel are folded, and left to others; those of other channels are not its own", () => {
    const { link, here } = begun();
    joined(link);
    expect(event(link, "joined", { ...member("new", 5), revision: "r:2" })).toBe(false);
    event(link, "updated", { ...member("other", 10, { name: "O", state: { x: 1 } }), revision: "r:3" });
    event(link, "left", { memberId: "me2", revision: "r:4" });
    link.tell("presence_joined", member("elsewhere", 1), { channel: "session:s2" });
    link.tell("presence", { channel: "session:s2", memberId: "me", members: [] });
    expect(ids(here)).toEqual(["new", "other", "me"]);
    expect(here.snapshot().members[1]).toEqual(member("other", 10, { name: "O", state: { x: 1 } }));
    event(link, "left", { memberId: "other", revision: "r:5" });
    expect([ids(here), here.snapshot().total]).toEqual([["new", "me"], 1]);
  });

  test("§13.4 it comes back with the revision it knows, and keeps its members where that is still so", () => {
    const { link, here } = begun();
    joined(link);
    event(link, "joined", { ...member("new", 30), revision: "r:2" });
    link.rider?.unlink(true);
    expect([here.snapshot().status, ids(here)]).toEqual(["offline", ["other", "me", "new"]]);
    link.ask(true);
    expect(link.last?.data.revision).toBe("r:2");
    link.answer("presence", { channel, memberId: "me", revision: "r:2" });
    expect([here.snapshot().status, ids(here)]).toEqual(["present", ["other", "me", "new"]]);
    link.tell("presence", { channel, memberId: "me", revision: "r:9", members: [member("me", 20)], total: 1 });
    expect(ids(here)).toEqual(["me"]);
  });
});

describe("set", () => {
  test("says the newest, ten times a second at most, and not what is said already", () => {
    const { link, here } = begun();
    joined(link);
    here.set({});
    here.set({ x: 1 });
    here.set({ x: 2 });
    expect(link.asked).toHaveLength(1);
    link.clock.pass(100);
    here.set({ x: 3 });
    link.clock.pass(99);
    expect(link.asked.map(({ data }) => data.state)).toEqual([{}, { x: 2 }]);
    link.clock.pass(1);
    expect(link.asked.map(({ data }) => data.state)).toEqual([{}, { x: 2 }, { x: 3 }]);
    link.clock.pass(1_000);
    expect(link.asked).toHaveLength(3);
  });

  test("where each change begins a new stream or poll, once a second; while offline with the next link", () => {
    const { link, here } = begun();
    link.ask(true, true);
    here.set({ x: 1 });
    link.clock.pass(999);
    expect(link.asked).toHaveLength(2);
    link.clock.pass(1);
    expect(link.last?.data.state).toEqual({ x: 1 });
    link.rider?.unlink(true);
    here.set({ x: 2 });
    link.clock.pass(5_000);
    expect(link.asked).toHaveLength(3);
    link.ask(true);
    expect(link.last?.data.state).toEqual({ x: 2 });
  });
});

describe("ending", () => {
  test("leave says so once, and then nothing is asked any more", () => {
    const { link, here } = begun();
    joined(link);
    here.set({ x: 1 });
    here.leave();
    here.leave();
    expect(here.snapshot()).toMatchObject({ status: "left", members: [], total: 0 });
    expect(link.last?.data).toEqual({ channel, memberId: "me", leave: true });
    event(link, "joined", { ...member("late", 1) });
    expect(ids(here)).toEqual([]);
    link.clock.pass(1_000);
    expect([link.asked.length, link.rider]).toEqual([2, undefined]);
  });

  test("while offline it ends without a word; its member leaves by itself", () => {
    const { link, here } = begun();
    link.rider?.unlink(true);
    here.leave();
    expect([link.asked.length, link.rider]).toEqual([1, undefined]);
  });

  test("on its way to another link it says so there; where none follows it just ends", () => {
    for (const lost of [false, true]) {
      const { link, here } = begun();
      const rider = link.rider;
      here.leave();
      rider?.unlink(lost);
      expect(link.rider === undefined).toBe(lost);
      link.ask(true);
      link.clock.pass(1);
      expect(link.rider).toBeUndefined();
    }
  });

  test("when another page of the same id leaves, this one is back", () => {
    const { link, here } = begun();
    joined(link);
    event(link, "left", { memberId: "me", reason: "left", revision: "r:2" });
    expect(link.asked).toHaveLength(2);
    joined(link, { revision: "r:3" });
    expect(ids(here)).toEqual(["other", "me"]);
  });

  test("refused for good it says why and asks no more; a temporary refusal is asked again", () => {
    const { link, here } = begun();
    expect(link.answer("error", { ...forbidden, temporary: true, details: { retryAfterMs: 300 } })).toBe(true);
    link.clock.pass(300);
    expect(link.asked).toHaveLength(2);
    link.answer("error", forbidden);
    expect(here.snapshot()).toMatchObject({ status: "refused", error: forbidden });
    link.rider?.unlink(true);
    link.ask(true);
    expect([link.asked.length, link.rider?.due(), here.snapshot().status]).toEqual([2, false, "refused"]);
  });

  test("what a new token takes away is said", () => {
    const { link, here } = begun();
    joined(link);
    link.tell("presence", { channel, memberId: "me", leave: true, reason: "forbidden" });
    expect(here.snapshot()).toMatchObject({ status: "refused", members: [], error: { name: "forbidden" } });
    expect(link.rider?.due()).toBe(false);
  });
});
