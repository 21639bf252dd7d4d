/** X10, V9: strategies are functions; the session asks them, and a handler shows what they decided. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  automatic,
  hybrid,
  manual,
  oneToThirtySeconds,
  ReconnectionHandler,
  reconnectionOf,
} from "../src/reconnection.ts";
import type { LinkState } from "../src/types.ts";
import { ModelGateway } from "./support/model-gateway.ts";
import { rig } from "./support/model-transport.ts";
import { SessionHost, ways } from "./support/session-host.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const never = Number.POSITIVE_INFINITY;

describe("strategies", () => {
  test("V9 between 1 s and a most that doubles up to 30 s", () => {
    const waits = (random: number) => [0, 1, 2, 3, 4, 5].map((n) => automatic()(n, 0, random));
    expect(waits(0)).toEqual(Array(6).fill(1_000));
    expect(waits(0.999_999_9)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test("automatic never gives up and never leaves its bounds", () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(), chance, (attempts, forMs, random) => {
        const ms = automatic()(attempts, forMs, random);
        expect(ms).toBeGreaterThanOrEqual(oneToThirtySeconds.minMs);
        expect(ms).toBeLessThanOrEqual(oneToThirtySeconds.maxMs);
      }),
    );
  });

  test("manual never tries by itself", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), chance, (attempts, forMs, random) => {
        expect(manual(attempts, forMs, random)).toBe(never);
      }),
    );
  });

  test("hybrid is automatic up to its limits and manual from there, never automatic again", () => {
    const limit = fc.option(fc.nat(50), { nil: undefined });
    fc.assert(
      fc.property(limit, limit, fc.nat(100), fc.nat(100), chance, (most, longestMs, attempts, forMs, random) => {
        const limits = {
          ...(most === undefined ? {} : { attempts: most }),
          ...(longestMs === undefined ? {} : { forMs: longestMs }),
        };
        const over = attempts >= (most ?? never) || forMs >= (longestMs ?? never);
        expect(hybrid(limits)(attempts, forMs, random)).toBe(over ? never : automatic()(attempts, forMs, random));
      }),
    );
  });
});

describe("the session asks", () => {
  const start = (reconnect: NonNullable<ConstructorParameters<typeof SessionHost>[1]>["reconnect"]): SessionHost => {
    const host = new SessionHost(new ModelGateway(), { ways: ways.slice(0, 1), reconnect });
    host.fact((session, nowMs) => session.connect(nowMs));
    return host;
  };
  const becomeLive = (host: SessionHost): void => {
    host.accept();
    host.deliver();
    expect(host.session.linkState().state).toBe("live");
  };
  const shown = (host: SessionHost) => reconnectionOf(host.session.linkState());

  test("manual: a lost link stays lost, whatever wakes, until a person connects", () => {
    const host = start(manual);
    becomeLive(host);
    host.cut({ code: 1006 });
    expect(shown(host)).toMatchObject({ state: "notice", failed: 0, reason: { name: "connection_lost" } });
    host.fact((session, nowMs) => session.watch("agent:a", {}, nowMs));
    host.fact((session, nowMs) => session.wake(nowMs));
    host.pass(86_400_000);
    expect(shown(host).state).toBe("notice");
    expect(host.session.nextMs()).toBe(never);
    host.fact((session, nowMs) => session.connect(nowMs));
    expect(shown(host)).toMatchObject({ state: "trying", failed: 0 });
    host.refuse({});
    expect(shown(host)).toMatchObject({ state: "notice", failed: 1 });
  });

  test("manual: not even the gateway's hint when to come back begins an attempt", () => {
    const host = start(manual);
    becomeLive(host);
    const data = { reason: "going_away", reconnectAfterMs: 100 };
    host.links[0]?.connection?.queue.push({ id: "d", type: "disconnect", timestamp: 0, data });
    host.deliver();
    host.cut({ code: 3000, name: "going_away" });
    host.pass(60_000);
    expect(shown(host).state).toBe("notice");
  });

  test("manual: a token that ended is renewed all the same, since nobody is needed for that", () => {
    const host = new SessionHost(new ModelGateway(), { reconnect: manual, canRenew: true });
    host.fact((session, nowMs) => session.connect(nowMs));
    becomeLive(host);
    host.cut({ code: 3506, name: "token_expired" });
    expect(shown(host).state).toBe("trying");
  });

  test("hybrid: so many attempts, then a notice; a person or a wake-up begins anew", () => {
    const host = start(hybrid({ attempts: 3 }));
    becomeLive(host);
    const spent = (): void => {
      while (shown(host).state !== "notice") {
        if (shown(host).state === "trying") host.refuse({});
        host.pass((shown(host).retryAtMs ?? host.nowMs) - host.nowMs);
      }
    };
    host.cut();
    spent();
    expect(shown(host).failed).toBe(3);
    host.fact((session, nowMs) => session.wake(nowMs));
    expect(shown(host)).toMatchObject({ state: "trying", failed: 0 });
    spent();
    expect(shown(host).failed).toBe(3);
    host.fact((session, nowMs) => session.connect(nowMs));
    becomeLive(host);
    expect(shown(host)).toMatchObject({ state: "connected", failed: 0, reason: undefined });
  });

  test("hybrid: for so long since the first attempt, then a notice", () => {
    const host = start(hybrid({ forMs: 60_000 }));
    const fromMs = host.nowMs;
    while (shown(host).state !== "notice") {
      expect(host.nowMs - fromMs).toBeLessThan(60_000 + oneToThirtySeconds.maxMs);
      if (shown(host).state === "trying") host.refuse({});
      host.pass((shown(host).retryAtMs ?? host.nowMs) - host.nowMs);
    }
    expect(host.nowMs - fromMs).toBeGreaterThanOrEqual(60_000);
  });

  test("whatever happens: manual opens a link only when somebody connects, hybrid so often by itself and no more", () => {
    const deed = fc.constantFrom("accept", "refuse", "cut", "wake", "need", "pass", "connect");
    fc.assert(
      fc.property(fc.nat(4), fc.array(deed, { maxLength: 60 }), (most, deeds) => {
        const host = start(most === 0 ? manual : hybrid({ attempts: most }));
        const links = (): number => host.session.linkState().attempt;
        for (const each of deeds) {
          const before = host.session.linkState();
          if (each === "accept") {
            host.accept();
            host.deliver();
          } else if (each === "refuse") host.refuse({});
          else if (each === "cut") host.cut();
          else if (each === "wake") host.fact((session, nowMs) => session.wake(nowMs));
          else if (each === "need") host.fact((session, nowMs) => session.watch("agent:a", {}, nowMs));
          else if (each === "connect") host.fact((session, nowMs) => session.connect(nowMs));
          else host.pass(40_000);
          // So many that failed, and the one that somebody began.
          expect(links()).toBeLessThanOrEqual(Math.max(1, most));
          const { state } = host.session.linkState();
          if (most === 0 && before.state === "waiting" && each !== "connect") expect(state).toBe("waiting");
          if (each === "connect") expect(["connecting", "live"]).toContain(state);
        }
      }),
    );
  });

  test("a thousand clients that lose one gateway come back spread over the whole of the first wait", () => {
    let seed = 1;
    // Lehmer's generator: the same chances in every run.
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const tenths = Array<number>(10).fill(0);
    for (let i = 0; i < 1_000; i++) {
      const tenth = Math.floor((automatic()(0, 0, random()) - 1_000) / 100);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.max(...tenths)).toBeLessThan(150);
    expect(Math.min(...tenths)).toBeGreaterThan(50);
  });
});

describe("the handler", () => {
  test("shows the notice, the same object until something changed, and reconnects", async () => {
    const { client, transport, clock, rest } = rig({ reconnect: manual });
    const handler = new ReconnectionHandler(client);
    expect(handler.snapshot().state).toBe("connected");
    expect(handler.snapshot()).toBe(handler.snapshot());
    handler.reconnect();
    await rest();
    const seen: string[] = [];
    handler.subscribe(() => seen.push(handler.snapshot().state));
    transport.cut({ code: 1006 });
    clock.pass(1_000);
    await rest();
    expect(handler.snapshot()).toMatchObject({ state: "notice", reason: { code: 1006 } });
    handler.reconnect();
    await rest();
    clock.pass(1_000);
    await rest();
    expect(seen.at(0)).toBe("notice");
    expect(seen.at(-1)).toBe("connected");
    client.close();
    expect(handler.snapshot().state).toBe("stopped");
  });

  test("of a first attempt nothing has failed", () => {
    const link: LinkState = {
      state: "connecting",
      transport: "websocket",
      attempt: 1,
      retryAtMs: undefined,
      offlineSinceMs: 1,
      reason: undefined,
      catchingUp: 0,
      queued: 0,
      notSent: 0,
    };
    expect(reconnectionOf(link).failed).toBe(0);
  });
});
