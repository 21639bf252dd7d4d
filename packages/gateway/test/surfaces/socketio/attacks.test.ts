/** What Socket.IO's own server would take, or fall over: others go on being served, in the same process, without an error. */
import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { closeCode, frame, short, upgraded } from "../../support/frames.ts";
import { openGateway, type TestGateway, token } from "../../support/gateway.ts";
import { rawRequest } from "../../support/raw.ts";
import { ask, type Client, heard, newKinds, once } from "./clients.ts";
import { openPolling } from "./raw.ts";

const join = `40${JSON.stringify({ token })}`;
const at = "/socket.io/?EIO=4&transport=websocket";

/** A client beside the attack; `check` shows that it is served, and that nothing went wrong inside. */
async function bystander(gateway: TestGateway): Promise<{ client: Client; check(): Promise<void> }> {
  const client = newKinds[0]?.open(gateway.url, { auth: { token }, reconnection: false }) as Client;
  await once(client, "connect");
  await ask(client, "subscribe-process", "p1");
  let disconnected = "";
  client.on("disconnect", (reason: string) => {
    disconnected = reason;
  });
  const check = async (): Promise<void> => {
    const output = once(client, "process-output");
    await gateway.publish([{ type: "process_output", data: { processId: "p1", output: "x" } }]);
    await output;
    expect(disconnected).toBe("");
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  };
  return { client, check };
}

interface RawSocket {
  socket: WebSocket;
  texts: string[];
  closed: Promise<number>;
}

async function webSocket(gateway: TestGateway, path = at): Promise<RawSocket> {
  const socket = new WebSocket(gateway.url.replace("http", "ws") + path);
  onTestFinished(() => socket.terminate());
  const texts: string[] = [];
  socket.on("message", (data) => void texts.push(String(data)));
  socket.on("error", () => {});
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("open", resolve));
  return { socket, texts, closed };
}

async function joined(gateway: TestGateway): Promise<RawSocket> {
  const raw = await webSocket(gateway);
  raw.socket.send(join);
  await expect.poll(() => raw.texts.some((text) => text.startsWith("40"))).toBe(true);
  return raw;
}

/** Each on its own connection, before and after it has joined. */
const packets: ReadonlyArray<readonly [string, string]> = [
  ["an unknown type of Engine.IO", "9"],
  ["an open packet", '0{"sid":"x"}'],
  ["a ping of the wrong side", "2"],
  ["an upgrade out of turn", "5"],
  ["nothing", ""],
  ["a message without a packet", "4"],
  ["an unknown type of packet", "4z"],
  ["a type beyond the last", "47"],
  ["JSON that does not end", '42["a"'],
  ["no JSON", "42{"],
  ["an event that is no list", '42{"a":1}'],
  ["an event without a name", "42[]"],
  ["CVE-2023-32695 a name that is no text", '42[{"toString":"foo"}]'],
  ["a name that is null", "42[null]"],
  ["a name that is a number", "42[5]"],
  ["CVE-2024-38355 a client's error", '42["error","x"]'],
  ["a reserved name", '42["disconnect"]'],
  ["a reserved name of Node", '42["newListener"]'],
  ["names of Object.prototype", '42["__proto__","p1"]'],
  ["a constructor", '42["constructor",{"__proto__":{"x":1}}]'],
  ["arguments that pollute", '42["subscribe-process","p2",{"__proto__":{"since":"earliest"},"since":{"__proto__":1}}]'],
  ["an acknowledgement that nobody asked for", '4399["x"]'],
  ["an id without an end", `42${"9".repeat(400)}["x"]`],
  ["another namespace", "40/admin,"],
  ["a namespace that is no address", "40//,"],
  ["a namespace of a prototype", "40/__proto__,"],
  ["an event for a namespace that was not joined", '42/admin,["x"]'],
  ["CONNECT with a list", "40[]"],
  ["CONNECT with null", "40null"],
  ["CONNECT with a polluting token", '40{"__proto__":{"token":"x"},"token":{"toString":1}}'],
  ["CONNECT_ERROR from a client", '44{"message":"x"}'],
  ["leaving", "41"],
  ["leaving what is not joined", "41/admin,"],
  ["CVE-2022-2421 a placeholder of a name", '451-["a",{"_placeholder":true,"num":"splice"}]'],
  ["A27 attachments without a number", '45-["a"]'],
  ["CVE-2026-33151 attachments without an end", '45999999999-["a"]'],
  ["A27 fewer than no attachments", '45-1-["a"]'],
  ["A27 half an attachment", '451.5-["a"]'],
  ["bytes that are no base64", "b%%%%"],
  ["text where an attachment is due", '451-["a",{"_placeholder":true,"num":0}]\u001e42["b"]'],
  ["lists in lists", `42["a",${"[".repeat(50_000)}${"]".repeat(50_000)}]`],
  [
    "objects in objects where an attachment is due",
    `451-["a",${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}]\u001ebAA==`,
  ],
];

