import { describe, expect, test } from "vitest";
import { closeCode, frame, opened, short, upgraded } from "./support/frames.ts";
import { numbered, openGateway, type TestGateway, token } from "./support/gateway.ts";
import { errorOf, rawRequest } from "./support/raw.ts";
import { openWire, type Wire } from "./support/wire.ts";

/** Somebody who watches while others misbehave: gets each event once, on one connection. */
async function bystander(gateway: TestGateway): Promise<() => Promise<void>> {
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "user:bystander" } });
  await wire.inbox.type("subscription_update");
  let count = 0;
  return async () => {
    count++;
    await gateway.publish(numbered("user:bystander", count, count));
    expect(await wire.inbox.next()).toMatchObject({ offset: count, data: { n: count } });
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  };
}

const mebibyte = 1_048_576;
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const wide = (keys: number): object => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i]));

describe("§3.5 an invalid message gets its error and the connection stays", () => {
  const subscribe = (data: unknown): unknown => ({ id: "m", type: "subscribe", data });
  test.each<[string, unknown, object]>([
    ["not an object", 5, { name: "invalid_message" }],
    ["no type", { id: "m" }, { name: "invalid_message", details: { path: "/type" } }],
    ["a type in capitals", { id: "m", type: "AGENT" }, { name: "invalid_message", details: { path: "/type" } }],
    ["an id with spaces", { id: "a b", type: "ping" }, { name: "invalid_message", details: { path: "/id" } }],
    ["the second of two", [{ type: "ping" }, { type: 1 }], { name: "invalid_message", details: { path: "/1/type" } }],
    [
      "data that breaks the schema",
      subscribe({ channel: 5 }),
      { name: "invalid_message", details: { path: "/data/channel" } },
    ],
    ["no data", { id: "m", type: "subscribe" }, { name: "invalid_message" }],
    ["a message only the gateway sends", { id: "m", type: "ack", data: { results: [] } }, { name: "invalid_message" }],
    ["an unknown namespace", subscribe({ channel: "nowhere:x" }), { name: "unknown_namespace" }],
    ["no channel name", subscribe({ channel: "agent:a b" }), { name: "invalid_channel" }],
    [
      "an impossible position",
      subscribe({ channel: "global", since: { epoch: "e", offset: -1 } }),
      { name: "invalid_message" },
    ],
    [
      "an unsafe offset",
      subscribe({ channel: "global", since: { epoch: "e", offset: 2 ** 53 } }),
      { name: "invalid_message" },
    ],
    [
      "unsubscribing from nothing",
      { id: "m", type: "unsubscribe", data: { channel: "global" } },
      { name: "not_subscribed" },
    ],
    ["too deep", { type: "note", channel: "global", data: JSON.parse(nested(40)) }, { name: "invalid_message" }],
    ["too many keys", { type: "note", channel: "global", data: wide(1_001) }, { name: "invalid_message" }],
    ["too many messages", Array.from({ length: 1_001 }, () => ({ type: "ping" })), { name: "invalid_message" }],
  ])("%s", async (_what, message, error) => {
    const gateway = await openGateway();
    const seesNothing = await bystander(gateway);
    const wire = await openWire(gateway);
    wire.send(message);
    const answer = await wire.inbox.type("error");
    expect(answer.data).toMatchObject(error);
    if (typeof message === "object" && message !== null && "id" in message && message.id === "m") {
      const knowsId = !("details" in error && (error.details as { path: string }).path === "/type");
      if (knowsId) expect(answer.metadata?.correlationId).toBe("m");
    }
    wire.send({ id: "after", type: "ping" });
    expect((await wire.inbox.type("pong")).metadata?.correlationId).toBe("after");
    await seesNothing();
  });

  test("§4.4 a position beyond the head names the head", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const wire = await openWire(gateway);
    wire.send({ id: "m", type: "subscribe", data: { channel: "global", since: { epoch: kept?.epoch, offset: 2 } } });
    expect(await wire.inbox.type("error")).toMatchObject({
      data: { name: "position_beyond_head", details: { epoch: kept?.epoch, offset: 1 } },
      metadata: { correlationId: "m" },
    });
  });

  test("A12 keys of the prototype are data like any other", async () => {
    const gateway = await openGateway();
    const wire = await openWire(gateway);
    wire.sendText('{"type":"note","channel":"global","data":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}');
    wire.sendText('{"type":"note","channel":"global","data":{"constructor":{"prototype":{"polluted":1}}}}');
    // One ack, or two (§5.1).
    await wire.inbox.until(({ data }) => JSON.stringify(data).includes('"offset":2'));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const answer = await rawRequest(gateway, "/v1/channels/global/events");
    expect(answer.body).toContain('"data":{"__proto__":{"polluted":1}}');
  });

  test("50 invalid messages in a row: close too_many_errors", async () => {
    const wire = await openWire(await openGateway());
    for (let i = 0; i < 50; i++) wire.send({ type: 1 });
    expect(await wire.closed).toEqual({ code: 3504, reason: "too_many_errors" });
  });
});

const closes: Array<[string, (wire: Wire) => void, number]> = [
  ["a text that is not JSON", (wire) => wire.sendText("{"), 3500],
  ["an empty text", (wire) => wire.sendText(""), 3500],
  ["a binary frame", (wire) => wire.socket.send(Buffer.from("{}")), 3500],
  ["a text over the limit", (wire) => wire.sendText(" ".repeat(mebibyte + 1)), 1009],
];

