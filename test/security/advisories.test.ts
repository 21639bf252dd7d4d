/** One test for each advisory about others' servers, run against ours, whether or not we use what had the fault. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bearer } from "../support/http.ts";
import { advisories } from "./advisories.ts";
import { rows } from "./rows.ts";
import { residentBytes } from "./support/memory.ts";
import {
  exchange,
  frame,
  head,
  open,
  startTarget,
  statusOf,
  type Target,
  text,
  upgraded,
  upgradeHead,
} from "./support/target.ts";
import { titles } from "./support/titles.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
const issuer = { issuer: "https://id.test", audience: "signalbox" };

let target: Target;
beforeAll(async () => {
  const keys = [
    { kid: "rsa", alg: "RS256", pem },
    { kid: "hs", alg: "HS256", secret: "only-for-tests-".repeat(3) },
  ];
  target = await startTarget({ jwt: [{ ...issuer, keys }], allowedOrigins: ["https://good.com"] });
});
afterAll(async () => {
  await target?.stop();
});
afterEach(async () => {
  // The same process answers, on a connection made before as on a new one.
  expect(await get("/v1/info")).toBe(200);
  expect(target.faults()).toEqual([]);
});

const base = (): Record<string, string> => ({ Host: target.host, Connection: "close", ...bearer(target.token) });
const get = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
  statusOf(await exchange(target, head(`GET ${path}`, { ...base(), ...headers })));
const upgrade = async (headers: Record<string, string>): Promise<string> =>
  (await exchange(target, upgradeHead(target, { ...bearer(target.token), ...headers }), frame(0x88, ""))).toString(
    "latin1",
  );
const posted = async (
  headers: Record<string, string>,
  body = '{"type":"note","channel":"nowhere:x"}',
): Promise<string> =>
  (
    await exchange(
      target,
      head("POST /v1/events", { ...base(), "Content-Length": String(Buffer.byteLength(body)), ...headers }),
      body,
    )
  ).toString();

/** The code that these frames close their connection with. */
async function closing(...frames: Buffer[]): Promise<number> {
  const peer = await upgraded(target, bearer(target.token));
  peer.socket.write(Buffer.concat(frames));
  const code = await peer.closed;
  peer.socket.destroy();
  return code;
}

const many = (count: number, one: Buffer): Buffer[] => Array.from({ length: count }, () => one);

