/** S§5.1 to S§5.4: messages in and out, each way without a Redis. */
import { readFileSync } from "node:fs";
import { defaultLimits, isChannel, type Message } from "@signalbox/protocol";
import { checkEvent } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Inward, ownMark, readWebgui } from "../../../src/surfaces/webgui/inward.ts";
import { Names } from "../../../src/surfaces/webgui/names.ts";
import { isWanted, writeWebgui } from "../../../src/surfaces/webgui/outward.ts";
import { readTime } from "../../../src/surfaces/webgui/time.ts";

interface Vectors {
  read: Array<{ name: string; channel: string; text: string; event?: object; reason?: string }>;
  written: Array<{ name: string; event: Event; channel?: string; message: object | null }>;
}
type Event = Message & { channel: string; epoch: string; offset: number };

const vectors = new URL("../../../../../spec/vectors/webgui.json", import.meta.url);
const { read: readCases, written: writtenCases } = JSON.parse(readFileSync(vectors, "utf8")) as Vectors;
const names = new Names("webgui");
const everything = ["session:*", "agent:*", "user:*", "global"];

const read = (channel: string, text: string): Inward =>
  readWebgui(channel, new TextEncoder().encode(text), names, defaultLimits);

function write(event: Event): { channel: string; message: Record<string, unknown> } | undefined {
  if (!isWanted(event.channel, event.type, everything)) return undefined;
  const written = writeWebgui({ ...event, message: () => event }, names);
  return written && { channel: written.channel, message: JSON.parse(written.text) };
}

const json = fc.jsonValue({ maxDepth: 4 });
const hostile = fc.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "signalbox",
  "type",
  "data",
  "id",
  "",
);
const object = fc.dictionary(fc.oneof(fc.string(), hostile), json, { noNullPrototype: true });
const channel = fc.oneof(
  fc.constant("global"),
  fc
    .tuple(fc.constantFrom("session", "agent", "user"), fc.stringMatching(/^[A-Za-z0-9._~:/@+=,-]{1,40}$/))
    .map(([kind, name]) => `${kind}:${name}`),
);
const typeName = fc.oneof(
  fc.constantFrom("session_status_changed", "agent_status", "task_progress", "test_results", "notification", "metric"),
  fc.constantFrom("error", "subscribe", "command_queued", "constructor", "__proto__"),
  fc.stringMatching(/^[a-z][a-z0-9_.-]{0,63}$/),
);

