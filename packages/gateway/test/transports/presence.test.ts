/** §13.1–§13.5 on every transport: who is there, and what is wanted. */
import type { Demand, Message, PresenceData } from "@signalbox/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { nextEvent, serverEvents } from "../support/events.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire, type Wire } from "../support/wire.ts";

const channel = "session:s1";

/** What is known of a channel's members, as any client knows it. */
class Known {
  revision = "";
  total = 0;
  readonly ids = new Set<string>();

  take({ type, data, channel: of }: Message): boolean {
    const said = data as PresenceData & { memberId: string };
    if ((of ?? said.channel) !== channel) return false;
    if (type === "presence" && said.members !== undefined) {
      this.ids.clear();
      for (const { memberId } of said.members) this.ids.add(memberId);
      this.total = said.total ?? 0;
    } else if (type === "presence_left") this.ids.delete(said.memberId);
    else if (type === "presence_joined") this.ids.add(said.memberId);
    else if (type !== "presence") return false;
    this.revision = said.revision ?? "";
    return true;
  }
}

interface Guest {
  known: Known;
  /** Reads on until it knows these members. */
  until(...ids: string[]): Promise<void>;
  /** Its connection is cut. */
  cut(): void;
}

const sameAs = (known: Known, ids: string[]): boolean => [...known.ids].sort().join() === ids.sort().join();

type Come = (gateway: TestGateway, memberId: string) => Promise<Guest>;

