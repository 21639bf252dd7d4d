import type { Gap, Position, SubscribeData } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import type { WatchOptions } from "../src/types.ts";
import type { Watching } from "../src/watching.ts";
import type { Connection } from "./support/model-gateway.ts";
import { ModelGateway } from "./support/model-gateway.ts";
import { SessionHost, ways } from "./support/session-host.ts";

function live(options: ConstructorParameters<typeof SessionHost>[1] = { ways: ways.slice(0, 1) }): SessionHost {
  const host = new SessionHost(new ModelGateway(), options);
  host.fact((session, nowMs) => session.connect(nowMs));
  host.accept();
  host.deliver();
  return host;
}

const watch = (host: SessionHost, name: string, options: WatchOptions = {}): Watching =>
  host.fact((session, nowMs) => session.watch(name, options, nowMs));

const publish = (host: SessionHost, channel: string, ...ns: number[]): void => {
  for (const n of ns) host.gateway.publish(channel, n);
};

const seen = (host: SessionHost, watching: Watching): unknown[] =>
  host
    .told(watching)
    .flatMap((effect) => (effect.do === "events" ? effect.events.map(({ data }) => (data as { n: number }).n) : []));

const gaps = (host: SessionHost, watching: Watching): Gap[] =>
  host.told(watching).flatMap((effect) => (effect.do === "gap" ? [effect.gap] : []));

/** Notes what the session asks for on the connection of its link. */
function asked(host: SessionHost): Array<SubscribeData & { type: string }> {
  const connection = host.links[0]?.connection as Connection;
  const receive = connection.receive.bind(connection);
  const all: Array<SubscribeData & { type: string }> = [];
  connection.receive = (text) => {
    const { type, data } = JSON.parse(text) as { type: string; data: SubscribeData };
    if (type.endsWith("subscribe")) all.push({ type, ...data });
    receive(text);
  };
  return all;
}

function reconnect(host: SessionHost): Array<SubscribeData & { type: string }> {
  host.cut();
  host.pass(750);
  const all: Array<SubscribeData & { type: string }> = [];
  const connect = host.gateway.connect.bind(host.gateway);
  host.gateway.connect = () => {
    const connection = connect();
    const receive = connection.receive.bind(connection);
    connection.receive = (text) => {
      const { type, data } = JSON.parse(text) as { type: string; data: SubscribeData };
      if (type.endsWith("subscribe")) all.push({ type, ...data });
      receive(text);
    };
    return connection;
  };
  host.accept();
  host.gateway.connect = connect;
  host.deliver();
  return all;
}

