import type { Message } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import type { Effect } from "../src/effects.ts";
import type { Item } from "../src/outbox.ts";
import type { Problem } from "../src/types.ts";
import type { Connection } from "./support/model-gateway.ts";
import { ModelGateway } from "./support/model-gateway.ts";
import { SessionHost, ways } from "./support/session-host.ts";

function open(options: ConstructorParameters<typeof SessionHost>[1] = {}): SessionHost {
  const host = new SessionHost(new ModelGateway(), { ways: ways.slice(0, 1), ...options });
  host.fact((session, nowMs) => session.connect(nowMs));
  return host;
}

function live(options: ConstructorParameters<typeof SessionHost>[1] = {}): SessionHost {
  const host = open(options);
  host.accept();
  host.deliver();
  return host;
}

let number = 0;
const publish = (host: SessionHost, n = ++number): Item | Problem =>
  host.fact((session, nowMs) => session.publish({ type: "tick", channel: "agent:a", data: { n } }, nowMs));

const outcomes = (host: SessionHost): Effect[] => host.log.filter(({ do: what }) => /published|rejected/.test(what));
const kept = (host: SessionHost): number[] => host.gateway.history("agent:a").events.map(({ n }) => n);

/** Frames that reach the gateway from now on, instead of the gateway. */
function capture(host: SessionHost): { frames: Message[][]; answer: (message: Partial<Message>) => void } {
  const connection = host.links[0]?.connection as Connection;
  const frames: Message[][] = [];
  // The model is given message by message; a frame is what one effect sends.
  connection.receive = (text) => frames.push([JSON.parse(text) as Message]);
  return {
    frames,
    answer(message) {
      connection.queue.push({ id: "a", type: "ack", timestamp: 0, data: {}, ...message });
      host.deliver();
    },
  };
}

const ack = (id: string, offset = 1): Partial<Message> => ({
  data: { results: [{ id, channel: "agent:a", epoch: "e1", offset, duplicate: false }] },
});

describe("§5.1 publishing", () => {
  test("each is answered with its position, by its event id", () => {
    const host = live();
    const [one, two] = [publish(host, 1), publish(host, 2)];
    host.deliver();
    expect(outcomes(host)).toEqual([
      { do: "published", item: one, published: expect.objectContaining({ offset: 1, duplicate: false }) },
      { do: "published", item: two, published: expect.objectContaining({ offset: 2, duplicate: false }) },
    ]);
    expect(host.session.linkState().queued).toBe(0);
  });

  test("gets an id, the time of publishing and an idempotency key; what is there stays", () => {
    const host = live();
    const { frames } = capture(host);
    publish(host, 1);
    host.fact((session, nowMs) =>
      session.publish({ type: "t", id: "mine", timestamp: 5, metadata: { idempotencyKey: "k", source: "s" } }, nowMs),
    );
    host.fact((session, nowMs) =>
      session.publish({ type: "t", metadata: { producer: { id: "p", epoch: 1, seq: 1 } } }, nowMs),
    );
    const [minted, given, produced] = frames.flat();
    expect(minted).toMatchObject({
      id: expect.any(String),
      timestamp: host.nowMs,
      metadata: { idempotencyKey: expect.any(String) },
    });
    expect(given).toMatchObject({ id: "mine", timestamp: 5, metadata: { idempotencyKey: "k", source: "s" } });
    expect(produced?.metadata).toEqual({ producer: { id: "p", epoch: 1, seq: 1 } });
  });

  test("what is published in one go goes in one frame, within its bounds", () => {
    const host = live();
    const batches: number[] = [];
    const { session } = host;
    for (let i = 0; i < 1_200; i++) session.publish({ type: "tick", channel: "agent:a", data: { n: i } }, host.nowMs);
    session.flush(host.nowMs);
    for (const effect of session.takeEffects()) if (effect.do === "send") batches.push(effect.batch.length);
    expect(batches).toEqual([500, 500, 200]);
    const text = "x".repeat(200_000);
    for (let i = 0; i < 3; i++) session.publish({ type: "tick", channel: "agent:a", data: { text } }, host.nowMs);
    session.flush(host.nowMs);
    expect(session.takeEffects().filter((effect) => effect.do === "send")).toHaveLength(3);
  });

  test("an event for good refused is rejected with the gateway's words", () => {
    const host = live();
    const { answer } = capture(host);
    const item = publish(host) as Item;
    const error = { name: "forbidden", number: 112, message: "no", temporary: false, help: "h" };
    answer({ data: { results: [{ id: item.id, error }] } });
    expect(outcomes(host)).toEqual([{ do: "rejected", item, problem: error }]);
  });

  test("§1.5 an event over the frame limit is refused here: sent, it would end the connection", () => {
    const host = live();
    const { frames } = capture(host);
    const text = "ü".repeat(600_000);
    const item = host.fact((session, nowMs) => session.publish({ type: "t", data: { text } }, nowMs));
    expect(item).toMatchObject({ name: "payload_too_big", number: 109, temporary: false });
    expect(frames).toEqual([]);
  });
});