describe("A26 a packet that is none", () => {
  test.each(packets)("%s", async (_what, packet) => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    for (const before of [[], [join]]) {
      const raw = await webSocket(gateway);
      for (const one of [...before, ...packet.split("\u001e")]) raw.socket.send(one);
      // Answered, or closed: this one only says that it was read.
      raw.socket.send("40");
      const polling = await openPolling(gateway);
      await polling.send([...before, packet].join("\u001e"));
    }
    const old = await openPolling(gateway, 3);
    await old.until("40");
    await old.send(packet);
    await check();
  });

  test("of version 3: payloads that lie about their length, or are bytes", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    for (const payload of ["-1:x", "9999999:4", ":4", "1", "1e9:4", "0:", "3:40", "2:4040", "\u0000\u0001\u00ff4"]) {
      const old = await openPolling(gateway, 3);
      // As it is, without a length of ours.
      await old.send(Buffer.from(payload));
    }
    const bytes = Buffer.from([0, 9, 9, 9, 9, 9, 9, 9, 9, 255, 52]);
    const binary = await (await openPolling(gateway, 3)).send(bytes, { "content-type": "application/octet-stream" });
    expect(binary.status).toBe(415);
    await check();
  });

  test("A12 parameters with the names of Object.prototype, and too many of them", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const answers: Record<string, number> = {
      "?EIO=4&transport=polling&sid=__proto__": 400,
      "?EIO=4&transport=polling&sid=constructor": 400,
      "?EIO=4&transport=__proto__": 400,
      "?EIO=4&transport=constructor": 400,
      "?EIO=4&transport=webtransport": 400,
      "?EIO=4&transport=flashsocket": 400,
      "?EIO=4&transport=websocket": 400,
      "?__proto__=x&EIO=4&transport=polling&sid=x": 400,
      "?EIO=4&transport=polling&sid=a&sid=b": 400,
      "?EIO=4&transport=polling&j=0": 400,
      "?EIO=4": 400,
      "": 400,
      "?EIO=4&transport=polling&%": 200,
    };
    for (const [query, status] of Object.entries(answers)) {
      const answer = await rawRequest(gateway, `/socket.io/${query}`, { anonymous: true });
      expect([query, answer.status]).toEqual([query, status]);
      expect(answer.body).not.toContain("___eio");
    }
    await check();
  });
});

describe("A27 endless binary attachments", () => {
  test("more than ten are refused before they come", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const raw = await joined(gateway);
    raw.socket.send('4511-["a"]');
    await raw.closed;
    await check();
  });

  test("those that were said and never come are not waited for by others, and hold what one payload holds", async () => {
    const gateway = await openGateway({ limits: { socketioBytes: 4_096 } });
    const { check } = await bystander(gateway);
    const raw = await joined(gateway);
    raw.socket.send('4510-["a"]');
    for (let n = 0; n < 9; n++) raw.socket.send(Buffer.alloc(4_096));
    await check();
    raw.socket.send(Buffer.alloc(4_097));
    expect(await raw.closed).toBe(1009);
    await check();
  });

  test("what is complete asks for nothing", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const raw = await joined(gateway);
    raw.socket.send('451-["subscribe-process",{"_placeholder":true,"num":0}]');
    raw.socket.send(Buffer.from("p1"));
    await expect.poll(() => raw.texts.some((text) => text.includes("must be the id of a process"))).toBe(true);
    await check();
  });
});