describe("§4.1 beginning", () => {
  test.each([
    ["now", []],
    ["earliest", [1, 2, 3]],
    [{ last: 2 }, [2, 3]],
    [{ epoch: "e1", offset: 1 }, [2, 3]],
  ] as const)("since %o", (since, before) => {
    const host = live();
    publish(host, "agent:a", 1, 2, 3);
    const watching = watch(host, "agent:a", { since: typeof since === "object" ? { ...since } : since });
    host.deliver();
    publish(host, "agent:a", 4);
    host.deliver();
    expect(seen(host, watching)).toEqual([...before, 4]);
    expect(gaps(host, watching)).toEqual([]);
    expect(watching.state()).toEqual({ status: "live", position: { epoch: "e1", offset: 4 }, head: 4 });
  });

  test("it is catching up until it reaches the head it was told", () => {
    const host = live();
    publish(host, "agent:a", 1, 2, 3);
    const watching = watch(host, "agent:a", { since: "earliest" });
    expect(watching.status).toBe("subscribing");
    host.deliver(2);
    expect(watching.state()).toEqual({ status: "catching_up", position: { epoch: "e1", offset: 1 }, head: 3 });
    expect(host.session.linkState().catchingUp).toBe(1);
    host.deliver();
    expect(watching.status).toBe("live");
    expect(host.session.linkState().catchingUp).toBe(0);
  });

  test("events that arrive together are told together", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    publish(host, "agent:a", 1, 2, 3);
    const [link] = host.links;
    const queue = link?.connection?.queue.splice(0) ?? [];
    host.fact((session, nowMs) => session.received(link?.link ?? 0, queue, nowMs));
    expect(host.told(watching).filter((effect) => effect.do === "events")).toHaveLength(1);
    expect(seen(host, watching)).toEqual([1, 2, 3]);
  });

  test("ephemeral events have no position and pass", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    host.links[0]?.connection?.queue.push({
      id: "x",
      type: "typing",
      timestamp: 0,
      channel: "agent:a",
      data: { n: 9 },
    });
    publish(host, "agent:a", 1);
    host.deliver();
    expect(seen(host, watching)).toEqual([9, 1]);
  });

  test("a refused subscription says so, is not asked for again, and leaves others alone", () => {
    const host = live();
    const refused = watch(host, "agent:a");
    const id = host.links[0]?.connection?.queue[0]?.metadata?.correlationId;
    const error = { name: "forbidden", number: 112, message: "no", temporary: false, help: "" } as const;
    const queue = host.links[0]?.connection?.queue ?? [];
    queue.splice(0, 1, { id: "e", type: "error", timestamp: 0, metadata: { correlationId: id ?? "" }, data: error });
    const other = watch(host, "agent:b");
    host.deliver();
    expect(refused.state().status).toBe("refused");
    expect(host.told(refused).map((effect) => effect.do)).toEqual(["state", "error", "state"]);
    expect(reconnect(host).map(({ channel }) => channel)).toEqual(["agent:b"]);
    expect(other.status).toBe("live");
    // Somebody who asks anew gets a new answer.
    const again = watch(host, "agent:a");
    host.deliver();
    expect(again.status).toBe("live");
  });

  test("a temporary refusal is asked again after the time it names", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    const [answer] = host.links[0]?.connection?.queue.splice(0) ?? [];
    const details = { retryAfterMs: 4_000 };
    const error = { name: "unavailable", number: 200, message: "", temporary: true, help: "", details } as const;
    host.links[0]?.connection?.queue.push({
      id: "e",
      type: "error",
      timestamp: 0,
      metadata: { correlationId: answer?.metadata?.correlationId ?? "" },
      data: error,
    });
    // The gateway has nothing of it.
    host.links[0]?.connection?.receive(JSON.stringify({ id: "u", type: "unsubscribe", data: { channel: "agent:a" } }));
    host.deliver();
    const requests = asked(host);
    host.pass(3_999);
    expect(requests).toEqual([]);
    host.pass(1);
    host.deliver();
    expect(requests).toEqual([{ type: "subscribe", channel: "agent:a", since: "now" }]);
    expect(watching.status).toBe("live");
  });
});

describe("§4.2 resuming", () => {
  test("each channel goes on where it was", () => {
    const host = live();
    const a = watch(host, "agent:a");
    const b = watch(host, "agent:b", { since: "earliest" });
    host.deliver();
    publish(host, "agent:a", 1, 2);
    publish(host, "agent:b", 3);
    host.deliver();
    host.cut();
    expect([a.status, b.status]).toEqual(["offline", "offline"]);
    publish(host, "agent:a", 4, 5);
    publish(host, "agent:b", 6);
    expect(reconnect(host)).toEqual([
      { type: "subscribe", channel: "agent:a", since: { epoch: "e1", offset: 2 } },
      { type: "subscribe", channel: "agent:b", since: { epoch: "e2", offset: 1 } },
    ]);
    expect(seen(host, a)).toEqual([1, 2, 4, 5]);
    expect(seen(host, b)).toEqual([3, 6]);
    expect([...gaps(host, a), ...gaps(host, b)]).toEqual([]);
  });

  test("a quiet channel resumes too: its position is known from the answer", () => {
    const host = live();
    publish(host, "agent:a", 1);
    const watching = watch(host, "agent:a");
    host.deliver();
    host.cut();
    publish(host, "agent:a", 2);
    reconnect(host);
    expect(seen(host, watching)).toEqual([2]);
  });

  test("positions can be given to a later watch", () => {
    const host = live();
    publish(host, "agent:a", 1, 2);
    const first = watch(host, "agent:a", { since: "earliest" });
    host.deliver(2);
    host.fact((session) => session.unwatch(first));
    const later = watch(host, "agent:a", { since: first.known()["agent:a"] as Position });
    host.deliver();
    expect([seen(host, first), seen(host, later)]).toEqual([[1], [2]]);
  });

  test("what was asked and not answered before the cut is asked as it was", () => {
    const host = live();
    publish(host, "agent:a", 1, 2);
    const watching = watch(host, "agent:a", { since: { last: 1 } });
    host.cut();
    publish(host, "agent:a", 3);
    expect(reconnect(host)).toEqual([{ type: "subscribe", channel: "agent:a", since: { last: 1 } }]);
    expect(seen(host, watching)).toEqual([3]);
  });
});

