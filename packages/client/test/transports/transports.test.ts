/** Each transport against a real server: the same is asked of all three. */
import type { Message } from "@signalbox/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient } from "../../src/client.ts";
import type { Clock } from "../../src/clock.ts";
import type { Client, ClientOptions, TransportName } from "../../src/types.ts";
import { type Mini, miniGateway } from "../support/mini-gateway.ts";

let mini: Mini;
const clients: Client[] = [];

beforeEach(async () => {
  mini = await miniGateway();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await mini.close();
});

function connect(options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url: mini.url, backoff: { minMs: 5, maxMs: 20 }, ...options });
  clients.push(client);
  return client;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves once `test` holds of the link; asks after each change. */
function until(client: Client, test: (link: ReturnType<Client["link"]["snapshot"]>) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!test(client.link.snapshot())) return;
      stop();
      resolve();
    };
    const stop = client.link.subscribe(look);
    look();
  });
}

/** Collects what a watch surfaces; `has(n)` resolves when n came. */
function collect(client: Client, channel: string, options: Parameters<Client["watch"]>[1] = {}) {
  const got: number[] = [];
  const gaps: string[] = [];
  const waiting = new Map<number, () => void>();
  let live = (): void => {};
  const isLive = new Promise<void>((resolve) => {
    live = resolve;
  });
  const watch = client.watch(channel, {
    ...options,
    onEvent({ data }) {
      const { n } = data as { n: number };
      got.push(n);
      waiting.get(n)?.();
    },
    onGap: (_, { reason }) => gaps.push(reason),
    onState: ({ status }) => status === "live" && live(),
  });
  const has = (n: number): Promise<void> =>
    new Promise((resolve) => {
      if (got.includes(n)) resolve();
      else waiting.set(n, resolve);
    });
  return { got, gaps, watch, has, isLive };
}

