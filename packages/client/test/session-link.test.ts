import { describe, expect, test } from "vitest";
import type { Problem } from "../src/types.ts";
import { ModelGateway } from "./support/model-gateway.ts";
import { SessionHost, ways } from "./support/session-host.ts";

const start = (options: ConstructorParameters<typeof SessionHost>[1] = {}): SessionHost =>
  new SessionHost(new ModelGateway(), options);

/** Connected over the first of its ways. */
function live(options: ConstructorParameters<typeof SessionHost>[1] = {}): SessionHost {
  const host = start(options);
  host.fact((session, nowMs) => session.connect(nowMs));
  host.accept();
  host.deliver();
  expect(host.session.linkState().state).toBe("live");
  return host;
}

const state = (host: SessionHost) => host.session.linkState();
const unauthenticated: Problem = {
  name: "unauthenticated",
  number: 115,
  message: "no",
  temporary: false,
  help: "Ask.",
};

describe("connecting", () => {
  test("nothing happens before it is needed", () => {
    const host = start();
    host.pass(1_000_000);
    expect(state(host)).toEqual({
      state: "idle",
      transport: undefined,
      attempt: 0,
      retryAtMs: undefined,
      offlineSinceMs: undefined,
      reason: undefined,
      catchingUp: 0,
      notSent: 0,
      queued: 0,
    });
    expect(host.links).toEqual([]);
  });

  test("a watch connects, and so does a publish", () => {
    const watching = start();
    watching.fact((session, nowMs) => session.watch("agent:a", {}, nowMs));
    expect(state(watching)).toMatchObject({ state: "connecting", transport: "websocket", attempt: 1 });
    const publishing = start();
    publishing.fact((session, nowMs) => session.publish({ type: "tick", channel: "agent:a" }, nowMs));
    expect(state(publishing)).toMatchObject({ state: "connecting", queued: 1 });
  });

  test("§3.3 the gateway's answer to connect makes the link live", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    host.accept();
    expect(state(host)).toMatchObject({ state: "connecting", offlineSinceMs: host.nowMs });
    host.deliver();
    expect(state(host)).toMatchObject({ state: "live", attempt: 0, offlineSinceMs: undefined, reason: undefined });
  });

  test("§3.7 the waits are exact once chance is given: 0.75, 1.25, 2.25 … 10.25 s", () => {
    const host = start({ ways: ways.slice(0, 1) });
    host.fact((session, nowMs) => session.connect(nowMs));
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      host.refuse({});
      expect(state(host)).toMatchObject({ state: "waiting", attempt: i + 1 });
      const { retryAtMs = 0 } = state(host);
      waits.push(retryAtMs - host.nowMs);
      host.pass(retryAtMs - host.nowMs - 1);
      expect(state(host).state).toBe("waiting");
      host.pass(1);
      expect(state(host).state).toBe("connecting");
    }
    expect(waits).toEqual([1_250, 2_250, 4_250, 8_250, 10_250, 10_250, 10_250]);
  });

  test("a lost link is tried again after a short wait, and says since when", () => {
    const host = live();
    const lostMs = host.nowMs;
    host.cut({ code: 1006 });
    expect(state(host)).toMatchObject({
      state: "waiting",
      transport: undefined,
      attempt: 0,
      offlineSinceMs: lostMs,
      retryAtMs: lostMs + 750,
      reason: { code: 1006, name: "connection_lost" },
    });
    host.pass(750);
    host.refuse({});
    expect(state(host).offlineSinceMs).toBe(lostMs);
  });

  test("§3.6 the gateway's own hint says when to come back, once", () => {
    const host = live();
    const [link] = host.links;
    link?.connection?.queue.push({
      id: "d",
      type: "disconnect",
      timestamp: 0,
      data: { reason: "going_away", reconnectAfterMs: 7_123 },
    });
    host.deliver();
    host.cut({ code: 3000, name: "going_away" });
    expect(state(host)).toMatchObject({ retryAtMs: host.nowMs + 7_123, reason: { code: 3000, name: "going_away" } });
    host.pass(7_123);
    host.refuse({});
    expect(state(host).retryAtMs).toBe(host.nowMs + 1_250);
  });

  test("an HTTP refusal may say when, too", () => {
    const host = start({ ways: ways.slice(1, 2) });
    host.fact((session, nowMs) => session.connect(nowMs));
    const problem: Problem = { name: "overloaded", number: 201, message: "", temporary: true, help: "" };
    host.refuse({ problem: { ...problem, details: { retryAfterMs: 3_210 } } });
    expect(state(host).retryAtMs).toBe(host.nowMs + 3_210);
  });

  test("§3.7 a final close stops for good, says why, and rejects what waits", () => {
    const host = live();
    const item = host.fact((session, nowMs) => session.publish({ type: "tick", channel: "agent:a" }, nowMs));
    host.cut({ code: 3504, name: "too_many_errors" });
    host.pass(1_000_000);
    expect(state(host)).toMatchObject({ state: "stopped", reason: { code: 3504, name: "too_many_errors" }, queued: 0 });
    expect(host.links).toEqual([]);
    expect(host.log.filter((effect) => effect.do === "rejected")).toEqual([
      { do: "rejected", item, problem: expect.objectContaining({ name: "closed", message: "too_many_errors" }) },
    ]);
  });

  test("a stopped session rejects further publishes with the reason, until somebody connects", () => {
    const host = live();
    host.cut({ code: 3501, problem: unauthenticated });
    expect(host.fact((session, nowMs) => session.publish({ type: "tick" }, nowMs))).toEqual(unauthenticated);
    host.fact((session, nowMs) => session.connect(nowMs));
    expect(state(host).state).toBe("connecting");
  });

  test("close ends everything; nothing but connect revives it", () => {
    const host = live();
    const watch = host.fact((session, nowMs) => session.watch("agent:a", {}, nowMs));
    host.deliver();
    host.fact((session, nowMs) => session.close(nowMs));
    expect(state(host)).toMatchObject({ state: "stopped", reason: { name: "closed" } });
    expect(watch.status).toBe("offline");
    host.fact((session, nowMs) => session.wake(nowMs));
    host.pass(1_000_000);
    expect(state(host).state).toBe("stopped");
    host.fact((session, nowMs) => session.connect(nowMs));
    host.accept();
    host.deliver();
    expect(watch.status).toBe("live");
  });
});

