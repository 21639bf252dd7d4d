import type { ChannelState } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type StatesOptions, states } from "../src/states.ts";
import { RiderLink } from "./support/rider-link.ts";

/** A link for one store. */
class Link extends RiderLink<{ positions?: unknown; maxHz?: number }> {
  state(channel: string, offset: number, more: Partial<ChannelState>): void {
    const told = { channel, pattern: "agent:*", reducer: "agent", version: 1, epoch: "e", offset, ...more };
    expect(this.tell("channel_state", told)).toBe(true);
  }

  subscribed(more: object = {}): void {
    const correlationId = this.asked.findLast(({ type }) => type === "subscribe")?.id;
    const data = { channel: "agent:*", states: true, state: "subscribed", epoch: "", offset: 0, channels: 1, ...more };
    expect(this.tell("subscription_update", data, { correlationId })).toBe(true);
  }
}

function begun(options: StatesOptions = {}) {
  const link = new Link();
  const store = states<{ n?: number }>(link, "agent:*", options);
  const stop = store.subscribe(() => {});
  link.ask(true);
  return { link, store, stop };
}

describe("§4.13 states", () => {
  test("are asked for once there is a listener, and live once they were answered", () => {
    const { link, store } = begun({ maxHz: 2 });
    expect(link.asked).toMatchObject([
      { type: "subscribe", data: { channel: "agent:*", states: true, patches: true, maxHz: 2 } },
    ]);
    expect(store.snapshot().status).toBe("subscribing");
    link.state("agent:a", 3, { state: { n: 3 } });
    link.subscribed({ truncated: true });
    expect(store.snapshot()).toMatchObject({ status: "live", truncated: true, error: undefined });
    expect([...store.snapshot().channels]).toEqual([["agent:a", { n: 3 }]]);
    expect(store.snapshot()).toBe(store.snapshot());
  });

  test("patches are applied to the state that they are on; one on another begins all anew", () => {
    const { link, store } = begun();
    link.state("agent:a", 3, { state: { n: 3 } });
    link.subscribed();
    link.state("agent:a", 5, { since: 3, patch: [{ op: "replace", path: "/n", value: 5 }] });
    expect(store.snapshot().channels.get("agent:a")).toEqual({ n: 5 });
    expect(link.rider?.due()).toBe(false);
    link.state("agent:a", 9, { since: 8, patch: [{ op: "replace", path: "/n", value: 9 }] });
    expect(store.snapshot().channels.get("agent:a")).toEqual({ n: 5 });
    link.ask(false);
    expect(link.asked.slice(1).map(({ type }) => type)).toEqual(["unsubscribe", "subscribe"]);
    link.state("agent:a", 9, { state: { n: 9 } });
    link.subscribed();
    expect(store.snapshot().channels.get("agent:a")).toEqual({ n: 9 });
  });

  test("a patch that does not fit its state begins all anew too", () => {
    const { link } = begun();
    link.state("agent:a", 3, { state: { n: 3 } });
    link.subscribed();
    link.state("agent:a", 4, { since: 3, patch: [{ op: "remove", path: "/gone/here" }] });
    expect(link.rider?.due()).toBe(true);
  });

  test("stay shown while the link is gone; after it what is no more goes", () => {
    const { link, store } = begun();
    for (const name of ["a", "b"]) link.state(`agent:${name}`, 1, { state: { n: 1 } });
    link.subscribed();
    link.rider?.unlink(true);
    expect(store.snapshot()).toMatchObject({ status: "offline", channels: { size: 2 } });
    link.ask(true);
    expect(link.asked.at(-1)?.data.positions).toEqual({});
    link.state("agent:a", 2, { state: { n: 2 } });
    expect(store.snapshot().channels.size).toBe(2);
    link.subscribed();
    expect([...store.snapshot().channels]).toEqual([["agent:a", { n: 2 }]]);
  });

  test("§7 on links that begin again and again the positions are named, and what does not come stays", () => {
    const { link, store } = begun();
    link.state("agent:a", 1, { state: { n: 1 } });
    link.tell("error", {
      name: "payload_too_big",
      details: { channel: "agent:big", states: true, epoch: "e", offset: 7 },
    });
    link.subscribed();
    link.ask(true, true);
    expect(link.asked.at(-1)?.data.positions).toEqual({
      "agent:a": { epoch: "e", offset: 1 },
      "agent:big": { epoch: "e", offset: 7 },
    });
    link.subscribed();
    expect([...store.snapshot().channels.keys()]).toEqual(["agent:a"]);
  });

  test("of another reducer or version are not shown", () => {
    const { link, store } = begun({ reducer: { name: "agent", version: 2 } });
    link.state("agent:a", 1, { state: { n: 1 } });
    link.state("agent:b", 1, { version: 2, state: { n: 1 } });
    link.subscribed();
    expect([...store.snapshot().channels.keys()]).toEqual(["agent:b"]);
  });

  test("refused for good says so; refused for now is asked again after a pause", () => {
    const { link, store } = begun();
    const error = {
      name: "unavailable",
      number: 200,
      message: "",
      temporary: true,
      help: "",
      details: { retryAfterMs: 700 },
    };
    link.tell("error", error, { correlationId: link.asked[0]?.id });
    expect(link.rider?.due()).toBe(false);
    link.clock.pass(700);
    expect(link.asked.at(-1)?.type).toBe("subscribe");
    link.tell("error", { ...error, name: "forbidden", temporary: false }, { correlationId: link.last?.id });
    expect(store.snapshot()).toMatchObject({ status: "refused", error: { name: "forbidden" } });
  });

  test("§8.8 what a new token takes away goes: one channel, or all", () => {
    const { link, store } = begun();
    for (const name of ["a", "b"]) link.state(`agent:${name}`, 1, { state: { n: 1 } });
    link.subscribed();
    const gone = { states: true, state: "unsubscribed", epoch: "", offset: 0, reason: "forbidden" };
    link.tell("subscription_update", { ...gone, channel: "agent:a", pattern: "agent:*" });
    expect([...store.snapshot().channels.keys()]).toEqual(["agent:b"]);
    link.tell("subscription_update", { ...gone, channel: "agent:*" });
    expect(store.snapshot()).toMatchObject({ status: "refused", channels: { size: 0 } });
  });

  test("end a second after the last listener; the same name is the same store, and begins anew", () => {
    const { link, store, stop } = begun();
    link.state("agent:a", 1, { state: { n: 1 } });
    link.subscribed();
    stop();
    link.clock.pass(999);
    expect(link.rider).toBeDefined();
    link.clock.pass(1);
    expect(link.rider).toBeUndefined();
    expect(link.asked.at(-1)).toMatchObject({ type: "unsubscribe", data: { states: true } });
    expect(states(link, "agent:*")).toBe(store);
    expect(store.snapshot()).toMatchObject({ status: "offline", channels: { size: 0 } });
    store.subscribe(() => {});
    link.ask(false);
    expect(link.asked.at(-1)?.type).toBe("subscribe");
  });

  test("messages of others are left to them", () => {
    const { link } = begun();
    const told = { reducer: "agent", version: 1, epoch: "e", offset: 1, state: {} };
    expect(link.tell("channel_state", { ...told, channel: "agent:a" })).toBe(false);
    expect(link.tell("channel_state", { ...told, channel: "agent:a", pattern: "agent:a*" })).toBe(false);
    expect(link.tell("subscription_update", { channel: "agent:*", state: "subscribed", epoch: "", offset: 0 })).toBe(
      false,
    );
    expect(link.tell("error", { name: "internal", temporary: true }, { correlationId: "other" })).toBe(false);
    expect(link.tell("note", {})).toBe(false);
  });
});
