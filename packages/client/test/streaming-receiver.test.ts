/** X8's streaming receiver: everything once and in order, or a gap, however slowly it is read. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Received, type StreamOptions, stream } from "../src/streaming-receiver.ts";
import { type Rig, rig, settled } from "./support/model-transport.ts";

const open = (options: StreamOptions & { channel?: string } = {}) => {
  const made = rig();
  return { ...made, receiver: stream(made.client, options.channel ?? "agent:a", options) };
};

const shown = ({ channel, event, gap }: Received): string =>
  gap ? `gap ${gap.reason} ${gap.from}-${gap.to}` : `${channel} ${event.offset}`;

/** Reads what is there, up to so many. */
async function read({ receiver, rest }: ReturnType<typeof open>, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const got: string[] = [];
  await rest();
  while (got.length < most && receiver.waiting > 0) {
    const { value } = await receiver.next();
    if (value) got.push(shown(value));
    await rest();
  }
  return got;
}

const publish = (gateway: Rig["gateway"], channel: string, count: number): void => {
  for (let n = 0; n < count; n++) gateway.publish(channel, n);
};

test("for await takes events as they come; break ends the subscription", async () => {
  const { client, gateway, rest, receiver } = open();
  await rest();
  publish(gateway, "agent:a", 3);
  const got: number[] = [];
  const reading = (async () => {
    for await (const { event } of receiver) {
      if (event) got.push(event.offset);
      if (got.length === 3) break;
    }
  })();
  await rest();
  await reading;
  expect(got).toEqual([1, 2, 3]);
  publish(gateway, "agent:a", 1);
  await rest();
  expect(receiver.waiting).toBe(0);
  expect(await receiver.next()).toEqual({ done: true, value: undefined });
  client.close();
});

test("what is not coming is an item like an event, in its place", async () => {
  const made = open();
  await made.rest();
  publish(made.gateway, "agent:a", 1);
  await made.rest();
  made.transport.cut();
  publish(made.gateway, "agent:a", 4);
  made.gateway.trim("agent:a", 3);
  made.clock.pass(20_000);
  expect(await read(made)).toEqual(["agent:a 1", "gap trimmed 2-3", "agent:a 4", "agent:a 5"]);
});

test("a reader that is slow holds up no memory: it is let go, and goes on where it stopped", async () => {
  const made = open({ buffer: 10, since: "earliest" });
  await made.rest();
  for (let i = 0; i < 30; i++) {
    publish(made.gateway, "agent:a", 5);
    await made.rest();
    // The limit, and what came in the frame that passed it.
    expect(made.receiver.waiting).toBeLessThan(15);
  }
  expect(made.gateway.connections.size).toBe(1);
  expect(await read(made)).toEqual(Array.from({ length: 150 }, (_, i) => `agent:a ${i + 1}`));
});

test("of a pattern, a channel that is new while nobody reads is had from its first event", async () => {
  const made = open({ channel: "agent:*", buffer: 4 });
  await made.rest();
  publish(made.gateway, "agent:a", 6);
  await made.rest();
  publish(made.gateway, "agent:b", 3);
  await made.rest();
  const got = await read(made);
  expect(got.filter((each) => each.startsWith("agent:a"))).toEqual([1, 2, 3, 4, 5, 6].map((n) => `agent:a ${n}`));
  expect(got.filter((each) => each.startsWith("agent:b"))).toEqual([1, 2, 3].map((n) => `agent:b ${n}`));
});

test("the client's end is the stream's end; a refusal is its error", async () => {
  const closing = open();
  await closing.rest();
  const last = closing.receiver.next();
  closing.client.close();
  await closing.rest();
  closing.clock.pass(100);
  await settled();
  expect(await last).toEqual({ done: true, value: undefined });

  const refused = open();
  const problem = { name: "unauthenticated", number: 115, message: "", temporary: false, help: "Log in." } as const;
  refused.transport.refusal = { code: 3501, problem };
  const next = expect(refused.receiver.next()).rejects.toMatchObject({ name: "unauthenticated" });
  await refused.rest();
  refused.clock.pass(100);
  await settled();
  await next;
});

test("any rate of reading, any buffer, any cuts: each event once and in order", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("publish" as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant("read" as const), count: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant("cut" as const), count: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 25 }), async (buffer, steps) => {
      const made = open({ channel: "agent:*", buffer });
      await made.rest();
      const got: string[] = [];
      let kept = 0;
      for (const { do: deed, count } of steps) {
        if (deed === "publish") {
          publish(made.gateway, `agent:${kept % 2}`, count);
          kept += count;
        } else if (deed === "read") got.push(...(await read(made, count)));
        else {
          made.transport.cut();
          made.clock.pass(20_000);
        }
        await made.rest();
      }
      got.push(...(await read(made)));
      for (const channel of ["agent:0", "agent:1"]) {
        const { top } = made.gateway.history(channel);
        const expected = Array.from({ length: top }, (_, i) => `${channel} ${i + 1}`);
        expect(got.filter((each) => each.startsWith(channel))).toEqual(expected);
      }
      made.client.close();
    }),
    { numRuns: 100 },
  );
});