describe("tokens", () => {
  test("a refused token is asked for once more, at once; a second refusal stops", () => {
    const host = start({ canRenew: true });
    host.fact((session, nowMs) => session.connect(nowMs));
    host.refuse({ code: 3501, problem: unauthenticated });
    expect(state(host).state).toBe("connecting");
    host.refuse({ code: 3501, problem: unauthenticated });
    expect(state(host)).toMatchObject({ state: "stopped", reason: { name: "unauthenticated", help: "Ask." } });
  });

  test("a token that cannot be renewed stops at once", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    host.refuse({ code: 3501, problem: unauthenticated });
    expect(state(host).state).toBe("stopped");
  });

  test("after a good connection a later refusal is given its one renewal again", () => {
    const host = live({ canRenew: true });
    for (let i = 0; i < 2; i++) {
      host.cut({ code: 3501, problem: unauthenticated });
      host.pass(0);
      host.accept();
      host.deliver();
      expect(state(host).state).toBe("live");
    }
  });

  test("§8.9 one that ended is renewed like one that was refused; without another it stops", () => {
    const renewing = live({ canRenew: true });
    renewing.cut({ code: 3506, name: "token_expired" });
    expect(state(renewing).state).toBe("connecting");
    const fixed = live();
    fixed.cut({ code: 3506, name: "token_expired" });
    expect(state(fixed)).toMatchObject({ state: "stopped", reason: { code: 3506, name: "token_expired" } });
  });

  test("what will end a live link is said while it lives, and taken back", () => {
    const host = live();
    const { link } = host.links[0] ?? { link: 0 };
    const failed: Problem = { name: "token_failed", number: 0, message: "", temporary: true, help: "Look." };
    host.fact((session) => session.warned(link, failed));
    expect(state(host)).toMatchObject({ state: "live", reason: { name: "token_failed", help: "Look." } });
    host.fact((session) => session.warned(link, undefined));
    expect(state(host).reason).toBeUndefined();
    host.cut();
    host.fact((session) => session.warned(link, failed));
    expect(state(host).reason).toMatchObject({ name: "connection_lost" });
  });

  test("an unauthenticated error on the link counts the same", () => {
    const host = live();
    host.links[0]?.connection?.queue.push({ id: "e", type: "error", timestamp: 0, data: unauthenticated });
    host.deliver();
    expect(state(host)).toMatchObject({ state: "stopped", reason: { name: "unauthenticated" } });
  });
});