describe("§4.3 gaps", () => {
  test("trimmed while away: said once, with what the gateway says of it, then on", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    publish(host, "agent:a", 1);
    host.deliver();
    host.cut();
    publish(host, "agent:a", 2, 3, 4);
    host.gateway.trim("agent:a", 3);
    reconnect(host);
    reconnect(host);
    expect(gaps(host, watching)).toEqual([{ reason: "trimmed", epoch: "e1", from: 2, to: 3 }]);
    expect(seen(host, watching)).toEqual([1, 4]);
  });

  test("another epoch while away: said, and all of the new history follows", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    publish(host, "agent:a", 1, 2);
    host.deliver();
    host.cut();
    host.gateway.renew("agent:a");
    publish(host, "agent:a", 3, 4);
    reconnect(host);
    expect(gaps(host, watching)).toEqual([{ reason: "epoch_changed", epoch: "e1", from: 3 }]);
    expect(seen(host, watching)).toEqual([1, 2, 3, 4]);
    expect(watching.state().position).toEqual({ epoch: "e2", offset: 2 });
  });

  test("another epoch on a running subscription", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    publish(host, "agent:a", 1);
    host.gateway.renew("agent:a");
    publish(host, "agent:a", 2);
    host.deliver();
    expect(gaps(host, watching)).toEqual([{ reason: "epoch_changed", epoch: "e1", from: 2 }]);
    expect(seen(host, watching)).toEqual([1, 2]);
  });

  test("another epoch that nobody announced is told all the same", () => {
    const host = live();
    const watching = watch(host, "agent:a", { since: { epoch: "gone", offset: 7 } });
    const [answer] = host.links[0]?.connection?.queue ?? [];
    if (answer) answer.data = { channel: "agent:a", state: "subscribed", epoch: "e1", offset: 0, recovered: true };
    host.deliver();
    expect(gaps(host, watching)).toEqual([{ reason: "epoch_changed", epoch: "gone", from: 8 }]);
  });

  test("§4.4 a position beyond the head: told, dropped, and everything kept comes", () => {
    const host = live();
    publish(host, "agent:a", 1, 2);
    const watching = watch(host, "agent:a", { since: { epoch: "e1", offset: 10 } });
    host.deliver();
    expect(gaps(host, watching)).toEqual([{ reason: "position_beyond_head", epoch: "e1", from: 3, to: 10 }]);
    expect(seen(host, watching)).toEqual([1, 2]);
    expect(watching.status).toBe("live");
  });

  test("§4.4 the same for one channel of a pattern, the others go on", () => {
    const host = live();
    publish(host, "agent:a", 1, 2);
    publish(host, "agent:b", 3, 4);
    const positions = { "agent:a": { epoch: "e1", offset: 9 }, "agent:b": { epoch: "e2", offset: 1 } };
    const watching = watch(host, "agent:*", { positions, since: "now" });
    host.deliver();
    expect(gaps(host, watching)).toEqual([{ reason: "position_beyond_head", epoch: "e1", from: 3, to: 9 }]);
    expect(seen(host, watching).sort()).toEqual([1, 2, 4]);
    expect(watching.status).toBe("live");
  });
});