const transports: Record<string, Come> = {
  websocket: async (gateway, memberId) => {
    const wire = await openWire(gateway);
    wire.send({ id: "p", type: "presence", data: { channel, memberId } });
    const known = new Known();
    return {
      known,
      until: async (...ids) => {
        while (!sameAs(known, ids)) known.take(await wire.inbox.next());
      },
      cut: () => wire.socket.terminate(),
    };
  },
  stream: async (gateway, memberId) => {
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const body = JSON.stringify([{ id: "p", type: "presence", data: { channel, memberId } }]);
    const response = await gateway.request("/v1/stream", { method: "POST", body, signal: ended.signal });
    const events = serverEvents(response);
    const known = new Known();
    return {
      known,
      until: async (...ids) => {
        while (!sameAs(known, ids)) {
          known.take(JSON.parse((await nextEvent(events, ({ event }) => event === "message")).data) as Message);
        }
      },
      cut: () => ended.abort(),
    };
  },
  poll: async (gateway, memberId) => {
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const known = new Known();
    const poll = async (): Promise<void> => {
      const data = { channel, memberId, ...(known.revision === "" ? {} : { revision: known.revision }) };
      const body = JSON.stringify({ messages: [{ id: "p", type: "presence", data }], waitMs: 50_000 });
      const response = await gateway.request("/v1/poll", { method: "POST", body, signal: ended.signal });
      for (const message of ((await response.json()) as { messages: Message[] }).messages) known.take(message);
    };
    // On and on, as a client does.
    let wake = (): void => {};
    void (async () => {
      for (;;) {
        await poll();
        wake();
      }
    })().catch(() => {});
    return {
      known,
      until: async (...ids) => {
        while (!sameAs(known, ids)) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      cut: () => ended.abort(),
    };
  },
};

const listed = async (gateway: TestGateway): Promise<string[]> => {
  const response = await gateway.request(`/v1/channels/${channel}/presence`);
  return ((await response.json()) as PresenceData).members?.map(({ memberId }) => memberId) ?? [];
};

describe.each(Object.entries(transports))("§13 presence over %s", (_name, come) => {
  test("who comes and who goes is seen on every other transport, who is back in time is not", async () => {
    const gateway = await openGateway({ limits: { presenceLingerMs: 3_000 } });
    const others = await Promise.all(Object.values(transports).map((one, i) => one(gateway, `other-${i}`)));
    const all = ["other-0", "other-1", "other-2"];
    await Promise.all(others.map((other) => other.until(...all)));
    const guest = await come(gateway, "guest");
    await guest.until(...all, "guest");
    await Promise.all(others.map((other) => other.until(...all, "guest")));
    const { revision } = others[0]?.known ?? {};
    guest.cut();
    const again = await come(gateway, "guest");
    await again.until(...all, "guest");
    // Nothing was told: it is the same state of the members.
    expect(again.known.revision).toBe(revision);
    expect(await listed(gateway)).toHaveLength(4);
    again.cut();
    await Promise.all(others.map((other) => other.until(...all)));
    expect((await listed(gateway)).sort()).toEqual(all);
  });
});

test("§13.4 a poll that knows the members waits, and one that knows others does not", async () => {
  const gateway = await openGateway();
  const poll = async (data: object, waitMs: number): Promise<Message[]> => {
    const body = JSON.stringify({
      messages: [{ id: "p", type: "presence", data: { channel, memberId: "a", ...data } }],
      waitMs,
    });
    const response = await gateway.request("/v1/poll", { method: "POST", body });
    return ((await response.json()) as { messages: Message[] }).messages;
  };
  const revisionOf = (messages: Message[]) =>
    messages.map(({ type, data }) => (type === "presence" ? (data as PresenceData).revision : undefined)).find(Boolean);
  const revision = revisionOf(await poll({}, 0));
  const waiting = poll({ revision }, 50_000);
  const wire = await openWire(gateway);
  await isOpen(gateway, "poll");
  wire.send({ id: "p", type: "presence", data: { channel, memberId: "b" } });
  expect((await waiting).map(({ type }) => type)).toEqual(["presence", "presence_joined"]);
  const late = await poll({ revision }, 50_000);
  expect(late).toMatchObject([{ type: "presence", data: { total: 2 } }]);
  // Nothing happens: it answers when its time is up, without the members.
  const same = await poll({ revision: revisionOf(late) }, 5);
  expect(same).toMatchObject([{ type: "presence" }]);
  expect(same[0]?.data).not.toHaveProperty("members");
});

/** Until there is a connection of this transport. */
async function isOpen(gateway: TestGateway, transport: string): Promise<void> {
  for (;;) {
    const { connections } = (await (await gateway.request("/v1/connections")).json()) as {
      connections: Array<{ transport: string }>;
    };
    if (connections.some((one) => one.transport === transport)) return;
  }
}

const browser = "browser:b1";

/** A connection by hand, and what it is told that is wanted. */
async function speaker(gateway: TestGateway): Promise<{ wire: Wire; demand(): Promise<Demand> }> {
  const wire = await openWire(gateway);
  wire.send({ id: "l", type: "lease", data: { channel: browser, producer: "p", ttlMs: 60_000 } });
  return { wire, demand: async () => (await wire.inbox.type("demand")).data as Demand };
}

describe("§13.5 demand", () => {
  test("viewers of every transport count, and the channel says so too", async () => {
    const gateway = await openGateway();
    const { demand } = await speaker(gateway);
    expect(await demand()).toEqual({ channel: browser, viewers: 0 });
    const first = await openWire(gateway);
    first.send({ id: "s", type: "subscribe", data: { channel: browser, maxWidth: 640 } });
    expect(await demand()).toEqual({ channel: browser, viewers: 1, maxWidth: 640 });
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const { signal } = ended;
    await gateway.request(`/v1/events?channel=browser:*`, { signal });
    expect(await demand()).toEqual({ channel: browser, viewers: 2 });
    const body = (waitMs: number) =>
      JSON.stringify({
        messages: [{ id: "s", type: "subscribe", data: { channel: browser, since: { last: 0 } } }],
        waitMs,
      });
    const stream = JSON.stringify([{ id: "s", type: "subscribe", data: { channel: browser } }]);
    await gateway.request("/v1/stream", { method: "POST", body: stream, signal });
    expect(await demand()).toEqual({ channel: browser, viewers: 3 });
    void gateway.request("/v1/poll", { method: "POST", body: body(50_000), signal }).catch(() => {});
    const described = await (await gateway.request(`/v1/channels/${browser}`)).json();
    expect(described).toMatchObject({ demand: { viewers: expect.any(Number) } });
    ended.abort();
    let seen = await demand();
    while (seen.viewers !== 1) seen = await demand();
    expect(seen).toEqual({ channel: browser, viewers: 1, maxWidth: 640 });
    first.socket.terminate();
    expect(await demand()).toEqual({ channel: browser, viewers: 0 });
  });

  test("a producer on a stream, and one that polls, learn it as well", async () => {
    const gateway = await openGateway();
    const { wire } = await speaker(gateway);
    const held = (await wire.inbox.type("lease")).data as { epoch: number };
    const lease = (more: object) => ({
      id: "l",
      type: "lease",
      data: { channel: browser, producer: "p", epoch: held.epoch, ...more },
    });
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const body = JSON.stringify([lease({})]);
    const response = await gateway.request("/v1/stream", { method: "POST", body, signal: ended.signal });
    const events = serverEvents(response);
    const told = async () => JSON.parse((await nextEvent(events, ({ event }) => event === "message")).data) as Message;
    expect([(await told()).type, (await told()).data]).toEqual(["lease", { channel: browser, viewers: 0 }]);
    const viewer = await openWire(gateway);
    viewer.send({ id: "s", type: "subscribe", data: { channel: browser } });
    expect((await told()).data).toEqual({ channel: browser, viewers: 1 });

    const poll = async (more: object, waitMs: number): Promise<Message[]> => {
      const asked = JSON.stringify({ messages: [lease(more)], waitMs });
      const answer = await gateway.request("/v1/poll", { method: "POST", body: asked });
      return ((await answer.json()) as { messages: Message[] }).messages;
    };
    expect(await poll({}, 50_000)).toMatchObject([{ type: "lease" }, { type: "demand", data: { viewers: 1 } }]);
    expect(await poll({ demand: { viewers: 1 } }, 5)).toMatchObject([{ type: "lease" }]);
    const waiting = poll({ demand: { viewers: 1 } }, 50_000);
    const second = await openWire(gateway);
    second.send({ id: "s", type: "subscribe", data: { channel: browser } });
    expect((await waiting).at(-1)).toMatchObject({ type: "demand", data: { viewers: 2 } });
  });
});
