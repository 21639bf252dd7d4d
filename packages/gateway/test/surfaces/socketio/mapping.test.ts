/** S§4.5 to S§4.7: what is told and what is asked, each way without a connection. */
import { readFileSync } from "node:fs";
import { closeCodes, type Message } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { credentialOf } from "../../../src/surfaces/socketio/credential.ts";
import { readAsked } from "../../../src/surfaces/socketio/inward.ts";
import { endOf, packetOf, type Told, toldGap, toldOf, withArgument } from "../../../src/surfaces/socketio/outward.ts";
import { readSince, readStanding, Untold } from "../../../src/surfaces/socketio/positions.ts";
import { sharedChannels } from "../../../src/surfaces/socketio/rooms.ts";

interface Case {
  name: string;
  event: Message & { channel: string };
  told: Told | null;
}

const vectors = new URL("../../../../../spec/vectors/socketio.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, "utf8")) as { cases: Case[] };

describe("S§4.5 outward", () => {
  test.each(cases)("$name", ({ event, told }) => {
    expect(toldOf(event, event.channel)).toEqual(told ?? undefined);
  });

  test("what comes in a room without the name of its process gets it from the room", () => {
    const data = { output: "x" };
    const event = { id: "e", type: "process_output", timestamp: 0, data };
    expect(toldOf(event, "process:p9")?.argument.processId).toBe("p9");
  });

  test("a gap says where, why and how much", () => {
    const gap = { reason: "slow", epoch: "e", from: 3, to: 7, counts: { process_output: 5 } } as const;
    const timestamp = "1970-01-01T00:00:00.001Z";
    const { epoch: _epoch, ...said } = gap;
    expect(toldGap("process:p1", gap, 1)).toEqual({
      name: "gap",
      argument: { channel: "process:p1", processId: "p1", ...said, timestamp },
    });
    expect(toldGap("global", { reason: "epoch_changed", epoch: "e", from: 3 }, 1).argument).toEqual({
      ...{ channel: "global", reason: "epoch_changed", from: 3 },
      timestamp,
    });
  });

  test("the end of a connection has the name and number of its close code", () => {
    const { number, help } = closeCodes.revoked;
    expect(endOf("revoked")).toEqual({ name: "revoked", number, message: help, temporary: false, help });
    expect(endOf("slow_consumer").temporary).toBe(true);
  });

  test("a packet takes one argument more", () => {
    expect(packetOf("a", { b: 1 })).toBe('2["a",{"b":1}]');
    expect(withArgument(packetOf("a", { b: 1 }), {})).toBe('2["a",{"b":1},{}]');
  });
});

describe("S§4.6 inward", () => {
  test.each<[string, unknown[], unknown]>([
    ["subscribe-process", ["p1"], { do: "join", processId: "p1", since: undefined }],
    ["subscribe-process", ["p1", null], { do: "join", processId: "p1", since: undefined }],
    ["subscribe-process", ["p1", {}], { do: "join", processId: "p1", since: undefined }],
    ["subscribe-process", ["p1", { since: "earliest" }], { do: "join", processId: "p1", since: "earliest" }],
    ["subscribe-process", ["p1", { since: "now" }], { do: "join", processId: "p1", since: "now" }],
    ["subscribe-process", ["p1", { since: { last: 3 } }], { do: "join", processId: "p1", since: { last: 3 } }],
    ["subscribe-process", ["p1", { since: "e:7" }], { do: "join", processId: "p1", since: { epoch: "e", offset: 7 } }],
    ["unsubscribe-process", ["p1"], { do: "leave", processId: "p1" }],
    ["auth-request", ["t"], { do: "renew", token: "t" }],
  ])("%s %j is understood", (name, args, asked) => {
    expect(readAsked(name, args)).toEqual(asked);
  });

  const badIds = [undefined, null, 1, true, "", "a b", "a*", "p\n1", "\u0000", {}, [], ["p1"], "x".repeat(300)];
  test.each(["subscribe-process", "unsubscribe-process"])("%s takes the id of a process and nothing else", (name) => {
    for (const id of badIds) {
      expect([id, readAsked(name, [id])]).toEqual([id, { broken: "/0", rule: "must be the id of a process" }]);
    }
  });

  test("since is a place, and options are an object", () => {
    const bad = [
      "",
      "e",
      "e:-1",
      "e:1.5",
      "e:9007199254740993",
      ":1",
      7,
      true,
      [],
      { last: -1 },
      { last: 1e99 },
      { last: "3" },
    ];
    for (const since of bad) {
      expect([since, readAsked("subscribe-process", ["p1", { since }])]).toEqual([
        since,
        expect.objectContaining({ broken: "/1/since" }),
      ]);
    }
    for (const options of ["now", 1, true, [], ["since"]]) {
      expect(readAsked("subscribe-process", ["p1", options])).toMatchObject({ broken: "/1" });
    }
  });

  test("A12 names of Object.prototype, and what is no text, ask for nothing", () => {
    for (const name of [
      "__proto__",
      "constructor",
      "hasOwnProperty",
      "toString",
      "message",
      "error",
      "",
      0,
      -1,
      null,
    ]) {
      expect(readAsked(name, ["p1"])).toMatchObject({ broken: "/name" });
    }
    const polluted = JSON.parse('{"__proto__": {"since": "earliest"}}');
    expect(readAsked("subscribe-process", ["p1", polluted])).toMatchObject({ since: undefined });
  });
});

describe("S§4.7 positions", () => {
  test("what was given out is read", () => {
    const standing = readStanding({ "process:p1": "e:7", global: "e:0", "agent:*": "earliest" }, sharedChannels);
    expect(Object.fromEntries(standing?.channels ?? [])).toEqual({
      "process:p1": { epoch: "e", offset: 7 },
      global: { epoch: "e", offset: 0 },
    });
    expect([...(standing?.patterns ?? [])]).toEqual(["agent:*"]);
    expect(readStanding({}, sharedChannels)?.channels.size).toBe(0);
  });

  test("A11 A12 what was never given out is refused", () => {
    const bad = [
      null,
      "e:7",
      [],
      { "process:p1": 7 },
      { "process:p1": "e:-1" },
      { "process:p1": "e:9007199254740993" },
      { "process:p1": { epoch: "e", offset: 1 } },
      { "process:p1": "earliest" },
      { "process:*": "earliest" },
      { "a b": "e:1" },
      JSON.parse('{"__proto__": "e:1"}'),
      JSON.parse('{"__proto__": {"process:p1": "e:1"}}'),
    ];
    for (const given of bad) expect([given, readStanding(given, sharedChannels)]).toEqual([given, undefined]);
    expect(readSince({ epoch: "e", offset: 1 })).toBeUndefined();
  });

  test("what was not told yet is told once, the newest of each channel", () => {
    const untold = new Untold();
    expect(untold.any).toBe(false);
    untold.stands("process:p1", { epoch: "e", offset: 1 });
    untold.stands("process:p1", { epoch: "e", offset: 2 });
    untold.joined("agent:*");
    expect(untold.any).toBe(true);
    expect(untold.take()).toEqual({ "process:p1": "e:2", "agent:*": "earliest" });
    expect([untold.any, untold.take()]).toEqual([false, {}]);
  });
});

describe("S§4.3 X11 credentials", () => {
  const inRequest = { what: "token", token: "a" } as const;
  const cookie = { what: "cookie", value: "c" } as const;

  test.each<[unknown, Parameters<typeof credentialOf>[1], unknown]>([
    [{ token: "t" }, undefined, { what: "token", token: "t" }],
    [{ ticket: "t" }, undefined, { what: "ticket", ticket: "t" }],
    [{ userId: "ada" }, inRequest, inRequest],
    [{ token: "a" }, inRequest, inRequest],
    [{ token: "t" }, cookie, { what: "token", token: "t" }],
    [{ token: null }, cookie, cookie],
    [undefined, cookie, cookie],
  ])("%j with %j in the request", (auth, found, credential) => {
    expect(credentialOf(auth, found)).toEqual(credential);
  });

  test.each<[string, unknown, Parameters<typeof credentialOf>[1]]>([
    ["invalid_message", { token: "t" }, inRequest],
    ["invalid_message", { token: "t", ticket: "k" }, undefined],
    ["invalid_message", { ticket: "k" }, { what: "ticket", ticket: "other" }],
    ["unauthenticated", {}, undefined],
    ["unauthenticated", { token: "" }, undefined],
    ["unauthenticated", { token: "a b" }, undefined],
    ["unauthenticated", { token: ["t"] }, undefined],
    ["unauthenticated", { token: { toString: "t" } }, cookie],
    ["unauthenticated", JSON.parse('{"__proto__": {"token": "t"}}'), undefined],
    ["unauthenticated", "t", undefined],
  ])("A12 %s: %j", (name, auth, found) => {
    expect(credentialOf(auth, found)).toMatchObject({ what: "wrong", error: { name } });
  });
});