describe("sizes and floods", () => {
  test("A14 what is too big is refused, over polling and WebSocket", async () => {
    const gateway = await openGateway({ limits: { socketioBytes: 10_000 } });
    const { check } = await bystander(gateway);
    const polling = await openPolling(gateway);
    expect((await polling.send(`4${"x".repeat(10_000)}`)).status).toBe(413);
    const raw = await joined(gateway);
    raw.socket.send("x".repeat(10_001));
    expect(await raw.closed).toBe(1009);
    await check();
  });

  test.each([3, 4] as const)("A40 a payload of very many packets ends its connection, version %d", async (version) => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const polling = await openPolling(gateway, version);
    if (version === 4) await polling.send(join);
    await polling.until("40");
    const many = version === 3 ? "1:2".repeat(80_000) : new Array(30_000).fill('42[""]').join("\u001e");
    await polling.send(Buffer.from(many));
    expect(await polling.until("too_fast")).not.toContain("3".repeat(2_000));
    await expect.poll(async () => (await polling.poll()).status).toBe(400);
    await check();
  });

  test.each<[string, (n: number) => string]>([
    ["the same room", () => "p2"],
    ["ever other rooms", (n) => `q${n}`],
  ])("A22 a flood of subscriptions to %s is refused, and then ended", async (_what, idOf) => {
    const rates = { types: { subscribe: { perSecond: 5, burst: 20 } } };
    const gateway = await openGateway({ rates, limits: { ignoredRefusals: 50 } });
    const { client, check } = await bystander(gateway);
    const flooding = newKinds[0]?.open(gateway.url, { auth: { token }, reconnection: false }) as Client;
    const all = heard(flooding);
    await once(flooding, "connect");
    const gone = once<string>(flooding, "disconnect");
    for (let n = 0; n < 200; n++) flooding.emit("subscribe-process", idOf(n));
    expect(await gone).toBe("io server disconnect");
    expect(all).toContainEqual(["error", expect.objectContaining({ name: "rate_limited" })]);
    expect(all.at(-1)).toEqual(["error", expect.objectContaining({ name: "too_fast", number: 1008 })]);
    expect(client.connected).toBe(true);
    await check();
  });

  test("A22 a connection has so many rooms and no more", async () => {
    const gateway = await openGateway({ limits: { subscriptions: 5 } });
    const { client, check } = await bystander(gateway);
    // Three are for everybody, one is the bystander's.
    expect(await ask(client, "subscribe-process", "p2")).toMatchObject({ ok: true });
    expect(await ask(client, "subscribe-process", "p3")).toMatchObject({
      ok: false,
      error: { name: "too_many_subscriptions" },
    });
    await ask(client, "unsubscribe-process", "p2");
    expect(await ask(client, "subscribe-process", "p3")).toMatchObject({ ok: true });
    await check();
  });

  test("unknown events are refused, 50 in a row are the end", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const client = newKinds[0]?.open(gateway.url, { auth: { token }, reconnection: false }) as Client;
    await once(client, "connect");
    expect(await ask(client, "chat message", "hi")).toMatchObject({ ok: false, error: { name: "invalid_message" } });
    const gone = once<string>(client, "disconnect");
    for (let n = 0; n < 50; n++) client.emit("chat message", "hi");
    expect(await gone).toBe("io server disconnect");
    await check();
  });
});