describe("holes that nobody stated", () => {
  test("are never surfaced: it is asked again from the last good position", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    publish(host, "agent:a", 1, 2, 3);
    const queue = host.links[0]?.connection?.queue ?? [];
    queue.splice(1, 1);
    const requests = asked(host);
    host.deliver();
    expect(requests).toEqual([
      { type: "unsubscribe", channel: "agent:a" },
      { type: "subscribe", channel: "agent:a", since: { epoch: "e1", offset: 1 } },
    ]);
    expect(seen(host, watching)).toEqual([1, 2, 3]);
    expect(gaps(host, watching)).toEqual([]);
  });

  test("a gateway that leaves the same hole again and again is asked ever more slowly", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    const { gateway } = host;
    let asks = 0;
    const times: number[] = [];
    const connection = host.links[0]?.connection as Connection;
    const receive = connection.receive.bind(connection);
    connection.receive = (text) => {
      receive(text);
      if (!text.includes(`"subscribe"`)) return;
      asks++;
      times.push(host.nowMs);
      // Of every replay the first publication is lost.
      const index = connection.queue.findIndex(({ offset }) => offset !== undefined);
      connection.queue.splice(index, 1);
    };
    gateway.publish("agent:a", 1);
    gateway.publish("agent:a", 2);
    connection.queue.splice(0, 1);
    for (let i = 0; i < 60; i++) {
      host.deliver();
      host.pass(500);
    }
    expect(asks).toBeGreaterThan(3);
    expect(asks).toBeLessThan(12);
    const waits = times.map((time, i) => time - (times[i - 1] ?? time)).slice(3);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(seen(host, watching)).toEqual([]);
  });

  test("what comes twice is surfaced once", () => {
    const host = live();
    const watching = watch(host, "agent:a");
    host.deliver();
    publish(host, "agent:a", 1, 2);
    const queue = host.links[0]?.connection?.queue ?? [];
    queue.push(...queue);
    host.deliver();
    expect(seen(host, watching)).toEqual([1, 2]);
  });
});

describe("§4.5 filters", () => {
  const types = { filter: { types: ["tock"] } };

  test("skipped offsets are accounted for: no hole is seen, and resuming begins after them", () => {
    const host = live();
    const watching = watch(host, "agent:a", types);
    host.deliver();
    publish(host, "agent:a", 1, 2);
    host.gateway.publish("agent:a", 3, "tock");
    publish(host, "agent:a", 4);
    host.deliver();
    expect(seen(host, watching)).toEqual([3]);
    expect(reconnect(host)).toEqual([
      { type: "subscribe", channel: "agent:a", since: { epoch: "e1", offset: 4 }, ...types },
    ]);
  });

  test("two watches with different filters share one subscription and each get their own", () => {
    const host = live();
    const all = watch(host, "agent:a");
    const tocks = watch(host, "agent:a", types);
    const tagged = watch(host, "agent:a", { filter: { tags: { n: ["2", "3"] } } });
    host.deliver();
    publish(host, "agent:a", 1);
    host.gateway.publish("agent:a", 2, "tock");
    host.deliver();
    expect([seen(host, all), seen(host, tocks), seen(host, tagged)]).toEqual([[1, 2], [2], [2]]);
    expect(reconnect(host)).toHaveLength(1);
  });

  test("a statement about somebody else's delivery moves nobody over what is missing", () => {
    const host = live();
    const own = watch(host, "agent:a");
    const pattern = watch(host, "agent:*", types);
    host.deliver();
    publish(host, "agent:a", 1);
    host.deliver();
    host.cut();
    publish(host, "agent:a", 2, 3);
    reconnect(host);
    expect(seen(host, own)).toEqual([1, 2, 3]);
    expect(seen(host, pattern)).toEqual([]);
  });
});