describe("frames", () => {
  test("CVE-2026-48779 a message in tiny parts closes 1008 long before they fill anything", async () => {
    expect(await closing(frame(0x01, " "), ...many(128, frame(0x00, " ")))).toBe(1008);
  });

  test("ws #2329 parts of nothing count as parts", async () => {
    expect(await closing(frame(0x01, ""), ...many(128, frame(0x00, "")))).toBe(1008);
  });

  test("CVE-2016-10542 a huge message is refused by its header", async () => {
    expect(await closing(frame(0x81, "", { length: 256n * 1_048_576n }))).toBe(1009);
  });

  test("CVE-2026-1528 a length of 64 bits is refused by its header", async () => {
    expect(await closing(frame(0x81, "", { length: 2n ** 64n - 1n }))).toBe(1009);
  });

  test("CVE-2026-1526 a compressed message is refused, not inflated", async () => {
    expect(await closing(frame(0xc1, Buffer.from("cb48cdc9c95728cf2fca4901", "hex")))).toBe(1002);
  });

  test("CVE-2026-2229 window bits are never agreed on, whatever they are", async () => {
    for (const bits of ["0", "7", "8", "15", "16", "-1", "1e9", '"8"']) {
      const answer = await upgrade({
        "Sec-WebSocket-Extensions": `permessage-deflate; client_max_window_bits=${bits}`,
      });
      expect([101, 400]).toContain(statusOf(answer));
      expect(answer.toLowerCase()).not.toContain("permessage-deflate");
    }
  });

  test("CVE-2016-10518 a pong holds the ping's bytes and no others", async () => {
    const peer = await upgraded(target, bearer(target.token));
    const payloads = [Buffer.alloc(0), Buffer.from("a"), Buffer.alloc(125, 7), Buffer.from("100")];
    for (const payload of payloads) peer.socket.write(frame(0x89, payload));
    peer.socket.write(text({ id: "end", type: "ping" }));
    await peer.message(({ metadata }) => metadata?.correlationId === "end");
    expect(peer.frames.filter(({ opcode }) => opcode === 10).map(({ payload }) => payload.toString("hex"))).toEqual(
      payloads.map((payload) => payload.toString("hex")),
    );
    peer.socket.destroy();
  });

  test("CVE-2026-45736 a close frame holds its code and its reason and no other byte", async () => {
    const cases: Array<[Buffer, number, string]> = [
      [text("{"), 3500, "bad_message"],
      [frame(0x82, "{}"), 3500, "bad_message"],
      [text({ id: "bye", type: "disconnect" }), 3505, ""],
      [frame(0x88, Buffer.from([0x03, 0xe8, 0x61])), 1000, "a"],
      [frame(0x81, "", { length: 2n ** 40n }), 1009, ""],
      [Buffer.concat(many(50, text({ type: 1 }))), 3504, "too_many_errors"],
    ];
    for (const [bytes, code, reason] of cases) {
      const peer = await upgraded(target, bearer(target.token));
      peer.socket.write(bytes);
      expect(await peer.closed).toBe(code);
      const said = peer.frames.at(-1)?.payload.subarray(2).toString("latin1") ?? "";
      expect(said).toMatch(/^[a-z0-9_ ]*$/);
      if (reason !== "") expect([code, said]).toEqual([code, reason]);
      peer.socket.destroy();
    }
  });

  test("CVE-2022-21676 a reserved bit in the segment of the upgrade closes that connection", async () => {
    const bytes = Buffer.concat([Buffer.from(upgradeHead(target, bearer(target.token))), frame(0xf1, "{}")]);
    expect(statusOf(await exchange(target, bytes))).toBe(101);
  });

  test("CVE-2022-39386 a malformed packet ends its connection alone", async () => {
    const other = await upgraded(target, bearer(target.token));
    expect(await closing(Buffer.alloc(64, 0xff))).toBe(1002);
    other.socket.write(text({ id: "still", type: "ping" }));
    await other.message(({ metadata }) => metadata?.correlationId === "still");
    other.socket.destroy();
  });

  test("GHSA-cgwc a flood of pongs nobody asked for costs nothing, or the connection", async () => {
    const peer = await upgraded(target, bearer(target.token));
    peer.socket.write(Buffer.concat([...many(5_000, frame(0x8a, "")), frame(0x88, Buffer.from([0x03, 0xe8]))]));
    expect([1000, 1008]).toContain(await peer.closed);
    expect(peer.frames.filter(({ opcode }) => opcode !== 8)).toEqual([]);
    peer.socket.destroy();
  });
});

describe("upgrades", () => {
  test("CVE-2022-41940 a peer that resets in the middle is forgotten", async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await open(target);
      socket.write(upgradeHead(target, bearer(target.token)).slice(0, 40 + i * 10));
      socket.resetAndDestroy();
    }
  });

  test("CVE-2023-31125 names of a prototype as parameters choose nothing", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect([101, 400, 404]).toContain(
        statusOf(
          await exchange(
            target,
            upgradeHead(target, bearer(target.token), `/v1/ws?transport=${name}&${name}=1`),
            frame(0x88, ""),
          ),
        ),
      );
      expect([400, 404]).toContain(await get(`/v1/${name}?transport=${name}`));
    }
  });

  test("CVE-2024-37890 more headers than anybody counts are refused", async () => {
    const headers = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`a${i}`, "1"]));
    expect([400, 431]).toContain(statusOf(await upgrade(headers)));
  });

  test("CVE-2021-32640 subprotocols with endless spaces are refused", async () => {
    for (const length of [100, 4_000, 8_000]) {
      expect(statusOf(await upgrade({ "Sec-WebSocket-Protocol": `b${" ".repeat(length)}x` }))).toBe(400);
    }
  });

  test("GHSA-5v72 extensions named like parts of a prototype are passed over", async () => {
    for (const name of ["__proto__", "constructor", "hasOwnProperty"]) {
      expect([101, 400]).toContain(statusOf(await upgrade({ "Sec-WebSocket-Extensions": `${name}; ${name}` })));
    }
  });

  test("CVE-2020-28481 no answer allows every origin, nor any but those configured", async () => {
    for (const [origin, allowed] of [
      ["https://evil.test", undefined],
      ["null", undefined],
      ["https://good.com", "https://good.com"],
    ] as const) {
      const answer = (await exchange(target, head("OPTIONS /v1/events", { ...base(), Origin: origin }))).toString();
      const [, said] = /access-control-allow-origin: (.*)\r\n/i.exec(answer) ?? [];
      expect([origin, said]).toEqual([origin, allowed]);
      expect(answer.toLowerCase()).not.toContain("access-control-allow-credentials");
    }
  });
});

