/** What a token may reach over HTTP and WebSocket, against the rules as plainly as they can be written. */
import type { Capability, Verb } from "@signalbox/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";
import { type RawAnswer, rawBytes, rawRequest } from "../support/raw.ts";
import { openWire, type Wire } from "../support/wire.ts";
import { bearer, jwt, may, withIssuer } from "./issuer.ts";

/** There, with three events each. */
const channels = [
  "agent:a",
  "agent:ab",
  "agent:a/b",
  "agent:A",
  "agent:a:b",
  "agent:a%3Ab".replace("%3A", "~"),
  "process:a",
  "global",
];
/** Never published to; some are no channel's name at all. */
const others = [
  "agent:b",
  "agent:a/c",
  "agentx:a",
  "agent:*x",
  "agent:a ",
  " agent:a",
  "agent:a\0",
  "agent:",
  "Agent:a",
  "agent:é",
  "agent:e\u0301",
  "agent:ａ",
  "",
  "*a",
];

/** §8.4: some capability has the verb, or `admin`, and a pattern that is the name or begins it. */
const allowed = (can: readonly Capability[], verb: Verb, channel: string): boolean =>
  can.some(
    ({ channels: pattern, verbs }) =>
      (verbs.includes(verb) || verbs.includes("admin")) &&
      (pattern.endsWith("*") ? channel.startsWith(pattern.slice(0, -1)) : channel === pattern),
  );