describe("without a link", () => {
  test("publishes wait and go in order", () => {
    const host = open();
    publish(host, 1);
    publish(host, 2);
    expect(host.session.linkState().queued).toBe(2);
    host.accept();
    host.deliver();
    expect(kept(host)).toEqual([1, 2]);
    expect(outcomes(host)).toHaveLength(2);
  });

  test("the queue is bounded by number", () => {
    const host = open({ queue: { messages: 2, bytes: 1_000_000 } });
    publish(host);
    publish(host);
    expect(publish(host)).toMatchObject({ name: "queue_full", number: 0, temporary: true });
    expect(host.session.linkState().queued).toBe(2);
    host.accept();
    host.deliver();
    expect(publish(host)).toHaveProperty("text");
  });

  test("and by bytes of UTF-8", () => {
    const host = open({ queue: { messages: 100, bytes: 1_000 } });
    const draft = { type: "t", channel: "agent:a", data: { text: "ü".repeat(300) } };
    expect(host.fact((session, nowMs) => session.publish(draft, nowMs))).toHaveProperty("text");
    expect(host.fact((session, nowMs) => session.publish(draft, nowMs))).toMatchObject({ name: "queue_full" });
    host.accept();
    host.deliver();
    host.cut();
    expect(host.fact((session, nowMs) => session.publish(draft, nowMs))).toHaveProperty("text");
  });

  test("with a link sixteen times as much may be on its way", () => {
    const host = live({ queue: { messages: 2, bytes: 1_000_000 } });
    capture(host);
    const items = Array.from({ length: 33 }, () => publish(host));
    expect(items.slice(0, 32).every((item) => "text" in item)).toBe(true);
    expect(items[32]).toMatchObject({ name: "queue_full" });
  });

  test("§5.3 what had no answer is sent again and kept once", () => {
    const host = live();
    const item = publish(host, 1);
    host.cut();
    expect(kept(host)).toEqual([1]);
    host.pass(750);
    host.accept();
    host.deliver();
    expect(kept(host)).toEqual([1]);
    expect(outcomes(host)).toEqual([
      { do: "published", item, published: expect.objectContaining({ offset: 1, duplicate: true }) },
    ]);
  });

  test("close rejects what waits", () => {
    const host = open();
    const item = publish(host);
    host.fact((session, nowMs) => session.close(nowMs));
    expect(outcomes(host)).toEqual([{ do: "rejected", item, problem: expect.objectContaining({ name: "closed" }) }]);
  });
});

describe("§5.7 temporary errors", () => {
  test("are tried again after a pause, everything in its order", () => {
    const host = live();
    host.gateway.refuseNext = 1;
    publish(host, 1);
    host.deliver();
    publish(host, 2);
    host.deliver();
    expect(kept(host)).toEqual([]);
    host.pass(749);
    expect(kept(host)).toEqual([]);
    host.pass(1);
    host.deliver();
    expect(kept(host)).toEqual([1, 2]);
    expect(outcomes(host).map((effect) => effect.do)).toEqual(["published", "published"]);
  });

  test("the gateway's retryAfterMs counts", () => {
    const host = live();
    const { frames, answer } = capture(host);
    const item = publish(host) as Item;
    const details = { retryAfterMs: 5_000 };
    const error = { name: "overloaded", number: 201, message: "", temporary: true, help: "", details };
    answer({ data: { results: [{ id: item.id, error }] } });
    host.pass(4_999);
    expect(frames).toHaveLength(1);
    host.pass(1);
    expect(frames).toHaveLength(2);
    answer(ack(item.id));
    expect(outcomes(host).map((effect) => effect.do)).toEqual(["published"]);
  });

  test("§5.4 a sequence gap that an earlier event's pause causes is no refusal", () => {
    const host = live();
    const { frames, answer } = capture(host);
    const items = [1, 2].map(
      (seq) =>
        host.fact((session, nowMs) =>
          session.publish({ type: "t", channel: "agent:a", metadata: { producer: { id: "p", epoch: 1, seq } } }, nowMs),
        ) as Item,
    );
    const [first, second] = items.map(({ id }) => id);
    const unavailable = { name: "unavailable", number: 200, message: "", temporary: true, help: "" };
    const gap = { name: "sequence_gap", number: 111, message: "", temporary: false, help: "" };
    answer({
      data: {
        results: [
          { id: first, error: unavailable },
          { id: second, error: gap },
        ],
      },
    });
    expect(outcomes(host)).toEqual([]);
    host.pass(1_000);
    expect(frames.flat().map(({ id }) => id)).toEqual([first, second, first, second]);
    answer(ack(first ?? "", 1));
    answer({ data: { results: [{ id: second, error: gap }] } });
    expect(outcomes(host).map((effect) => effect.do)).toEqual(["published", "rejected"]);
  });
});

describe("§3.5 frames that are refused as a whole", () => {
  const invalid = { name: "invalid_message", number: 100, message: "", temporary: false, help: "" };

  test("an error that names no message is believed only of one sent alone", () => {
    const host = live();
    const { frames, answer } = capture(host);
    const [good, bad] = [publish(host, 1) as Item, publish(host, 2) as Item];
    answer({ type: "error", data: invalid });
    // Again, one at a time.
    expect(frames.flat().map(({ id }) => id)).toEqual([good.id, bad.id, good.id]);
    answer(ack(good.id));
    expect(frames.flat().at(-1)?.id).toBe(bad.id);
    answer({ type: "error", data: invalid });
    expect(outcomes(host)).toEqual([
      expect.objectContaining({ do: "published", item: good }),
      { do: "rejected", item: bad, problem: invalid },
    ]);
  });

  test("a named one concerns that one alone, and is asked twice at most", () => {
    const host = live();
    const { frames, answer } = capture(host);
    const [one, two] = [publish(host, 1) as Item, publish(host, 2) as Item];
    answer({ type: "error", metadata: { correlationId: one.id }, data: invalid });
    answer(ack(two.id));
    expect(frames.flat().map(({ id }) => id)).toEqual([one.id, two.id, one.id]);
    answer({ type: "error", metadata: { correlationId: one.id }, data: invalid });
    expect(outcomes(host).map((effect) => effect.do)).toEqual(["published", "rejected"]);
  });
});
