/** Where other nodes reach this one. */
import { expect, test } from "vitest";
import { nodeUrlOf } from "../../src/http/url.ts";

const tls = { certFile: "c", keyFile: "k" };
const card = (address: string, internal = false, family: "IPv4" | "IPv6" = "IPv4") => ({
  ...{ address, internal, family, netmask: "", mac: "", cidr: null },
  ...(family === "IPv6" ? { scopeid: 0 } : {}),
});
type Cards = Parameters<typeof nodeUrlOf>[2];
const one = { lo: [card("127.0.0.1", true)], eth0: [card("10.0.0.7"), card("fe80::7", false, "IPv6")] } as Cards;
const two = { ...one, eth1: [card("192.168.0.7")] } as Cards;

test.each<[string, string, object, Cards, string | undefined]>([
  ["the address it listens on", "10.0.0.7", {}, two, "http://10.0.0.7:7400"],
  ["with TLS", "10.0.0.7", { tls }, two, "https://10.0.0.7:7400"],
  ["an address of IPv6", "fd00::7", {}, two, "http://[fd00::7]:7400"],
  ["of all addresses the only one", "0.0.0.0", {}, one, "http://10.0.0.7:7400"],
  ["of all addresses the only one, over IPv6", "::", {}, one, "http://10.0.0.7:7400"],
  ["of several nobody knows which", "0.0.0.0", {}, two, undefined],
  ["as configured, whatever it listens on", "0.0.0.0", { nodeUrl: "http://box:1" }, two, "http://box:1"],
])("%s", (_what, address, config, cards, url) => {
  const bound = { address, port: 7400, family: address.includes(":") ? "IPv6" : "IPv4" };
  expect(nodeUrlOf(bound, { nodeUrl: undefined, tls: undefined, ...config }, cards)).toBe(url);
});
