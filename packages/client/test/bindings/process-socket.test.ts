import { expect, test } from "vitest";
import { holdableClient } from "../../src/bindings/held-client.ts";
import { processSockets } from "../../src/bindings/process-socket.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { ModelTransport, settled } from "../support/model-transport.ts";

test("a link that comes back within a frame is told before what it brings", async () => {
  const clock = fakeClock();
  const transport = new ModelTransport();
  const held = holdableClient(
    { url: "http://gateway.test" },
    { clock, transports: [transport], onWake: () => () => {} },
  );
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      await settled();
      clock.pass(0);
      transport.deliver();
    }
  };
  const sockets = processSockets(held);
  const said: string[] = [];
  for (const event of ["connect", "disconnect", "process-output"]) sockets.on(event, () => said.push(event));
  sockets.connect();
  sockets.emit("subscribe-process", "a");
  await rest();
  clock.pass(20);
  transport.cut();
  await settled();
  transport.gateway.publish("process:a", 1, "process_output");
  held.client.connect();
  await rest();
  expect(said).toEqual(["connect", "disconnect", "connect", "process-output"]);
  sockets.disconnect();
});