describe("§3.4 life", () => {
  test("after heartbeatMs of silence it pings, and after 10 s more it gives up", () => {
    const host = live();
    const queue = host.links[0]?.connection?.queue ?? [];
    host.pass(24_999);
    expect(queue).toHaveLength(0);
    host.pass(1);
    expect(queue.map(({ type }) => type)).toEqual(["pong"]);
    host.pass(9_999);
    expect(state(host).state).toBe("live");
    host.pass(1);
    expect(state(host)).toMatchObject({ state: "waiting", reason: { code: 3001, name: "heartbeat_timeout" } });
  });

  test("any inbound message is life, pong or not", () => {
    const host = live();
    host.fact((session, nowMs) => session.watch("agent:a", {}, nowMs));
    host.deliver();
    for (let i = 0; i < 10; i++) {
      host.pass(24_000);
      host.gateway.publish("agent:a", i);
      host.deliver();
    }
    expect(state(host).state).toBe("live");
    host.pass(25_000);
    host.pass(9_000);
    host.deliver();
    host.pass(24_999);
    expect(state(host).state).toBe("live");
  });

  test("the gateway's heartbeatMs counts, unless the way is known to be quiet for longer", () => {
    for (const [index, quietMs] of [
      [0, 5_000],
      [1, 15_000],
      [2, 25_000],
    ] as const) {
      const host = start({ ways: ways.slice(index, index + 1) });
      host.fact((session, nowMs) => session.connect(nowMs));
      host.accept();
      const connection = host.links[0]?.connection;
      if (connection?.queue[0]) connection.queue[0].data = { heartbeatMs: 5_000 };
      host.deliver();
      host.pass(quietMs + 9_999);
      expect(state(host).state).toBe("live");
      host.pass(1);
      expect(state(host).state).toBe("waiting");
    }
  });

  test("comments are life for a stream", () => {
    const host = live({ ways: ways.slice(1, 2) });
    for (let i = 0; i < 20; i++) {
      host.pass(15_000);
      host.fact((session, nowMs) => session.alive(host.links[0]?.link ?? 0, nowMs));
    }
    expect(state(host).state).toBe("live");
  });
});

describe("waking", () => {
  test("a wait ends at once", () => {
    const host = live();
    host.cut();
    host.fact((session, nowMs) => session.wake(nowMs));
    expect(state(host)).toMatchObject({ state: "connecting", retryAtMs: undefined });
  });

  test("a live link is pinged, so that a dead one is found in 3 s", () => {
    const host = live();
    host.pass(3_000);
    host.fact((session, nowMs) => session.wake(nowMs));
    expect(host.links[0]?.connection?.queue.map(({ type }) => type)).toEqual(["pong"]);
    host.pass(2_999);
    expect(state(host).state).toBe("live");
    host.pass(1);
    expect(state(host).state).toBe("waiting");
  });

  test("a live link that answers stays, and its next silence is given 10 s again", () => {
    const host = live();
    host.fact((session, nowMs) => session.wake(nowMs));
    host.pass(1_000);
    host.deliver();
    host.pass(25_000 + 9_999);
    expect(state(host).state).toBe("live");
    host.pass(1);
    expect(state(host).state).toBe("waiting");
  });

  test("the count of attempts begins anew, and with it the waits", () => {
    const host = start({ ways: ways.slice(0, 1) });
    host.fact((session, nowMs) => session.connect(nowMs));
    for (let i = 0; i < 6; i++) {
      host.refuse({});
      host.pass((state(host).retryAtMs ?? 0) - host.nowMs);
    }
    host.refuse({});
    host.fact((session, nowMs) => session.wake(nowMs));
    expect(state(host)).toMatchObject({ state: "connecting", attempt: 1 });
    // An attempt that runs is not disturbed.
    host.fact((session, nowMs) => session.wake(nowMs));
    host.refuse({});
    expect(state(host)).toMatchObject({ attempt: 1, retryAtMs: host.nowMs + 1_250 });
  });

  test("a link that was silent for longer than it may be is replaced at once", () => {
    const host = live();
    host.nowMs += 3_600_000;
    host.fact((session, nowMs) => session.wake(nowMs));
    expect(state(host)).toMatchObject({ state: "connecting", reason: { name: "heartbeat_timeout" } });
  });

  test("a healthy stream is left alone", () => {
    const host = live({ ways: ways.slice(1, 2) });
    host.pass(14_000);
    host.fact((session, nowMs) => session.wake(nowMs));
    host.pass(10_500);
    expect(state(host).state).toBe("live");
  });
});