describe("messages", () => {
  test("CVE-2024-38355 a message called like an event of a library is a message", async () => {
    const peer = await upgraded(target, bearer(target.token));
    const names = [
      "error",
      "close",
      "connect_error",
      "newListener",
      "removeListener",
      "disconnecting",
      "unexpected-response",
    ];
    for (const type of names) peer.socket.write(text({ id: type, type, channel: "nowhere:x" }));
    peer.socket.write(text({ id: "end", type: "ping" }));
    await peer.message(({ metadata }) => metadata?.correlationId === "end");
    peer.socket.destroy();
  });

  test("CVE-2023-32695 a type of any type gets its error", async () => {
    const peer = await upgraded(target, bearer(target.token));
    const odd: unknown[] = [null, true, 1, -1, [], ["a"], {}, { toString: 1 }, "", "__proto__"];
    for (const type of odd) peer.socket.write(text({ type, data: type }));
    peer.socket.write(text({ id: "end", type: "ping" }));
    await peer.message(({ metadata }) => metadata?.correlationId === "end");
    expect(peer.frames.filter(({ payload }) => payload.includes('"type":"error"'))).toHaveLength(odd.length);
    peer.socket.destroy();
  });

  test("CVE-2020-36049 a message that is long before it is wrong is refused whole", async () => {
    expect(await closing(text(`${"1".repeat(500_000)}{`))).toBe(3500);
  });

  test("CVE-2026-21717 a million keys that collide are counted before they are kept", async () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `"${i * 65_536}":0`).join(",");
    expect(
      await posted({ "Content-Type": "application/json" }, `{"type":"note","channel":"global","data":{${keys}}}`),
    ).toContain('"name":"invalid_message"');
  });

  test("CVE-2026-25224 a stream nobody reads is not read from the store either", async () => {
    const events = Array.from({ length: 100 }, (_, n) => ({
      type: "note",
      channel: "agent:unread",
      data: { n, text: "x".repeat(5_000) },
    }));
    const socket = await open(target);
    socket.pause();
    socket.write(head("GET /v1/channels/agent:unread/events?since=now", { ...base(), Accept: "text/event-stream" }));
    const before = residentBytes(target.pid);
    for (let round = 0; round < 40; round++) {
      expect(await posted({ "Content-Type": "application/json" }, JSON.stringify(events))).toMatch(/^HTTP\/1\.1 200/);
    }
    // 20 MB were published past it. The memory store keeps them; beside those, an outbox of 1 MiB and a socket's buffer may fill.
    expect(residentBytes(target.pid) - before).toBeLessThan(150 * 1_048_576);
    socket.destroy();
  });
});

