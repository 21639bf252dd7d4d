/** In a file of its own: whoever ran before would have loaded it. */
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { openGateway } from "../../support/gateway.ts";
import { rawRequest } from "../../support/raw.ts";

test("P12 nothing of Socket.IO is loaded before its first client", async () => {
  const { cache } = createRequire(import.meta.url);
  const isLoaded = (): boolean => Object.keys(cache).some((file) => /node_modules\/socket\.io\//.test(file));
  const gateway = await openGateway();
  await gateway.publish([{ type: "system_alert", data: { message: "m" } }]);
  expect(isLoaded()).toBe(false);
  await rawRequest(gateway, "/socket.io/?EIO=4&transport=polling", { anonymous: true });
  expect(isLoaded()).toBe(true);
});