describe("W8 choosing a transport", () => {
  test("a WebSocket that fails twice gives way to a stream, in the same attempt", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    host.refuse({});
    expect(state(host).state).toBe("waiting");
    host.pass(2_000);
    host.refuse({});
    expect(state(host)).toMatchObject({ state: "connecting", transport: "sse" });
    host.accept();
    host.deliver();
    expect(state(host)).toMatchObject({ state: "live", transport: "sse" });
  });

  test("a WebSocket that hangs gives way after 4 s, a silent stream after 5 s more", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    const dial = (): void => {
      const link = host.links.at(-1)?.link ?? 0;
      host.fact((session, nowMs) => session.dialing(link, nowMs));
    };
    dial();
    host.pass(3_999);
    expect(state(host).transport).toBe("websocket");
    host.pass(1);
    expect(state(host).transport).toBe("sse");
    dial();
    host.pass(5_000);
    expect(state(host).transport).toBe("poll");
    expect(host.links).toHaveLength(1);
    host.accept();
    host.deliver();
    expect(state(host)).toMatchObject({ state: "live", transport: "poll" });
  });

  test("a stream first has to show that a word comes through; then it is asked for everything", () => {
    const host = start();
    host.gateway.publish("agent:a", 1);
    const watch = host.fact((session, nowMs) => session.watch("agent:a", { since: "earliest" }, nowMs));
    for (let i = 0; i < 2; i++) {
      host.refuse({});
      host.pass(2_000);
    }
    expect(state(host).transport).toBe("sse");
    host.accept();
    expect(host.links[0]?.connection?.queue.map(({ type }) => type)).toEqual(["connect"]);
    // However much there is to ask for: before that word the stream stays the one it is.
    host.fact((session, nowMs) => session.watch("agent:b", {}, nowMs));
    host.pass(4_000);
    expect(host.links[0]).toMatchObject({ transport: "sse", coming: undefined });
    host.deliver();
    host.pass(20);
    host.deliver();
    expect(state(host)).toMatchObject({ state: "live", transport: "sse" });
    expect(watch.status).toBe("live");
    // It has shown that, so the next one begins with all.
    host.cut();
    host.pass(2_000);
    host.accept();
    const types = host.links[0]?.connection?.queue.map(({ type }) => type);
    expect(types).toEqual(["connect", "subscription_update", "subscription_update"]);
  });

  test("links that a proxy ends after 10 s each lead down, where they last, and it does not come back soon", () => {
    const host = start();
    const watch = host.fact((session, nowMs) => session.watch("agent:a", { since: "earliest" }, nowMs));
    const used: unknown[] = [];
    for (let n = 1; n <= 6; n++) {
      host.accept();
      host.deliver();
      host.pass(20);
      host.gateway.publish("agent:a", n);
      host.deliver();
      used.push(state(host).transport);
      host.pass(10_000);
      if (state(host).transport === "poll") break;
      host.cut();
      host.pass(2_000);
    }
    expect(used).toEqual(["websocket", "websocket", "websocket", "sse", "poll"]);
    alive(host, 170_000);
    expect(host.links.map(({ transport }) => transport)).toEqual(["poll"]);
    alive(host, 60_000);
    expect(host.links.map(({ transport }) => transport)).toEqual(["poll", "websocket"]);
    const told = host.told(watch).flatMap((effect) => (effect.do === "events" ? effect.events : []));
    expect(told.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5]);
  });

  test("time that a token takes is not held against the transport", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    host.pass(60_000);
    expect(state(host)).toMatchObject({ state: "connecting", transport: "websocket" });
  });

  test("once a WebSocket is open it has 10 s to speak", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    const link = host.links[0]?.link ?? 0;
    host.fact((session, nowMs) => session.dialing(link, nowMs));
    host.pass(3_000);
    host.fact((session, nowMs) => session.opening(link, nowMs));
    host.pass(9_999);
    expect(state(host).transport).toBe("websocket");
    host.pass(1);
    expect(state(host).transport).toBe("sse");
  });

  test("with nobody there it goes on trying the best, with backoff", () => {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    for (let i = 0; i < 6; i++) {
      expect(state(host)).toMatchObject({ state: "connecting", transport: "websocket" });
      while (state(host).state === "connecting") host.refuse({ unreachable: true });
      expect(state(host).state).toBe("waiting");
      host.pass(20_000);
    }
  });

  test("a forced transport is the only one", () => {
    const host = start({ ways: ways.slice(1, 2) });
    host.fact((session, nowMs) => session.connect(nowMs));
    for (let i = 0; i < 4; i++) {
      expect(state(host).transport).toBe("sse");
      host.refuse({ unreachable: i % 2 === 0 });
      host.pass(20_000);
    }
  });

  function onPoll(): SessionHost {
    const host = start();
    host.fact((session, nowMs) => session.connect(nowMs));
    for (let i = 0; i < 2; i++) {
      const link = host.links[0]?.link ?? 0;
      host.fact((session, nowMs) => session.dialing(link, nowMs));
      host.pass(5_000);
    }
    host.accept();
    host.deliver();
    expect(state(host)).toMatchObject({ state: "live", transport: "poll" });
    return host;
  }

  /** Polls are answered now and then. */
  function alive(host: SessionHost, ms: number): void {
    for (let passed = 0; passed < ms; passed += 10_000) {
      host.pass(10_000);
      const link = host.links.find(({ connection }) => connection)?.link ?? 0;
      host.fact((session, nowMs) => session.alive(link, nowMs));
    }
  }

  test("below the best it tries the better ones again after a minute, without leaving what works", () => {
    const host = onPoll();
    alive(host, 60_000);
    expect(host.links.map(({ transport }) => transport)).toEqual(["poll", "websocket"]);
    host.refuse({});
    expect(host.links.map(({ transport }) => transport)).toEqual(["poll", "sse"]);
    host.refuse({ unreachable: true });
    expect(host.links.map(({ transport }) => transport)).toEqual(["poll"]);
    expect(state(host)).toMatchObject({ state: "live", transport: "poll" });
    alive(host, 60_000);
    expect(host.links.map(({ transport }) => transport)).toEqual(["poll", "websocket"]);
    host.accept();
    host.deliver();
    expect(host.links.map(({ transport }) => transport)).toEqual(["websocket"]);
    expect(state(host)).toMatchObject({ state: "live", transport: "websocket" });
    alive(host, 200_000);
    expect(host.links).toHaveLength(1);
  });

  test("what a better way says before it is taken concerns nobody", () => {
    const host = onPoll();
    alive(host, 60_000);
    host.accept();
    const [, candidate] = host.links;
    candidate?.connection?.queue.unshift({ id: "e", type: "error", timestamp: 0, data: unauthenticated });
    host.deliver(1);
    expect(state(host)).toMatchObject({ state: "live", transport: "poll" });
    host.deliver();
    expect(state(host)).toMatchObject({ state: "live", transport: "websocket" });
  });

  test("switching loses nothing and doubles nothing, publishes included", () => {
    const host = onPoll();
    const watch = host.fact((session, nowMs) => session.watch("agent:a", { since: "earliest" }, nowMs));
    host.pass(100);
    host.deliver();
    host.gateway.publish("agent:a", 1);
    host.deliver();
    alive(host, 60_000);
    host.accept();
    // Published while both are open: seen by neither yet.
    host.gateway.publish("agent:a", 2);
    const item = host.fact((session, nowMs) =>
      session.publish({ type: "tick", channel: "agent:a", data: { n: 3 } }, nowMs),
    );
    host.deliver(1);
    expect(state(host)).toMatchObject({ state: "live", transport: "websocket" });
    expect(watch.status).toBe("live");
    host.deliver();
    host.gateway.publish("agent:a", 4);
    host.deliver();
    const told = host.told(watch);
    expect(told.flatMap((effect) => (effect.do === "events" ? effect.events.map(({ offset }) => offset) : []))).toEqual(
      [1, 2, 3, 4],
    );
    expect(host.log.filter((effect) => effect.do === "published" && effect.item === item)).toHaveLength(1);
  });
});