describe.each<TransportName>(["websocket", "sse", "poll"])("%s", (name) => {
  const transports = [name];

  test("follows channels and patterns, present and to come", async () => {
    const client = connect({ transports });
    mini.publish("agent:a", 1);
    const one = collect(client, "agent:a", { since: "earliest" });
    const all = collect(client, "agent:*");
    await Promise.all([one.isLive, all.isLive]);
    expect(client.link.snapshot()).toMatchObject({ state: "live", transport: name });
    mini.publish("agent:a", 2);
    mini.publish("agent:b", 3);
    await Promise.all([one.has(2), all.has(3)]);
    expect([one.got, all.got]).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  test("resumes after every kind of end, without loss or doubling", async () => {
    const client = connect({ transports });
    const { got, gaps, has, isLive } = collect(client, "agent:a");
    await isLive;
    for (let n = 1; n <= 12; n++) {
      mini.publish("agent:a", n);
      if (n % 4 === 1) mini.cut(1001);
      else if (n % 4 === 3) mini.tear();
      if (n % 3 === 0) await has(n);
    }
    mini.publish("agent:a", 99);
    await has(99);
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99]);
    expect(gaps).toEqual([]);
  });

  test("says gaps", async () => {
    const client = connect({ transports });
    const { got, gaps, has, isLive } = collect(client, "agent:a");
    await isLive;
    mini.publish("agent:a", 1);
    await has(1);
    mini.change((gateway) => gateway.renew("agent:a"));
    mini.publish("agent:a", 2);
    await has(2);
    expect([got, gaps]).toEqual([[1, 2], ["epoch_changed"]]);
  });

  test("changes subscriptions while it runs", async () => {
    const client = connect({ transports });
    const a = collect(client, "agent:a");
    await a.isLive;
    const b = collect(client, "agent:b");
    await b.isLive;
    mini.publish("agent:a", 1);
    mini.publish("agent:b", 2);
    await Promise.all([a.has(1), b.has(2)]);
    a.watch.stop();
    const c = collect(client, "agent:c");
    await c.isLive;
    mini.publish("agent:a", 3);
    mini.publish("agent:b", 4);
    mini.publish("agent:c", 5);
    await Promise.all([b.has(4), c.has(5)]);
    expect([a.got, b.got, c.got]).toEqual([[1], [2, 4], [5]]);
  });

  test("publishes, in order and once, whatever is cut", async () => {
    const client = connect({ transports });
    const { got, has, isLive } = collect(client, "agent:a");
    await isLive;
    const drafts = (from: number) =>
      [0, 1, 2].map((i) => ({ type: "tick", channel: "agent:a", data: { n: from + i } }));
    const first = client.publishAll(drafts(1));
    mini.tear();
    const second = client.publishAll(drafts(4));
    const outcomes = [...(await first), ...(await second)];
    expect(outcomes.map((outcome) => "offset" in outcome && outcome.offset)).toEqual([1, 2, 3, 4, 5, 6]);
    await has(6);
    expect(got).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("brings its token, and asks for another when it is refused", async () => {
    mini.token = "good";
    const tokens = ["bad", "good"];
    const client = connect({ transports, token: () => tokens.shift() ?? "none" });
    client.connect();
    await until(client, ({ state }) => state === "live");
    expect(tokens).toEqual([]);
    mini.publish("agent:a", 1);
    await client.publish({ type: "tick", channel: "agent:a", data: { n: 2 } });
  });

  test("stops with the reason when the token stays refused", async () => {
    mini.token = "good";
    const client = connect({ transports, token: "bad" });
    client.connect();
    await until(client, ({ state }) => state === "stopped");
    expect(client.link.snapshot().reason).toMatchObject({ name: "unauthenticated", help: "Log in." });
  });

  test("goes on trying while nobody is there", async () => {
    const { url } = mini;
    await mini.close();
    const client = connect({ transports, url });
    client.connect();
    await until(client, ({ attempt }) => attempt >= 3);
    expect(client.link.snapshot().reason).toMatchObject({ name: "unreachable" });
    mini = await miniGateway();
  });

  test("close ends it for the gateway too", async () => {
    const client = connect({ transports });
    const { isLive } = collect(client, "agent:a");
    await isLive;
    // A poll comes and goes.
    while (mini.gateway.connections.size === 0) await turn();
    client.close();
    while (mini.gateway.connections.size > 0) await turn();
  });
});

describe("websocket", () => {
  test("§3.1 a frame may hold several messages, and garbage is passed over", async () => {
    const client = connect({ transports: ["websocket"] });
    const { got, has, isLive } = collect(client, "agent:a");
    await isLive;
    const event = (n: number): Message => ({
      id: `x${n}`,
      type: "tick",
      timestamp: 0,
      channel: "agent:a",
      epoch: "e1",
      offset: n,
      data: { n },
    });
    mini.say("not json");
    mini.say("[1, null, {}]");
    mini.say(JSON.stringify([event(1), event(2)]));
    await has(2);
    expect(got).toEqual([1, 2]);
  });

  test("§3.7 the gateway's close number and name are told", async () => {
    const client = connect({ transports: ["websocket"] });
    client.connect();
    await until(client, ({ state }) => state === "live");
    mini.cut(3504, "too_many_errors");
    await until(client, ({ state }) => state === "stopped");
    expect(client.link.snapshot().reason).toMatchObject({ code: 3504, name: "too_many_errors" });
  });

  test("several published in one go are one frame, control messages one each", async () => {
    const client = connect({ transports: ["websocket"] });
    const { has, isLive } = collect(client, "agent:a");
    await isLive;
    void client.publishAll([1, 2, 3].map((n) => ({ type: "tick", channel: "agent:a", data: { n } })));
    await has(3);
    expect(mini.requests.map(({ path }) => path)).toEqual(["ws connect", "ws subscribe", "ws tick tick tick"]);
  });

  test("an address that is none is said, not thrown", async () => {
    const client = connect({ url: "nonsense", transports: ["websocket"] });
    client.connect();
    await until(client, ({ state }) => state === "waiting");
    expect(client.link.snapshot().reason).toMatchObject({ name: "unreachable" });
  });
});

describe("sse", () => {
  test("comments are life, and are no messages", async () => {
    const client = connect({ transports: ["sse"] });
    const { got, has, isLive } = collect(client, "agent:a");
    await isLive;
    mini.say(": life\n\n");
    mini.publish("agent:a", 1);
    await has(1);
    expect(got).toEqual([1]);
  });

  test("a new stream feeds before the old one ends: events in between come once", async () => {
    const client = connect({ transports: ["sse"] });
    const a = collect(client, "agent:a");
    await a.isLive;
    for (let n = 1; n <= 20; n++) {
      mini.publish("agent:a", n);
      if (n % 5 === 0) await collect(client, `agent:x${n}`).isLive;
    }
    await a.has(20);
    expect(a.got).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    while (mini.gateway.connections.size > 1) await turn();
  });

  test("§6.1 a refusal of the gateway is final unless it says temporary", async () => {
    mini.instead = {
      status: 403,
      body: JSON.stringify({
        error: { name: "forbidden_origin", number: 116, message: "", temporary: false, help: "Add it." },
      }),
    };
    const client = connect({ transports: ["sse"] });
    client.connect();
    await until(client, ({ state }) => state === "stopped");
    expect(client.link.snapshot().reason).toEqual({ code: 116, name: "forbidden_origin", help: "Add it." });
  });

  test("a proxy's page is not: it is tried again", async () => {
    mini.instead = { status: 502, body: "<h1>Bad gateway</h1>" };
    const client = connect({ transports: ["sse"] });
    client.connect();
    await until(client, ({ reason }) => reason?.name === "bad_answer");
    await until(client, ({ state }) => state === "live");
  });
});

describe("poll", () => {
  test("§7.2 what was never asked is asked without waiting, then it waits 25 s at a time", async () => {
    const client = connect({ transports: ["poll"] });
    const { has, isLive } = collect(client, "agent:a");
    await isLive;
    mini.publish("agent:a", 1);
    await has(1);
    const bodies = mini.requests.map(({ body }) => JSON.parse(body) as { messages: Message[]; waitMs: number });
    expect(bodies[0]?.waitMs).toBe(0);
    expect(bodies[1]?.waitMs).toBe(25_000);
    expect(bodies[1]?.messages.at(-1)?.data).toMatchObject({ since: { epoch: "e1", offset: 0 } });
  });

  test("where a proxy does not wait that long it asks for less, and nobody notices", async () => {
    let nowMs = 0;
    const after: Clock["after"] = (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    };
    const client = createClient({ url: mini.url, transports: ["poll"] }, { clock: { nowMs: () => nowMs, after } });
    clients.push(client);
    const { has, isLive } = collect(client, "agent:a");
    await isLive;
    const states = new Set<string>();
    client.link.subscribe(() => states.add(client.link.snapshot().state));
    const waits = (): number[] =>
      mini.requests.map(({ body }) => (JSON.parse(body) as { waitMs: number }).waitMs).filter((ms) => ms > 0);
    for (const wait of [25_000, 12_500, 6_250]) {
      while (waits().at(-1) !== wait || mini.gateway.connections.size === 0) await turn();
      nowMs += 8_000;
      if (wait === 12_500) mini.refuseWaiting(504);
      else mini.tear();
    }
    while (waits().at(-1) !== 3_125) await turn();
    mini.publish("agent:a", 1);
    await has(1);
    expect([...states]).toEqual([]);
  });

  test("what fails at once did not fail of waiting: the link is lost", async () => {
    const client = connect({ transports: ["poll"] });
    const { isLive } = collect(client, "agent:a");
    await isLive;
    while (mini.gateway.connections.size === 0) await turn();
    mini.tear();
    await until(client, ({ state }) => state === "waiting");
  });

  test("an answer that is none is tried again", async () => {
    mini.instead = { status: 200, body: "<html>", headers: { "content-type": "text/html" } };
    const client = connect({ transports: ["poll"] });
    client.connect();
    await until(client, ({ reason }) => reason?.name === "bad_answer");
    await until(client, ({ state }) => state === "live");
  });
});

describe("publishing beside a stream", () => {
  test("results that say what became of each are believed, whatever the status", async () => {
    const client = connect({ transports: ["sse"] });
    await collect(client, "agent:a").isLive;
    const error = { name: "forbidden", number: 112, message: "no", temporary: false, help: "" };
    mini.instead = { status: 403, body: JSON.stringify({ results: [{ id: "mine", error }] }) };
    await expect(client.publish({ id: "mine", type: "tick", channel: "agent:a" })).rejects.toMatchObject(error);
  });

  test("one refusal for a whole request is asked again one by one", async () => {
    const client = connect({ transports: ["sse"] });
    await collect(client, "agent:a").isLive;
    const error = { name: "invalid_message", number: 100, message: "/1/type", temporary: false, help: "" };
    mini.instead = { status: 400, body: JSON.stringify({ error }) };
    const outcomes = await client.publishAll([1, 2].map((n) => ({ type: "tick", channel: "agent:a", data: { n } })));
    expect(outcomes).toEqual([expect.objectContaining({ offset: 1 }), expect.objectContaining({ offset: 2 })]);
    expect(mini.requests.filter(({ path }) => path === "/v1/events")).toHaveLength(3);
  });

  test("a temporary refusal is tried again", async () => {
    const client = connect({ transports: ["sse"] });
    await collect(client, "agent:a").isLive;
    const error = { name: "unavailable", number: 200, message: "", temporary: true, help: "" };
    mini.instead = { status: 503, body: JSON.stringify({ error }) };
    expect(await client.publish({ type: "tick", channel: "agent:a" })).toMatchObject({ offset: 1 });
  });

  test("a token refused there is renewed like any other", async () => {
    mini.token = "one";
    const client = connect({ transports: ["sse"], token: () => mini.token ?? "" });
    await collect(client, "agent:a").isLive;
    mini.token = "two";
    expect(await client.publish({ type: "tick", channel: "agent:a" })).toMatchObject({ offset: 1 });
    expect(client.link.snapshot().state).toBe("live");
  });
});

describe("W8 the choice of a transport", () => {
  test("where WebSockets do not pass, a stream does", async () => {
    mini.webSockets = false;
    const client = connect();
    const { got, has, isLive } = collect(client, "agent:a");
    await isLive;
    expect(client.link.snapshot()).toMatchObject({ state: "live", transport: "sse" });
    mini.publish("agent:a", 1);
    await has(1);
    expect(got).toEqual([1]);
  });

  test("where a proxy holds streams back, polling does", async () => {
    mini.webSockets = false;
    mini.collects = Number.POSITIVE_INFINITY;
    const client = createClient({ url: mini.url, backoff: { minMs: 5, maxMs: 20 } }, { clock: hastyClock(10) });
    clients.push(client);
    const { got, has, isLive } = collect(client, "agent:a");
    await isLive;
    expect(client.link.snapshot()).toMatchObject({ state: "live", transport: "poll" });
    mini.publish("agent:a", 1);
    await has(1);
    expect(got).toEqual([1]);
  });

  test("a proxy that passes streams on in blocks is found out although a long history fills blocks", async () => {
    mini.webSockets = false;
    mini.collects = 2_000;
    for (let n = 1; n <= 100; n++) mini.publish("agent:a", n);
    const client = createClient({ url: mini.url, backoff: { minMs: 5, maxMs: 20 } }, { clock: hastyClock(10) });
    clients.push(client);
    const { got, has, isLive } = collect(client, "agent:a", { since: "earliest" });
    await isLive;
    await has(100);
    expect(client.link.snapshot()).toMatchObject({ state: "live", transport: "poll" });
    mini.publish("agent:a", 101);
    await has(101);
    expect(got).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
  });

  test("where they pass again, it climbs back, without loss or doubling", async () => {
    mini.webSockets = false;
    const client = createClient({ url: mini.url, backoff: { minMs: 5, maxMs: 20 } }, { clock: hastyClock(25) });
    clients.push(client);
    const { got, has, isLive } = collect(client, "agent:a");
    await isLive;
    expect(client.link.snapshot().transport).toBe("sse");
    mini.publish("agent:a", 1);
    await has(1);
    mini.webSockets = true;
    // Comments keep the stream alive, at this clock's pace.
    const comments = setInterval(() => mini.say(": life\n\n"), 50);
    await until(client, ({ transport }) => transport === "websocket");
    clearInterval(comments);
    mini.publish("agent:a", 2);
    await has(2);
    expect(got).toEqual([1, 2]);
  });
});

/** Time that passes so many times faster. */
function hastyClock(times: number): Clock {
  const begin = Date.now();
  return {
    nowMs: () => begin + (Date.now() - begin) * times,
    after(ms, run) {
      const timer = setTimeout(run, ms / times);
      return () => clearTimeout(timer);
    },
  };
}