describe("requests", () => {
  test("CVE-2020-36048 a poll's body over the limit is refused by its length", async () => {
    const only = head("POST /v1/poll", {
      ...base(),
      "Content-Type": "application/json",
      "Content-Length": "104857600",
    });
    expect(statusOf(await exchange(target, only))).toBe(413);
  });

  test("CVE-2026-1525 two lengths are no request", async () => {
    const twice = `POST /v1/events HTTP/1.1\r\nHost: ${target.host}\r\nContent-Length: 2\r\ncontent-length: 40\r\n\r\n{}`;
    expect(statusOf(await exchange(target, twice))).toBe(400);
  });

  test("CVE-2026-22036 a chain of encodings is refused by its name", async () => {
    const chain = many(1_000, Buffer.from("gzip")).join(", ");
    expect(await posted({ "Content-Type": "application/json", "Content-Encoding": chain })).toMatch(/^HTTP\/1\.1 415 /);
  });

  test("CVE-2026-21710 a header named __proto__ is a header", async () => {
    const twice = `GET /v1/info HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${target.token}\r\n__proto__: a\r\n__proto__: b\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await exchange(target, twice))).toBe(200);
    expect(
      statusOf(
        await exchange(target, upgradeHead(target, { ...bearer(target.token), ["__proto__"]: "a" }), frame(0x88, "")),
      ),
    ).toBe(101);
  });

  test("CVE-2026-21714 HTTP/2 is not spoken, asked for either way", async () => {
    expect(statusOf(await exchange(target, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))).toBe(400);
    const asked = await exchange(
      target,
      head("GET /health/live", {
        ...base(),
        Connection: "Upgrade, HTTP2-Settings, close",
        Upgrade: "h2c",
        "HTTP2-Settings": "AAMAAABkAAQAAP__",
      }),
    );
    expect(statusOf(asked)).toBe(200);
  });

  const read = '"name":"unknown_namespace"';
  const unread = '"name":"unsupported_media_type"';
  test.each([
    [
      "CVE-2022-39288",
      ["__proto__", "constructor/x", "application/json; __proto__", "; charset=utf-8", "/", ";"],
      [false, false, undefined, false, false, false],
    ],
    [
      "CVE-2025-32442",
      ["Application/Json", "application/ json", "application/json ;x", "APPLICATION/JSON;charset=utf-8"],
      [true, false, undefined, true],
    ],
    [
      "CVE-2026-25223",
      ["application/json\ta", "application/json\t", "text/plain\tapplication/json"],
      [false, true, false],
    ],
    [
      "CVE-2026-3419",
      ["application/json garbage", "application/jsongarbage", "application/json,garbage"],
      [false, false, false],
    ],
    [
      "CVE-2026-33806",
      [" application/json", "\tapplication/json", "\u00a0application/json", "\u000bapplication/json"],
      [true, true, false, false],
    ],
  ])("%s every media type is read as JSON and checked, or not read", async (_id, types, expected) => {
    for (const [at, type] of types.entries()) {
      const answer = await posted({ "Content-Type": type });
      const how = answer.includes(read)
        ? true
        : answer.includes(unread) || statusOf(answer) === 400
          ? false
          : "neither";
      expect([type, how]).toEqual([type, expected[at] ?? expect.any(Boolean)]);
    }
  });
});

describe("tokens", () => {
  const encoded = (value: unknown): string =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: issuer.issuer,
    aud: issuer.audience,
    iat: now,
    exp: now + 600,
    sub: "ada",
    signalbox: { role: "admin" },
  };
  const hmac = (key: string, header: object): string => {
    const input = `${encoded({ alg: "HS256", ...header })}.${encoded(claims)}`;
    return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  };
  const brought = (token: string): Promise<number> => get("/v1/info", bearer(token));

  test("a token that is right comes in, so that the others are refused for what is wrong with them", async () => {
    expect(await brought(hmac("only-for-tests-".repeat(3), { kid: "hs" }))).toBe(200);
  });

  test("CVE-2022-23539 keys that are too weak are no configuration", async () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
    for (const key of [
      { alg: "RS256", pem: weak },
      { alg: "HS256", secret: "short" },
      { alg: "ES256", pem },
    ]) {
      await expect(startTarget({ jwt: [{ ...issuer, keys: [key] }] })).rejects.toThrow("ended before it was ready");
    }
  });

  test("CVE-2022-23540 no algorithm is no signature", async () => {
    for (const alg of ["none", "None", "NONE", ""])
      expect(await brought(`${encoded({ alg, kid: "rsa" })}.${encoded(claims)}.`)).toBe(401);
    expect(await brought(`${encoded({ kid: "rsa" })}.${encoded(claims)}.`)).toBe(401);
  });

  test("CVE-2022-23541 a public key is no secret", async () => {
    expect(await brought(hmac(pem, { kid: "rsa" }))).toBe(401);
  });

  test("CVE-2023-48223 nor in another form", async () => {
    const forms = [
      rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
      JSON.stringify(rsa.publicKey.export({ format: "jwk" })),
    ];
    for (const form of forms) expect(await brought(hmac(form, { kid: "rsa" }))).toBe(401);
  });

  test("CVE-2026-34950 nor behind white space", async () => {
    for (const form of [`\n${pem}`, ` ${pem}`, `\t${pem}`, `\ufeff${pem}`, pem.replaceAll("\n", "\r\n"), pem.trim()]) {
      expect(await brought(hmac(form, { kid: "rsa" }))).toBe(401);
    }
  });

  test("GHSA-869p an HMAC with another key, none, or half of it is refused", async () => {
    const right = hmac("only-for-tests-".repeat(3), { kid: "hs" });
    for (const token of [
      hmac("\0", { kid: "hs" }),
      hmac("other", { kid: "hs" }),
      right.slice(0, -10),
      right.slice(0, right.lastIndexOf(".") + 1),
    ]) {
      expect(await brought(token)).toBe(401);
    }
  });

  test("CVE-2026-35042 a critical header nobody knows is refused", async () => {
    expect(await brought(hmac("only-for-tests-".repeat(3), { kid: "hs", crit: ["x"], x: true }))).toBe(401);
  });

  test("CVE-2024-28176 an encrypted token is refused, never inflated", async () => {
    const header = encoded({ alg: "dir", enc: "A256GCM", zip: "DEF", kid: "hs" });
    expect(await brought(`${header}..${encoded("iv")}.${encoded("bomb")}.${encoded("tag")}`)).toBe(401);
  });
});

describe("pages", () => {
  test("CVE-2026-25253 a link cannot make the dashboard send its token elsewhere", async () => {
    const answer = (
      await exchange(
        target,
        head("GET /?gatewayUrl=ws://evil.test&url=http://evil.test", { Host: target.host, Connection: "close" }),
      )
    ).toString();
    expect(answer).toMatch(/content-security-policy: [^\r]*connect-src 'self';/i);
    expect(await get("/v1/info", { Origin: "http://evil.test" })).toBe(403);
  });

  test("CVE-2026-26317 a request of another page changes nothing, token or not", async () => {
    const before = await target.state();
    expect(
      await posted(
        { "Content-Type": "application/json", Origin: "http://evil.test" },
        '{"type":"note","channel":"global"}',
      ),
    ).toMatch(/^HTTP\/1\.1 403 /);
    expect(await posted({ "Content-Type": "text/plain", Origin: `http://127.0.0.1:${target.port + 1}` })).toMatch(
      /^HTTP\/1\.1 403 /,
    );
    expect(await target.state()).toEqual(before);
  });
});

describe("the list", () => {
  const named = titles().map(({ text }) => text);
  const tried = (id: string): boolean => named.some((name) => name.includes(id));

  test.each(advisories)("$of $id ($row): $bug", ({ id, row }) => {
    expect(rows.some((known) => known.id === row)).toBe(true);
    expect(tried(id), `no test is named ${id}`).toBe(true);
  });

  test("no test is named after an advisory that the list does not have", () => {
    const ids = named.flatMap((name) => name.match(/^(CVE-[\d-]+\d|GHSA-\w{4}|ws #\d+)/)?.[0] ?? []);
    expect(ids.filter((id) => !advisories.some((known) => known.id === id))).toEqual([]);
  });
});
