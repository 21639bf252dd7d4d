/** The core alone, over a real server. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Core, createCore, websocketTransport } from "../src/core.ts";
import { LiveCore } from "../src/live-core.ts";
import { type Mini, miniGateway } from "./support/mini-gateway.ts";

let mini: Mini;
let core: Core;

beforeEach(async () => {
  mini = await miniGateway();
  core = createCore({
    url: mini.url,
    transports: [websocketTransport(WebSocket)],
    backoff: { minMs: 5, maxMs: 20 },
  });
});

afterEach(async () => {
  core.close();
  await mini.close();
});

/** Follows `agent:a`; `has(n)` resolves when n came. */
function follow() {
  const got: unknown[] = [];
  const waiting = new Map<unknown, () => void>();
  core.watch("agent:a", {
    since: "earliest",
    onEvent({ data }) {
      const { n } = data as { n: number };
      got.push(n);
      waiting.get(n)?.();
    },
  });
  return {
    got,
    has: (n: number) => new Promise<void>((resolve) => (got.includes(n) ? resolve() : waiting.set(n, resolve))),
  };
}

test("over one transport it follows a channel and resumes after a cut, each event once", async () => {
  mini.publish("agent:a", 1);
  const { got, has } = follow();
  await has(1);
  mini.cut(1001);
  mini.publish("agent:a", 2);
  await has(2);
  mini.tear();
  mini.publish("agent:a", 3);
  await has(3);
  expect(got).toEqual([1, 2, 3]);
  expect(core.link.snapshot()).toMatchObject({ state: "live", transport: "websocket", queued: 0 });
});

test("it has no queue of publishes: one is refused with a reason", () => {
  expect(core).toBeInstanceOf(LiveCore);
  if (!(core instanceof LiveCore)) return;
  const draft = { type: "tick", channel: "agent:a", data: { n: 1 } };
  expect(core.publish(draft)).toMatchObject({ name: "closed", message: "This client only watches." });
});
