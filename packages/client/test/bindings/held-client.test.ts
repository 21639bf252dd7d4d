import { expect, test } from "vitest";
import { gatewayUrl, holdableClient } from "../../src/bindings/held-client.ts";
import { makeSharedClients } from "../../src/bindings/shared-client.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { ModelTransport, settled } from "../support/model-transport.ts";

function outside() {
  const clock = fakeClock();
  const transport = new ModelTransport();
  const waking: Array<() => void> = [];
  const onWake = (wake: () => void): (() => void) => {
    waking.push(wake);
    return () => void waking.splice(waking.indexOf(wake), 1);
  };
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      await settled();
      clock.pass(0);
      transport.deliver();
    }
  };
  return { clock, transport, waking, rest, deps: { clock, transports: [transport], onWake } };
}
const url = "http://gateway.test";

test("making one touches nothing outside; it is connected while it is held, and a second longer", async () => {
  const { clock, transport, waking, rest, deps } = outside();
  const held = holdableClient({ url }, deps);
  await rest();
  expect([transport.dials.length, waking.length, clock.timers]).toEqual([0, 0, 0]);
  const first = held.hold();
  const second = held.hold();
  await rest();
  expect(held.client.link.snapshot().state).toBe("live");
  expect([transport.dials.length, waking.length]).toEqual([1, 1]);
  first.release();
  first.release();
  clock.pass(5_000);
  expect(held.client.link.snapshot().state).toBe("live");
  second.release();
  clock.pass(999);
  const third = held.hold();
  clock.pass(5_000);
  await rest();
  expect([held.client.link.snapshot().state, transport.dials.length]).toEqual(["live", 1]);
  third.release();
  clock.pass(1_000);
  await rest();
  expect(held.client.link.snapshot().state).toBe("stopped");
  expect([waking.length, clock.timers]).toEqual([0, 0]);
  // A view that is kept aside may come back much later.
  held.hold();
  await rest();
  expect(held.client.link.snapshot().state).toBe("live");
});

test("the same address and token is the same client, as long as somebody holds it", async () => {
  const { clock, rest, deps } = outside();
  const shared = makeSharedClients();
  const token = (): string => "t";
  const one = shared({ url, token }, deps);
  expect(one.peek()).toBe(undefined);
  const held = one.hold();
  expect(shared({ url: "ws://gateway.test/v1/ws", token }, deps).peek()).toBe(held.client);
  expect(shared({ url, token: () => "t" }, deps).peek()).toBe(undefined);
  expect(shared({ url: "http://other.test", token }, deps).peek()).toBe(undefined);
  await rest();
  held.release();
  clock.pass(1_000);
  expect(one.peek()).toBe(undefined);
});

test.each([
  ["http://gateway.test:7400", "http://gateway.test:7400"],
  ["ws://gateway.test:7400", "http://gateway.test:7400"],
  ["wss://gateway.test/v1/ws", "https://gateway.test"],
  ["wss://gateway.test/prefix/v1/ws/", "https://gateway.test/prefix"],
  ["/", "/"],
])("the address %s is that of the gateway %s", (given, address) => {
  expect(gatewayUrl(given)).toBe(address);
});