describe("in", () => {
  test.each(readCases)("$name", ({ channel: theirs, text, event, reason }) => {
    const got = read(theirs, text);
    expect(got.ok ? got.draft : got.reason).toEqual(event ?? reason);
  });

  test("of nothing that is sent is anything lost", () => {
    fc.assert(
      fc.property(channel, typeName, object, object, fc.option(json), (ours, type, data, others, session_id) => {
        const { [ownMark]: _own, ...beside } = others;
        const sent = { ...beside, type, timestamp: "2024-01-01T12:00:00Z", session_id, data };
        const text = JSON.stringify(sent);
        const got = read(`webgui:${ours}`, text);
        fc.pre(got.ok || got.reason !== "form" || !/deep|keys|numbers/.test(got.rule));
        if (!got.ok) {
          // Only names that no type can have.
          expect(type.length).toBeGreaterThan(56);
          return;
        }
        const { draft } = got;
        const told = draft.metadata?.webgui as Record<string, unknown>;
        expect(draft.channel).toBe(ours);
        expect(told.type ?? draft.type).toBe(type);
        const parsed = JSON.parse(text);
        expect(told.session_id).toEqual(parsed.session_id);
        for (const [name, value] of Object.entries(parsed.data)) {
          expect(Object.getOwnPropertyDescriptor(draft.data, name)?.value).toEqual(value);
        }
        for (const [name, value] of Object.entries(parsed)) {
          if (["type", "timestamp", "data"].includes(name) || (name === "id" && draft.id !== undefined)) continue;
          if (name !== "id") expect(Object.getOwnPropertyDescriptor(told, name)?.value).toEqual(value);
        }
        // What a viewer is told is an event of the catalogue, or of nobody.
        expect(checkEvent(draft.type, draft.data)).toEqual({ ok: true });
        expect(Object.getPrototypeOf(draft.data)).toBe(Object.prototype);
        expect({}).not.toHaveProperty("polluted");
      }),
      { numRuns: 300 },
    );
  });

  test("bytes of any kind are refused or taken, and never thrown at", () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 300 }), fc.oneof(json, object), (name, bytes, value) => {
        for (const payload of [bytes, new TextEncoder().encode(JSON.stringify(value))]) {
          for (const at of [`webgui:${name}`, "webgui:global", name]) {
            const got = readWebgui(at, payload, names, defaultLimits);
            if (got.ok) expect(isChannel(got.draft.channel)).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("what is too large or too deep is refused before it is parsed", () => {
    const large = JSON.stringify({ type: "x", data: "x".repeat(defaultLimits.frameBytes) });
    expect(read("webgui:global", large)).toMatchObject({ ok: false, reason: "size" });
    const deep = `{"type":"x","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(read("webgui:global", deep)).toMatchObject({ ok: false, reason: "form" });
    expect(read("webgui:global", '{"type":"x","data":1e999}')).toMatchObject({ ok: false, reason: "form" });
    const invalid = Uint8Array.from([0x7b, 0xff, 0x7d]);
    expect(readWebgui("webgui:global", invalid, names, defaultLimits)).toMatchObject({ reason: "text" });
  });

  test("__proto__ is a member like any other", () => {
    const got = read("webgui:agent:a", '{"type":"agent_status","data":{"status":"busy","__proto__":{"polluted":1}}}');
    expect(got.ok && Object.hasOwn(got.draft.data as object, "__proto__")).toBe(true);
    expect(got.ok && (got.draft.data as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("out", () => {
  test.each(writtenCases)("$name", ({ event, channel: theirs, message }) => {
    expect(write(event) ?? null).toEqual(message && { channel: theirs, message });
  });

  const event = fc.record({
    id: fc.stringMatching(/^[!-~]{1,40}$/),
    type: typeName,
    timestamp: fc.nat(),
    channel,
    epoch: fc.constant("abc"),
    offset: fc.integer({ min: 1 }),
    data: object,
  });

  test("S§5.4 there are no loops: nothing that is written is taken in, nothing that was taken in is written", () => {
    fc.assert(
      fc.property(event, (kept) => {
        const out = write(kept);
        if (out === undefined) return;
        expect(read(out.channel, JSON.stringify(out.message))).toMatchObject({ ok: false, reason: "own" });
        const { [ownMark]: _own, ...plain } = out.message;
        const back = read(out.channel, JSON.stringify(plain));
        if (back.ok) expect(write({ ...kept, ...back.draft } as Event)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test("what is written says the same to whoever reads it as W3", () => {
    fc.assert(
      fc.property(event, (kept) => {
        fc.pre(checkEvent(kept.type, kept.data).ok);
        const out = write(kept);
        if (out === undefined) return;
        const { [ownMark]: mark, ...plain } = out.message;
        expect(mark).toEqual({ id: kept.id, channel: kept.channel, epoch: "abc", offset: kept.offset });
        expect(Object.keys(plain)).toEqual(["type", "timestamp", "session_id", "data"]);
        expect(plain).toMatchObject({ type: kept.type, data: JSON.parse(JSON.stringify(kept.data)) });
        expect(readTime(String(plain.timestamp))).toBe(kept.timestamp);
        expect(names.ours(out.channel)).toBe(kept.channel);
      }),
      { numRuns: 300 },
    );
  });

  test("only what the configuration names is wanted", () => {
    expect(isWanted("session:s1", "session_update", ["session:s*"])).toBe(true);
    expect(isWanted("session:t1", "session_update", ["session:s*"])).toBe(false);
    expect(isWanted("agent:a", "agent_log", ["agent:a"])).toBe(true);
    expect(isWanted("agent:a", "agent_metric", ["agent:a"])).toBe(false);
    expect(isWanted("global", "system_alert", [])).toBe(false);
  });
});

test("S§5.1 no two channels of ours have one name there, and each name comes back", () => {
  fc.assert(
    fc.property(channel, (ours) => {
      expect(names.ours(String(names.theirs(ours)))).toBe(ours);
    }),
  );
  expect(["process:p1", "session", "browser:b", "global:x"].map((ours) => names.theirs(ours))).toEqual(
    Array(4).fill(undefined),
  );
  expect(new Names("other.gui").pattern).toBe("other.gui:*");
});

describe("times", () => {
  test.each([
    ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00.000Z"],
    ["2024-01-01T12:00:00.5Z", "2024-01-01T12:00:00.500Z"],
    ["2024-01-01T12:00:00.123456789z", "2024-01-01T12:00:00.123Z"],
    ["2024-01-01 12:00:00,25", "2024-01-01T12:00:00.250Z"],
    ["2024-01-01t12:00", "2024-01-01T12:00:00.000Z"],
    ["2024-01-01T12:00:00+0530", "2024-01-01T06:30:00.000Z"],
    ["2024-01-01T12:00:00-05:00", "2024-01-01T17:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("%s", (text, iso) => {
    expect(readTime(text)).toBe(Date.parse(iso));
  });

  test.each([
    ...["", "2024-01-01", "12:00:00", "2024-01-01T24:00:00Z", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z"],
    ...["2024-01-01T12:00:00 Z", "2024-01-01T12:00:60Z", "1969-12-31T23:59:59Z", "+002024-01-01T12:00:00Z", "now"],
  ])("%s is none", (text) => {
    expect(readTime(text)).toBeUndefined();
  });

  test("every time that JavaScript and Python write is read", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
        expect(readTime(date.toISOString())).toBe(date.getTime());
        expect(readTime(date.toISOString().slice(0, -1))).toBe(date.getTime());
      }),
    );
  });
});