const policy = fc.array(
  fc.record({
    channels: fc.constantFrom(
      "*",
      "agent:*",
      "agent:a*",
      "agent:a",
      "agent:a/*",
      "agent:a:*",
      "agent:A",
      "process:*",
      "process:a",
      "global",
      "agent:b",
      "repo:*",
    ),
    verbs: fc.subarray<Verb>(["subscribe", "history", "publish", "admin"], { minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 3 },
);

let question = 0;
/** The answer to a subscribe: what it says, and the error's name. */
async function subscribed(wire: Wire, data: Record<string, unknown>): Promise<string> {
  const id = `q${++question}`;
  wire.send({ id, type: "subscribe", data });
  const { type, data: said } = await wire.inbox.until(({ metadata }) => metadata?.correlationId === id);
  if (type !== "subscription_update") return (said as { name: string }).name;
  wire.send({ id: `u${question}`, type: "unsubscribe", data: { channel: data.channel } });
  await wire.inbox.until(({ metadata }) => metadata?.correlationId === `u${question}`);
  return "subscribed";
}

async function published(gateway: TestGateway): Promise<{ epoch: unknown }> {
  const results = await gateway.publish(channels.flatMap((channel) => numbered(channel, 1, 3)));
  expect(results.every((result) => !("error" in result))).toBe(true);
  return { epoch: results[0]?.epoch };
}

describe("A10 the server decides as the rules do", () => {
  test("for any policy and channel: subscribing, history, resuming and publishing, over HTTP and WebSocket", async () => {
    const gateway = await openGateway(withIssuer);
    const { epoch } = await published(gateway);
    await fc.assert(
      fc.asyncProperty(policy, async (can) => {
        const headers = bearer(jwt({ can }));
        const wire = await openWire(gateway, { headers });
        for (const channel of [...channels, ...others]) {
          const known = channels.includes(channel);
          const valid = known || ["agent:b", "agent:a/c"].includes(channel);
          const expects = (granted: boolean): unknown =>
            valid ? (granted ? "subscribed" : "forbidden") : expect.not.stringMatching(/^subscribed$/);
          const mayWatch = allowed(can, "subscribe", channel);
          const mayRead = mayWatch && allowed(can, "history", channel);
          const at = [can, channel];
          expect([at, await subscribed(wire, { channel })]).toEqual([at, expects(mayWatch)]);
          if (!known) continue;
          for (const since of ["earliest", { last: 2 }, { epoch, offset: 1 }]) {
            expect([at, await subscribed(wire, { channel, since })]).toEqual([at, expects(mayRead)]);
          }
          const path = `/v1/channels/${encodeURIComponent(channel)}`;
          const page = await rawRequest(gateway, `${path}/events`, { headers });
          expect([at, page.status]).toEqual([at, allowed(can, "history", channel) ? 200 : 403]);
          const one = await rawRequest(gateway, path, { headers });
          expect([at, one.status]).toEqual([at, allowed(can, "history", channel) ? 200 : 404]);
          const stream = { ...headers, accept: "text/event-stream", "last-event-id": `${String(epoch)}:1` };
          if (!mayRead) {
            const answer = await rawRequest(gateway, `${path}/events`, { headers: stream });
            expect([at, answer.status, answer.body.includes('"n":2')]).toEqual([at, 403, false]);
          }
          const results = await publishAs(gateway, headers, { type: "probe", channel });
          expect([at, "error" in results]).toEqual([at, !allowed(can, "publish", channel)]);
        }
        wire.socket.terminate();
      }),
      { numRuns: 25 },
    );
  });

  test("for any policy: patterns and lists find what is allowed and nothing else", async () => {
    const gateway = await openGateway({ ...withIssuer, store: "sqlite" });
    await published(gateway);
    await fc.assert(
      fc.asyncProperty(policy, fc.constantFrom("*", "agent:*", "agent:a*", "process:*"), async (can, pattern) => {
        const headers = bearer(jwt({ can }));
        const inside = (channel: string): boolean => channel.startsWith(pattern.slice(0, -1));
        const readable = channels.filter((channel) => inside(channel) && allowed(can, "history", channel)).sort();
        const listed = await rawRequest(gateway, `/v1/channels?pattern=${pattern}`, { headers });
        expect(namesIn(listed)).toEqual(readable);
        const wire = await openWire(gateway, { headers });
        wire.send({ id: "p", type: "subscribe", data: { channel: pattern, since: "earliest" } });
        wire.send({ id: "end", type: "ping" });
        const watched = channels.filter((channel) => inside(channel) && allowed(can, "subscribe", channel));
        const events = watched.filter((channel) => allowed(can, "history", channel)).sort();
        const answer = await wire.inbox.until(({ metadata }) => metadata?.correlationId === "p");
        if (answer.type === "error") {
          expect([can, pattern, watched]).toEqual([can, pattern, []]);
        } else {
          const joined = (): string[] =>
            wire.inbox.all
              .filter(
                ({ type, data }) => type === "subscription_update" && Reflect.get(Object(data), "pattern") === pattern,
              )
              .map(({ data }) => String(Reflect.get(Object(data), "channel")));
          const seen = (): unknown[] => wire.inbox.all.filter(({ offset }) => offset !== undefined);
          while (joined().length < watched.length || seen().length < events.length * 3) await wire.inbox.next();
          expect(joined().sort()).toEqual([...watched].sort());
          const senders = wire.inbox.all.filter(({ offset }) => offset !== undefined).map(({ channel }) => channel);
          expect([...new Set(senders)].sort()).toEqual(events);
        }
        wire.socket.terminate();
      }),
      { numRuns: 40 },
    );
  });

  test("a pattern that joins later channels joins the allowed ones only", async () => {
    const gateway = await openGateway(withIssuer);
    const wire = await openWire(gateway, { headers: bearer(jwt({ can: [may("agent:a*", "subscribe")] })) });
    wire.send({ id: "p", type: "subscribe", data: { channel: "agent:*" } });
    await wire.inbox.type("subscription_update");
    await gateway.publish([
      ...numbered("agent:b", 1, 2),
      ...numbered("agent:new", 1, 2),
      ...numbered("agent:a9", 1, 1),
    ]);
    expect(await wire.inbox.until(({ offset }) => offset !== undefined)).toMatchObject({
      channel: "agent:a9",
      offset: 1,
    });
    expect(wire.inbox.all.filter(({ data }) => /agent:(b|new)/.test(JSON.stringify(data)))).toEqual([]);
  });
});

async function publishAs(gateway: TestGateway, headers: { authorization: string }, event: object): Promise<object> {
  const all = { ...headers, "content-type": "application/json" };
  const { body } = await rawRequest(gateway, "/v1/events", {
    method: "POST",
    headers: all,
    body: JSON.stringify(event),
  });
  return (JSON.parse(body) as { results: object[] }).results[0] ?? { error: "none" };
}

const namesIn = ({ status, body }: RawAnswer): string[] =>
  status === 403
    ? []
    : (JSON.parse(body) as { channels: Array<{ channel: string }> }).channels.map(({ channel }) => channel);

describe("A11 positions and sessions of somebody else", () => {
  test.each<[string, { offset: unknown }]>([
    ["beyond the head", { offset: 4 }],
    ["beyond all numbers that are safe", { offset: 2 ** 53 + 1 }],
    ["below nothing", { offset: -1 }],
    ["between two", { offset: 1.5 }],
    ["that is text", { offset: "1" }],
    ["that is NaN to others", { offset: null }],
    ["in a list", { offset: [1] }],
  ])("a position %s is refused on every way in, and leads to no event", async (_what, { offset }) => {
    const gateway = await openGateway(withIssuer);
    const { epoch } = await published(gateway);
    const headers = bearer(jwt({ can: [may("agent:*", "subscribe", "history")] }));
    const wire = await openWire(gateway, { headers });
    const since = { epoch, offset };
    expect(["position_beyond_head", "invalid_message"]).toContain(
      await subscribed(wire, { channel: "agent:a", since }),
    );
    wire.send({ id: "p", type: "subscribe", data: { channel: "agent:*", positions: { "agent:a": since } } });
    wire.send({ id: "end", type: "ping" });
    await wire.inbox.until(({ metadata }) => metadata?.correlationId === "end");
    expect(wire.inbox.all.filter(({ channel, offset: at }) => channel === "agent:a" && at !== undefined)).toEqual([]);
    const text = `${String(epoch)}:${JSON.stringify(offset)}`;
    for (const path of [
      `/v1/channels/agent:a/events?since=${encodeURIComponent(text)}`,
      "/v1/channels/agent:a/events",
    ]) {
      for (const accept of ["application/json", "text/event-stream"]) {
        if (accept === "application/json" && !path.includes("since")) continue;
        const answer = await rawRequest(gateway, path, { headers: { ...headers, accept, "last-event-id": text } });
        expect([path, accept, [400, 409].includes(answer.status)]).toEqual([path, accept, true]);
      }
    }
  });

  test("a cursor of many channels gives nothing to who may not read them", async () => {
    const gateway = await openGateway(withIssuer);
    await published(gateway);
    const reads = bearer(jwt({ sub: "reader", can: [may("*", "subscribe", "history")] }));
    const stop = new AbortController();
    const stream = await gateway.request("/v1/events?channel=agent:a&channel=process:a&since=earliest", {
      headers: { ...reads, accept: "text/event-stream" },
      signal: stop.signal,
    });
    let text = "";
    for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.split('"n":1').length > 2) break;
    }
    stop.abort();
    const cursor = /^id: (.+)$/m.exec(text)?.[1] ?? "";
    expect(cursor).not.toBe("");
    const thief = {
      ...bearer(jwt({ sub: "thief", can: [may("global", "subscribe", "history")] })),
      accept: "text/event-stream",
      "last-event-id": cursor,
    };
    for (const path of [
      "/v1/events?channel=agent:a&channel=process:a",
      "/v1/events?channel=agent:a",
      "/v1/channels/agent:a/events",
    ]) {
      const answer = await rawRequest(gateway, path, { headers: thief });
      expect([path, answer.body.includes('"n":')]).toEqual([path, false]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  test("a ticket is good once, for its own page, and guessing one is hopeless", async () => {
    const gateway = await openGateway({ ...withIssuer, allowedOrigins: ["https://ops.test", "https://other.test"] });
    const origin = "https://ops.test";
    const asked = async (): Promise<string> => {
      const headers = { ...bearer(jwt({ can: [may("agent:a", "subscribe")] })), origin };
      const answer = await rawRequest(gateway, "/v1/tickets", { method: "POST", headers });
      return (JSON.parse(answer.body) as { ticket: string }).ticket;
    };
    const status = async (ticket: string, from: string): Promise<number> => {
      const lines = [`Host: 127.0.0.1:${gateway.port}`, `Origin: ${from}`, "Connection: close"];
      const answer = await rawBytes(gateway, `GET /v1/info?ticket=${ticket} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      return Number(answer.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
    };
    const tickets = await Promise.all(Array.from({ length: 10 }, asked));
    // 128 bits are 22 characters of base64url.
    for (const ticket of tickets) expect(ticket).toMatch(/[A-Za-z0-9_-]{22,}/);
    expect(new Set(tickets).size).toBe(10);
    const [first = "", second = ""] = tickets;
    expect([await status(first, origin), await status(first, origin)]).toEqual([200, 401]);
    expect(await status(second, "https://other.test")).toBe(401);
  });
});

describe("A41 two tenants", () => {
  const can = [may("*", "subscribe", "history", "publish", "admin")];
  const of = (tenant: string) => bearer(jwt({ sub: `admin-of-${tenant}`, tenant, can }));

  test("share no event, no name and no history, with all rights in each, over every way in", async () => {
    const gateway = await openGateway({ ...withIssuer, store: "sqlite" });
    const wires = {
      red: await openWire(gateway, { headers: of("red") }),
      blue: await openWire(gateway, { headers: of("blue") }),
    };
    for (const wire of Object.values(wires)) {
      wire.send({ id: "p", type: "subscribe", data: { channel: "*", since: "earliest" } });
      await wire.inbox.type("subscription_update");
    }
    const kinds = ["red", "blue"] as const;
    for (let round = 0; round < 50; round++) {
      for (const tenant of kinds) {
        // The same names in both, as events, idempotency keys and producers have them.
        const event = {
          type: "note",
          channel: `agent:${round % 7}`,
          data: { mark: `${tenant}-${round}` },
          metadata: { idempotencyKey: `k${round}` },
        };
        const result = await publishAs(gateway, of(tenant), event);
        expect(result).toMatchObject({ duplicate: false });
      }
    }
    for (const tenant of kinds) {
      const foreign = tenant === "red" ? "blue-" : "red-";
      const wire = wires[tenant];
      await wire.inbox.publications(50);
      expect(wire.inbox.all.filter((message) => JSON.stringify(message).includes(foreign))).toEqual([]);
      for (const path of [
        "/v1/channels?snapshot=1",
        "/v1/channels/agent:1",
        "/v1/channels/agent:1/events",
        "/v1/search?q=mark",
        "/v1/search?q=red",
        "/v1/search?q=blue",
        "/v1/info",
      ]) {
        const answer = await rawRequest(gateway, path, { headers: of(tenant) });
        expect([path, answer.status]).toEqual([path, 200]);
        expect([path, answer.body.includes(foreign)]).toEqual([path, false]);
      }
      const { body } = await rawRequest(gateway, "/v1/channels/agent:1/events", { headers: of(tenant) });
      expect(body.match(new RegExp(`${tenant}-`, "g"))).toHaveLength(7);
    }
    // Nor does the default tenant's administrator see either.
    expect(await (await gateway.request("/v1/channels")).json()).toEqual({ channels: [] });
  });

  test("a tenant comes from the verified token alone: no channel, header, query or message makes another", async () => {
    const gateway = await openGateway(withIssuer);
    await publishAs(gateway, of("red"), { type: "note", channel: "agent:a", data: { mark: "red-" } });
    const headers = { ...of("blue"), "x-tenant": "red", "x-signalbox-tenant": "red", cookie: "tenant=red" };
    for (const path of [
      "/v1/channels/agent:a/events?tenant=red",
      "/v1/channels/red%2Fagent:a/events",
      "/v1/channels/agent:red~agent:a/events",
      "/v1/channels/agent:a?tenant=red",
    ]) {
      const { body } = await rawRequest(gateway, path, { headers });
      expect([path, body.includes("red-")]).toEqual([path, false]);
    }
    const wire = await openWire(gateway, { headers });
    wire.send({
      id: "m",
      type: "note",
      channel: "agent:a",
      data: {},
      metadata: { token: jwt({ tenant: "red", can }) },
    });
    expect((await wire.inbox.type("ack")).data).toMatchObject({ results: [{ error: expect.anything() }] });
    expect((await rawRequest(gateway, "/v1/channels/agent:a", { headers })).status).toBe(404);
  });

  test("what is forbidden is said in the same words as what is not there", async () => {
    const gateway = await openGateway(withIssuer);
    await published(gateway);
    const headers = bearer(jwt({ can: [may("global", "subscribe")] }));
    const said = async (channel: string): Promise<unknown[]> => {
      const wire = await openWire(gateway, { headers });
      const texts: unknown[] = [];
      for (const data of [{ channel }, { channel, since: "earliest" }, { channel, snapshot: true }]) {
        wire.send({ id: "s", type: "subscribe", data });
        texts.push((await wire.inbox.type("error")).data);
      }
      for (const path of [
        `/v1/channels/${channel}`,
        `/v1/channels/${channel}/events`,
        `/v1/search?q=a&channel=${channel}`,
        `/v1/events?channel=${channel}`,
      ]) {
        const { status, body } = await rawRequest(gateway, path, { headers });
        texts.push([path, status, body]);
      }
      texts.push(await publishAs(gateway, headers, { id: "e", type: "note", channel }));
      return texts;
    };
    const there = await said("agent:a");
    const absent = await said("agent:q");
    expect(JSON.parse(JSON.stringify(absent).replaceAll("agent:q", "agent:a"))).toEqual(there);
  });
});