describe("A19 handshakes that are not finished", () => {
  test("are ended, and count for their address until then", async () => {
    const gateway = await openGateway({ limits: { pendingPerAddress: 3, authMs: 400 } });
    const open = async (): Promise<number> =>
      (await rawRequest(gateway, "/socket.io/?EIO=4&transport=polling", { anonymous: true })).status;
    expect([await open(), await open()]).toEqual([200, 200]);
    const raw = await webSocket(gateway);
    expect(await open()).toBe(429);
    const refused = new WebSocket(gateway.url.replace("http", "ws") + at);
    const status = await new Promise((resolve) => {
      refused.once("unexpected-response", (_request, response) => resolve(response.statusCode));
    });
    expect(status).toBe(429);
    await raw.closed;
    await expect.poll(open, { timeout: 10_000 }).toBe(200);
  });

  test("what was no handshake counts for nobody", async () => {
    const gateway = await openGateway({ limits: { pendingPerAddress: 3 } });
    for (let n = 0; n < 10; n++) {
      await rawRequest(gateway, "/socket.io/?EIO=4&transport=none", { anonymous: true });
      await rawRequest(gateway, "/socket.io/?EIO=4&transport=polling", {
        method: "POST",
        body: "40",
        headers: { "content-type": "text/plain" },
      });
    }
    for (let n = 0; n < 10; n++) {
      const { client } = await bystander(gateway);
      client.disconnect();
    }
  });

  test("five wrong tokens are the end of a connection, two CONNECTs at once too", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const raw = await webSocket(gateway);
    for (let n = 0; n < 5; n++) {
      raw.socket.send('40{"token":"wrong"}');
      await expect.poll(() => raw.texts.filter((text) => text.startsWith("44"))).toHaveLength(n + 1);
    }
    await raw.closed;
    const twice = await webSocket(gateway);
    for (let n = 0; n < 100; n++) twice.socket.send(join);
    await twice.closed;
    await expect
      .poll(
        async () =>
          ((await (await gateway.request("/v1/connections")).json()) as { connections: unknown[] }).connections,
      )
      .toHaveLength(1);
    await check();
  });

  test("A11 the id of a session is 192 bits that nobody can guess, and one that is over opens nothing", async () => {
    const gateway = await openGateway();
    const sids = await Promise.all(Array.from({ length: 20 }, async () => (await openPolling(gateway)).sid));
    for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(new Set(sids).size).toBe(20);
    const polling = await openPolling(gateway);
    await polling.send(join);
    await polling.until("40");
    await polling.send("1");
    expect((await polling.poll()).status).toBe(400);
    expect((await polling.send('42["subscribe-process","p1"]')).status).toBe(400);
  });

  test("A25 two polls at once end the connection", async () => {
    const gateway = await openGateway();
    const { check } = await bystander(gateway);
    const polling = await openPolling(gateway);
    await polling.send(join);
    await polling.until("40");
    const answers = await Promise.all([polling.poll(), polling.poll()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await polling.poll()).status).toBe(400);
    await check();
  });
});

describe("the WebSocket under it", () => {
  test.each<[string, Buffer, number]>([
    ["A17 a frame that says it is huge", frame(0x81, "", { length: 2n ** 40n }), 1009],
    ["A18 a fragment without an end", short(0x01, "4"), 3500],
    [
      "A18 very many fragments",
      Buffer.concat([short(0x01, "4"), ...Array.from({ length: 500 }, () => short(0x00, ""))]),
      1008,
    ],
    ["A21 pings", Buffer.concat(Array.from({ length: 5_000 }, () => short(0x89, "x"))), 1008],
    ["A26 a frame that is not masked", frame(0x81, "4", { masked: false }), 1002],
    ["A26 bytes that are not UTF-8", short(0x81, Buffer.from([0xff])), 1007],
  ])("%s: closed", async (_what, bytes, code) => {
    const gateway = await openGateway({ limits: { messageMs: 300, controlFrames: 20 } });
    const { check } = await bystander(gateway);
    const socket: Socket = await upgraded(gateway, token, at);
    socket.write(short(0x81, join.slice(0, 125)));
    socket.write(bytes);
    expect(await closeCode(socket)).toBe(code);
    await check();
  });

  test("§3.4 who does not answer is given up, over both transports", async () => {
    const gateway = await openGateway({ limits: { heartbeatMs: 300 } });
    const raw = await joined(gateway);
    const polling = await openPolling(gateway);
    await polling.send(join);
    await raw.closed;
    await expect.poll(async () => (await gateway.request("/v1/connections")).json()).toMatchObject({ connections: [] });
  });

  test("a token among the subprotocols is not repeated in the answer", async () => {
    const gateway = await openGateway();
    const socket = new WebSocket(gateway.url.replace("http", "ws") + at, ["x", `signalbox.token.${token}`]);
    socket.on("error", () => {});
    const headers = await new Promise<object>((resolve) => socket.once("upgrade", ({ headers }) => resolve(headers)));
    expect(JSON.stringify(headers)).not.toContain(token);
    socket.terminate();
  });
});

const slowCloses = async (gateway: TestGateway): Promise<boolean> =>
  /^signalbox_slow_closes_total [1-9]/m.test(await (await gateway.request("/metrics")).text());