describe("§3.5 what cannot be a message closes its own connection only", () => {
  test.each(closes)("%s", async (_what, misbehave, code) => {
    const gateway = await openGateway();
    const seesNothing = await bystander(gateway);
    const wire = await openWire(gateway);
    misbehave(wire);
    expect((await wire.closed).code).toBe(code);
    await seesNothing();
  });

  test.each<[string, Buffer, number]>([
    ["A17 a declared length of 2^63-1", frame(0x81, "", { length: 2n ** 63n - 1n }), 1009],
    ["A17 a declared length of 2^53", frame(0x81, "", { length: 2n ** 53n }), 1009],
    ["text that is not UTF-8", short(0x81, Buffer.from([0x22, 0xc3, 0x28, 0x22])), 1007],
    ["UTF-8 that is cut off", short(0x81, Buffer.from([0x22, 0xe2, 0x82])), 1007],
    ["a frame without mask", frame(0x81, "{}", { masked: false }), 1002],
    ["a reserved bit", short(0xc1, "{}"), 1002],
    ["an opcode that is not defined", short(0x83, "{}"), 1002],
    ["a control frame in fragments", short(0x09, ""), 1002],
    ["a continuation of nothing", short(0x80, "{}"), 1002],
    [
      "A18 a flood of fragments",
      Buffer.concat([short(0x01, " "), ...Array.from({ length: 200 }, () => short(0x00, " "))]),
      1008,
    ],
    [
      "A18 a flood of empty fragments",
      Buffer.concat([short(0x01, ""), ...Array.from({ length: 200 }, () => short(0x00, ""))]),
      1008,
    ],
    ["a close code that may not be sent", short(0x88, Buffer.from([0x03, 0xed])), 1002],
  ])("%s", async (_what, bytes, code) => {
    const gateway = await openGateway();
    const seesNothing = await bystander(gateway);
    const socket = await upgraded(gateway);
    socket.write(bytes);
    expect(await closeCode(socket)).toBe(code);
    await seesNothing();
  });

  test("A14 a hundred thousand nested arrays and a million keys are refused, quickly", async () => {
    const gateway = await openGateway();
    const seesNothing = await bystander(gateway);
    const wire = await openWire(gateway);
    wire.sendText(`{"type":"note","channel":"global","data":${nested(100_000)}}`);
    expect(await wire.inbox.next()).toMatchObject({ type: "error", data: { name: "invalid_message" } });
    const keys = Array.from({ length: 90_000 }, (_, i) => `"${i * 65_536}":0`).join(",");
    wire.sendText(
      `{"type":"note","channel":"global","data":{${keys}}}`.slice(0, mebibyte - 2).replace(/,[^,]*$/, "}}"),
    );
    expect(await wire.inbox.next()).toMatchObject({ type: "error", data: { name: "invalid_message" } });
    await seesNothing();
  });
});

describe("§6 bad bodies get their error", () => {
  const json = "application/json";
  test.each<[string, string | undefined, string | Buffer, number, string]>([
    ["not JSON", json, "{", 400, "invalid_message"],
    ["nothing", json, "", 400, "invalid_message"],
    ["no event", json, "[]", 400, "invalid_message"],
    ["wrong schema", json, '{"type":"agent_status","data":{"agentId":5}}', 400, "invalid_message"],
    ["an unknown namespace", json, '{"type":"note","channel":"nowhere:x"}', 400, "unknown_namespace"],
    ["no channel", json, '{"type":"note"}', 400, "channel_required"],
    ["a bad channel", json, '{"type":"note","channel":"agent:a b"}', 400, "invalid_channel"],
    [
      "text that is not UTF-8",
      json,
      Buffer.from('{"type":"note","channel":"global","data":"\xe2\x82"}', "latin1"),
      400,
      "invalid_message",
    ],
    ["too much", json, `"${"x".repeat(mebibyte)}"`, 413, "payload_too_big"],
    ["too deep", json, nested(100_000), 400, "invalid_message"],
    [
      "too many events",
      json,
      JSON.stringify(Array.from({ length: 1_001 }, () => ({ type: "note" }))),
      400,
      "invalid_message",
    ],
    ["no media type", undefined, "{}", 415, "unsupported_media_type"],
    ["a form", "application/x-www-form-urlencoded", "type=note", 415, "unsupported_media_type"],
    [
      "plain text, which any page may send",
      "text/plain",
      '{"type":"note","channel":"global"}',
      415,
      "unsupported_media_type",
    ],
    ["A50 a media type that only begins right", "application/json-patch+json", "[]", 415, "unsupported_media_type"],
    ["A50 a media type with a tab", "application/json\t, text/plain", "[]", 415, "unsupported_media_type"],
    ["a broken CloudEvent", "application/cloudevents+json", '{"specversion":"1.0"}', 400, "invalid_message"],
  ])("%s", async (_what, type, body, status, name) => {
    const gateway = await openGateway();
    const seesNothing = await bystander(gateway);
    const headers = type === undefined ? {} : { "content-type": type };
    const answer = await rawRequest(gateway, "/v1/events", { method: "POST", headers, body });
    expect([answer.status, errorOf(answer.body).name]).toEqual([status, name]);
    await seesNothing();
  });

  test("a body that is cut off harms nobody", async () => {
    const gateway = await openGateway();
    const seesNothing = await bystander(gateway);
    const socket = await opened(gateway);
    socket.write(
      `POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"type":',
    );
    await seesNothing();
    socket.resetAndDestroy();
    await seesNothing();
  });
});