describe("§4.7 patterns", () => {
  test("channels that are there and channels to come, each from its place", () => {
    const host = live();
    publish(host, "agent:a", 1);
    const watching = watch(host, "agent:*");
    host.deliver();
    publish(host, "agent:a", 2);
    publish(host, "agent:b", 3);
    publish(host, "process:c", 4);
    host.deliver();
    expect(seen(host, watching)).toEqual([2, 3]);
    expect(watching.known()).toEqual({ "agent:a": { epoch: "e1", offset: 2 }, "agent:b": { epoch: "e2", offset: 1 } });
  });

  test("resumes each channel, and takes those born meanwhile from their first event", () => {
    const host = live();
    publish(host, "agent:a", 1);
    const watching = watch(host, "agent:*");
    host.deliver();
    host.cut();
    publish(host, "agent:a", 2);
    publish(host, "agent:b", 3, 4);
    expect(reconnect(host)).toEqual([
      {
        type: "subscribe",
        channel: "agent:*",
        since: "earliest",
        positions: { "agent:a": { epoch: "e1", offset: 1 } },
      },
    ]);
    expect(seen(host, watching)).toEqual([2, 3, 4]);
  });

  test("is live only when all its channels have begun", () => {
    const host = live();
    publish(host, "agent:a", 1);
    publish(host, "agent:b", 2);
    const watching = watch(host, "agent:*");
    host.deliver(1);
    expect(watching.status).toBe("subscribing");
    host.deliver(1);
    expect(watching.status).toBe("subscribing");
    host.deliver(1);
    expect(watching.status).toBe("live");
  });

  test("the number of channels may come in a second answer", () => {
    const host = live();
    publish(host, "agent:a", 1);
    const watching = watch(host, "agent:*");
    const queue = host.links[0]?.connection?.queue ?? [];
    const [answer] = queue;
    if (!answer) throw new Error("no answer");
    const data = { channel: "agent:*", state: "subscribed", epoch: "", offset: 0 };
    queue[0] = { ...answer, data };
    queue.push({
      id: "second",
      type: "subscription_update",
      timestamp: 0,
      data: { ...data, channels: 1, truncated: true },
    });
    host.deliver(2);
    expect(watching.status).toBe("subscribing");
    host.deliver();
    expect(watching.state()).toMatchObject({ status: "live", truncated: true });
  });

  test("a publication for a pattern and its channel comes once to each watch", () => {
    const host = live();
    const one = watch(host, "agent:a");
    const all = watch(host, "agent:*");
    host.deliver();
    publish(host, "agent:a", 1, 2);
    host.deliver();
    expect([seen(host, one), seen(host, all)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test("a channel of the pattern that breaks off is asked for again, with the pattern", () => {
    const host = live();
    publish(host, "agent:a", 1);
    const watching = watch(host, "agent:*");
    host.deliver();
    const details = { channel: "agent:a" };
    const error = { name: "unavailable", number: 200, message: "", temporary: true, help: "", details } as const;
    const data = { channel: "agent:a", state: "unsubscribed", epoch: "e1", offset: 1, reason: "unavailable" };
    host.links[0]?.connection?.queue.push(
      { id: "e", type: "error", timestamp: 0, data: error },
      { id: "u", type: "subscription_update", timestamp: 0, data },
    );
    const requests = asked(host);
    host.deliver();
    expect(requests).toEqual([]);
    host.pass(20_000);
    expect(requests.map(({ type, channel }) => [type, channel])).toEqual([
      ["unsubscribe", "agent:*"],
      ["subscribe", "agent:*"],
    ]);
    host.deliver();
    expect(watching.status).toBe("live");
  });
});

describe("sharing", () => {
  test("a second watch from now on needs nothing of the gateway", () => {
    const host = live();
    watch(host, "agent:a", { since: "earliest" });
    publish(host, "agent:a", 1);
    host.deliver();
    const requests = asked(host);
    const second = watch(host, "agent:a");
    publish(host, "agent:a", 2);
    host.deliver();
    expect(requests).toEqual([]);
    expect(seen(host, second)).toEqual([2]);
  });

  test("a second watch from earlier rewinds; the first sees nothing twice", () => {
    const host = live();
    publish(host, "agent:a", 1, 2);
    const first = watch(host, "agent:a");
    host.deliver();
    const second = watch(host, "agent:a", { since: "earliest" });
    const third = watch(host, "agent:a", { since: { last: 1 } });
    host.deliver();
    host.pass(10_000);
    host.deliver();
    publish(host, "agent:a", 3);
    host.deliver();
    expect([first, second, third].map((each) => seen(host, each))).toEqual([[3], [1, 2, 3], [2, 3]]);
  });

  test("the gateway is told when nobody is left, and not before", () => {
    const host = live();
    const first = watch(host, "agent:a");
    const second = watch(host, "agent:a");
    host.deliver();
    const requests = asked(host);
    host.fact((session) => session.unwatch(first));
    host.deliver();
    expect(requests).toEqual([]);
    host.fact((session) => session.unwatch(second));
    host.deliver();
    expect(requests).toEqual([{ type: "unsubscribe", channel: "agent:a" }]);
    publish(host, "agent:a", 1);
    host.deliver();
    expect([...seen(host, first), ...seen(host, second)]).toEqual([]);
  });

  test("leaving and coming back in one go is in order", () => {
    const host = live();
    const first = watch(host, "agent:a");
    host.deliver();
    const requests = asked(host);
    const second = host.fact((session, nowMs) => {
      session.unwatch(first);
      return session.watch("agent:a", { since: "earliest" }, nowMs);
    });
    publish(host, "agent:a", 1);
    host.deliver();
    expect(requests.map(({ type }) => type)).toEqual(["unsubscribe", "subscribe"]);
    expect(seen(host, second)).toEqual([1]);
  });

  test.each([1, 2])("over HTTP a change makes one new request of all, soon (%i)", (index) => {
    const host = live({ ways: ways.slice(index, index + 1) });
    const before = host.gateway.connections.size;
    const all = ["agent:a", "agent:b", "agent:c"].map((name) => watch(host, name));
    expect(host.gateway.connections.size).toBe(before);
    host.pass(20);
    host.deliver();
    expect(all.map(({ status }) => status)).toEqual(["live", "live", "live"]);
    publish(host, "agent:b", 1);
    host.deliver();
    expect(all.map((each) => seen(host, each))).toEqual([[], [1], []]);
    expect(host.gateway.connections.size).toBe(1);
  });
});

describe("§4.6 snapshots", () => {
  const folded = (): SessionHost => {
    const host = live();
    host.gateway.folded.add("agent:a");
    publish(host, "agent:a", 1, 2);
    return host;
  };
  const kinds = (host: SessionHost, watching: Watching): string[] =>
    host
      .told(watching)
      .map((effect) => effect.do)
      .filter((kind) => kind !== "state");

  test("comes with the answer, and is told once; of a pattern it is not asked for again after a cut", () => {
    const host = folded();
    const watching = watch(host, "agent:a", { snapshot: true });
    const all = watch(host, "agent:*", { snapshot: true });
    host.deliver();
    const asked = reconnect(host);
    expect(asked.find(({ channel }) => channel === "agent:*")?.snapshot).toBeUndefined();
    expect(kinds(host, watching)).toEqual(["snapshot"]);
    expect(kinds(host, all)).toEqual(["snapshot"]);
  });

  test("is asked for again for one channel after a cut: a slow gap then brings the state along", () => {
    const host = folded();
    const watching = watch(host, "agent:a", { snapshot: true });
    host.deliver();
    expect(reconnect(host)[0]?.snapshot).toBe(true);
    expect(kinds(host, watching)).toEqual(["snapshot"]);
  });

  test("a channel without one is named, unless it is empty", () => {
    const host = folded();
    publish(host, "agent:b", 3);
    const bare = watch(host, "agent:b", { snapshot: true });
    const empty = watch(host, "agent:c", { snapshot: true });
    host.deliver();
    expect(kinds(host, bare)).toEqual(["bare"]);
    expect(kinds(host, empty)).toEqual([]);
  });

  test("comes again after a gap, asked for where it was not sent along", () => {
    const host = folded();
    const watching = watch(host, "agent:a", { snapshot: true });
    host.deliver();
    const gap = { reason: "slow", epoch: "e1", from: 3, to: 5 };
    const data = { channel: "agent:a", state: "gap", epoch: "e1", offset: 5, gap };
    for (let n = 3; n <= 5; n++) host.gateway.publish("agent:a", n);
    host.links[0]?.connection?.queue.splice(0, 3, { id: "g", type: "subscription_update", timestamp: 0, data });
    host.deliver();
    expect(kinds(host, watching)).toEqual(["snapshot", "gap", "snapshot"]);
  });

  test("may be older than the answer: then the events between come too", () => {
    const host = folded();
    const watching = watch(host, "agent:a", { snapshot: true });
    const [answer] = host.links[0]?.connection?.queue ?? [];
    const { snapshot = {} } = (answer?.data ?? {}) as { snapshot?: object };
    Object.assign(snapshot, { offset: 1, state: [1] });
    host.deliver();
    expect(kinds(host, watching)).toEqual(["snapshot", "events"]);
    expect(seen(host, watching)).toEqual([2]);
  });

  test("one that joins later gets its own", () => {
    const host = folded();
    const first = watch(host, "agent:a", { since: "earliest" });
    host.deliver();
    const second = watch(host, "agent:a", { snapshot: true });
    expect(second.status).toBe("subscribing");
    host.deliver();
    expect(second.status).toBe("live");
    expect(kinds(host, second)).toEqual(["snapshot"]);
    expect(kinds(host, first)).toEqual(["events", "events"]);
  });
});