describe("A23 clients that stop reading", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, () => ({
      type: "process_output",
      data: { processId: "p9", output: "x".repeat(8_000) },
    }));

  test("over WebSocket: sent what there is room for, and told how much it missed of what", async () => {
    const gateway = await openGateway({ limits: { outboxBytes: 65_536 } });
    const { check } = await bystander(gateway);
    const raw = await joined(gateway);
    raw.socket.send('421["subscribe-process","p9"]');
    await expect.poll(() => raw.texts.some((text) => text.startsWith("431"))).toBe(true);
    for (let n = 0; n < 5; n++) await gateway.publish(lines(100));
    const told = (name: string): Array<{ counts: { process_output: number } }> =>
      raw.texts.filter((text) => text.startsWith(`42["${name}"`)).map((text) => JSON.parse(text.slice(2))[1]);
    const missed = (): number => told("gap").reduce((sum, { counts }) => sum + counts.process_output, 0);
    await expect.poll(() => told("process-output").length + missed()).toBe(500);
    expect(missed()).toBeGreaterThan(0);
    expect(told("gap")[0]).toMatchObject({ channel: "process:p9", processId: "p9", reason: "slow" });
    await check();
  });

  test("over WebSocket: one that reads nothing of what it must not miss is closed", async () => {
    const gateway = await openGateway({ limits: { outboxBytes: 65_536, stallMs: 500 } });
    const { check } = await bystander(gateway);
    const raw = await joined(gateway);
    raw.socket.send('421["subscribe-process","p9"]');
    await expect.poll(() => raw.texts.some((text) => text.startsWith("431"))).toBe(true);
    raw.socket.pause();
    // More than kernels take between them.
    const events = Array.from({ length: 10 }, () => ({
      type: "process_error",
      data: { processId: "p9", error: "x".repeat(60_000) },
    }));
    for (let n = 0; n < 40; n++) await gateway.publish(events);
    await expect.poll(() => slowCloses(gateway), { timeout: 60_000 }).toBe(true);
    await check();
  });

  test("over polling: 64 KiB wait for the next poll, and one that never comes is the end", async () => {
    const gateway = await openGateway({ limits: { stallMs: 500 } });
    const { check } = await bystander(gateway);
    const polling = await openPolling(gateway);
    await polling.send(join);
    await polling.send('421["subscribe-process","p9"]');
    await polling.until("431");
    for (let n = 0; n < 5; n++) await gateway.publish(lines(100));
    await expect.poll(() => slowCloses(gateway), { timeout: 20_000 }).toBe(true);
    const { body } = await polling.poll();
    expect(body.length).toBeLessThan(100_000);
    expect(body).toContain("slow_consumer");
    await check();
  });
});

test("§3.6 who polls is told when the gateway stops", async () => {
  const gateway = await openGateway();
  const polling = await openPolling(gateway);
  await polling.send(join);
  await polling.until("40");
  const waiting = polling.poll();
  // It has arrived when a later request is answered.
  await polling.send('421["unsubscribe-process","p1"]');
  expect((await waiting).body).toContain("431");
  const last = polling.poll();
  await expect.poll(async () => (await gateway.request("/metrics")).status).toBe(200);
  await gateway.close();
  expect((await last).body).toContain('["going-away",{"reconnectAfterMs"');
});

test("A22 a room that could not be asked for again, or left, is still what it was", async () => {
  const rates = { types: { subscribe: { perSecond: 0.001, burst: 5 }, unsubscribe: { perSecond: 0.001, burst: 1 } } };
  const gateway = await openGateway({ rates });
  const client = newKinds[0]?.open(gateway.url, { auth: { token }, reconnection: false }) as Client;
  await once(client, "connect");
  // Three went for what is for everybody.
  expect(await ask(client, "subscribe-process", "p1")).toMatchObject({ ok: true });
  expect(await ask(client, "subscribe-process", "p1")).toMatchObject({ ok: true });
  const limited = { ok: false, error: { name: "rate_limited" } };
  expect(await ask(client, "subscribe-process", "p1")).toMatchObject(limited);
  expect(await ask(client, "unsubscribe-process", "other")).toMatchObject({ ok: true });
  expect(await ask(client, "unsubscribe-process", "p1")).toMatchObject(limited);
  const output = once(client, "process-output");
  await gateway.publish([{ type: "process_output", data: { processId: "p1", output: "x" } }]);
  expect(await output).toMatchObject({ processId: "p1", output: "x" });
});
