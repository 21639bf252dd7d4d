/** Flat messages to the WebSockets of surfaces, right and spoiled: each is answered, and others are served at the same time. */
import { ok, strictEqual } from "node:assert";
import fc from "fast-check";
import { sharedEntry } from "../entry.ts";
import { anyJson, jsonText } from "../inputs/json.ts";
import { channel, goodChannel, pattern } from "../inputs/names.ts";
import { oddTexts } from "../inputs/text.ts";
import { openBystander } from "../live/bystander.ts";
import { exchange } from "../live/exchange.ts";
import { checkClose, frameBytes, readServerFrames } from "../live/frames.ts";
import { openGateway, token } from "../live/gateway.ts";
import { readResponse } from "../live/responses.ts";

interface Case {
  path: string;
  texts: readonly string[];
}

/** Mostly what it should be. */
const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: right }, fc.constantFrom<unknown>(...oddTexts), anyJson);

const id = mostly(fc.constantFrom("a", "b", "e1", "s1"));
const room = mostly(
  fc.oneof(goodChannel, channel, pattern, fc.constantFrom("execution:e1", "browser:b", "user:admin", "execution:*")),
);
const cursor = fc.constantFrom("azN2OTo0MSBleGVjdXRpb246ZTE", "eDow", "", "%%%").map((text): unknown => text);
const since = mostly(fc.oneof(cursor, fc.array(cursor, { maxLength: 3 })));
const name = mostly(fc.constantFrom("pause", "stop", "input"));

const shapes: ReadonlyArray<readonly [string, Record<string, fc.Arbitrary<unknown>>]> = [
  ["join", { room, since }],
  ["leave", { room }],
  [
    "command",
    { executionId: id, sessionId: id, target: room, name, args: anyJson, commandId: id, ttlMs: anyJson, data: anyJson },
  ],
  ["command", { data: fc.record({ name, target: room, args: anyJson, command_id: id }, { requiredKeys: ["name"] }) }],
  ["checkpoint_response", { checkpointId: id, decision: mostly(fc.constantFrom("approve", "deny")), answer: anyJson }],
  ["direct", { to: mostly(fc.constantFrom("user:admin", "connection:x", "service:ci", "agent:a")), data: anyJson }],
  ["ping", { data: anyJson }],
  ["auth_request", { token: mostly(fc.constant(token)) }],
  ["session_update", { data: mostly(fc.record({ status: fc.constantFrom("active", "testing"), progress: anyJson })) }],
  ["memory_update", { data: mostly(fc.record({ key: id, value: anyJson })) }],
];

const message = fc
  .constantFrom(...shapes)
  .chain(([type, members]) =>
    fc.record({ ...members, type: mostly(fc.constant(type)), id }, { requiredKeys: ["type"] }),
  );

const cases: fc.Arbitrary<Case> = fc.record({
  path: fc.constantFrom("/ws/executions", "/ws/executions/e1", "/ws/session/s1"),
  texts: fc.array(jsonText(message), { minLength: 1, maxLength: 5 }),
});

export const surfaces = sharedEntry<Case>({
  name: "surfaces",
  about: "flat messages to /ws/executions and /ws/session: joins, commands, decisions, direct messages, spoiled",
  parsers: [
    "packages/gateway/src/surfaces/read-message.ts",
    "packages/gateway/src/surfaces/execution/inward.ts",
    "packages/gateway/src/surfaces/execution/cursor.ts",
    "packages/gateway/src/surfaces/orchestrate/messages.ts",
  ],
  batch: 250,
  cases,
  open: async () => {
    const gateway = await openGateway();
    const bystander = await openBystander(gateway);
    await fetch(`${gateway.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "session_started", data: { sessionId: "s1" } }),
    });
    const tryOne = async ({ path, texts }: Case): Promise<void> => {
      const head =
        `GET ${path} HTTP/1.1\r\nHost: ${gateway.host}:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token}\r\n\r\n`;
      const frames = texts.map((text) =>
        frameBytes({ first: 0x81, payload: Buffer.from(text), masked: true, form: undefined }),
      );
      const pieces = [Buffer.concat([Buffer.from(head), ...frames])];
      const { bytes } = await exchange(gateway, { pieces, leave: "end", enough: () => false });
      const answer = readResponse(bytes);
      if (answer === undefined) return;
      strictEqual(answer.status, 101, "the upgrade was right");
      const { texts: said, close } = readServerFrames(bytes.subarray(answer.end));
      if (close !== undefined && close !== 1_000) checkClose(close);
      for (const text of said) ok(typeof Object(JSON.parse(text)).type === "string", `a message: ${text}`);
    };
    return {
      judge: async (batch) => {
        await Promise.all(batch.map(tryOne));
        await bystander.check();
      },
      close: async () => {
        bystander.close();
        await gateway.close();
      },
    };
  },
});
