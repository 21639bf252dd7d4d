import fc from "fast-check";
import { expect, test } from "vitest";
import { gatewayUrl } from "../src/gateway-url.ts";

test.each([
  ["http://127.0.0.1:7400", "http://127.0.0.1:7400"],
  ["https://host.test/", "https://host.test"],
  ["ws://host.test:7400", "http://host.test:7400"],
  ["wss://host.test", "https://host.test"],
  ["WSS://Host.Test/Box//", "https://host.test/Box"],
  ["ws://host.test/box/v1/ws", "http://host.test/box"],
  ["ws://host.test/v1/ws/", "http://host.test"],
  ["localhost:7400", "http://localhost:7400"],
  ["host.test/box", "http://host.test/box"],
  ["[::1]:7400", "http://[::1]:7400"],
  ["wss://[2001:db8::1]:8443/a/b/", "https://[2001:db8::1]:8443/a/b"],
])("V7 %s is %s", (text, url) => {
  expect(gatewayUrl(text)).toBe(url);
});

test.each(["", "ftp://host.test", "http://", "ws://ho st"])("V7 %j is no address", (text) => {
  expect(() => gatewayUrl(text)).toThrow(TypeError);
});

test("V7 port and path stay, whatever they are, and what is mapped once stays so", () => {
  const segment = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const secure = fc.boolean();
  fc.assert(
    fc.property(
      secure,
      fc.integer({ min: 1_024, max: 65_535 }),
      fc.array(segment, { maxLength: 3 }),
      (tls, port, path) => {
        const rest = [`host.test:${port}`, ...path].join("/");
        const url = `http${tls ? "s" : ""}://${rest}`;
        expect(gatewayUrl(`ws${tls ? "s" : ""}://${rest}/v1/ws`)).toBe(url);
        expect(gatewayUrl(url)).toBe(url);
      },
    ),
  );
});
