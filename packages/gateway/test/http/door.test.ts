import { describe, expect, test } from "vitest";
import { Door } from "../../src/http/door.ts";

const door = (
  options: { host?: string; allowedHosts?: string[]; allowedOrigins?: string[] } = {},
  address = "127.0.0.1",
) => {
  const made = new Door({
    host: options.host ?? "127.0.0.1",
    allowedHosts: [],
    allowedOrigins: [],
    ...options,
  });
  made.opened(address, 7400);
  return made;
};

describe("A1 Host", () => {
  test.each(["127.0.0.1:7400", "localhost:7400", "LOCALHOST:7400", "[::1]:7400"])("%s is this gateway", (host) => {
    expect(door().refuse({ host })).toBeUndefined();
  });

  test.each([
    "evil.test",
    "evil.test:7400",
    "localhost",
    "localhost:7401",
    "localhost.evil.test:7400",
    "127.0.0.1.evil.test:7400",
    "127.0.0.1:7400@evil.test",
    "localhost:7400:7400",
    "192.168.0.9:7400",
    "[::1:7400",
    "",
  ])("%s is not", (host) => {
    expect(door().refuse({ host })?.name).toBe("forbidden_host");
  });

  test("no Host at all is refused", () => {
    expect(door().refuse({})?.name).toBe("forbidden_host");
  });

  test("the configured host and allowed names are this gateway, with their port if they have one", () => {
    const own = door({ host: "box.lan", allowedHosts: ["signalbox.example.org", "proxy.test:8443"] }, "10.1.2.3");
    for (const host of [
      "box.lan:7400",
      "10.1.2.3:7400",
      "signalbox.example.org",
      "signalbox.example.org:443",
      "proxy.test:8443",
    ]) {
      expect(own.refuse({ host })).toBeUndefined();
    }
    expect(own.refuse({ host: "proxy.test" })?.name).toBe("forbidden_host");
  });

  test("listening everywhere it is called by any address, but by no other name", () => {
    const open = door({ host: "0.0.0.0" }, "0.0.0.0");
    expect(open.refuse({ host: "192.168.0.9:7400" })).toBeUndefined();
    expect(open.refuse({ host: "[fe80::1]:7400" })).toBeUndefined();
    expect(open.refuse({ host: "evil.test:7400" })?.name).toBe("forbidden_host");
  });
});

test("A1 with TLS the gateway's own origin begins with https, and a Host without a port means 443", () => {
  const secure = new Door({ host: "127.0.0.1", allowedHosts: [], allowedOrigins: [], tls: true });
  secure.opened("127.0.0.1", 443);
  for (const host of ["localhost", "localhost:443"]) {
    expect(secure.refuse({ host, origin: `https://${host}` })).toBeUndefined();
    expect(secure.refuse({ host, origin: `http://${host}` })?.name).toBe("forbidden_origin");
  }
  expect(secure.refuse({ host: "localhost:80" })?.name).toBe("forbidden_host");
  expect(door().refuse({ host: "localhost" })?.name).toBe("forbidden_host");
});

describe("A1 Origin", () => {
  const host = "127.0.0.1:7400";

  test("missing, or the gateway's own, is allowed", () => {
    expect(door().refuse({ host })).toBeUndefined();
    expect(door().refuse({ host, origin: "http://127.0.0.1:7400" })).toBeUndefined();
  });

  test.each([
    "https://evil.com",
    "null",
    "",
    "http://127.0.0.1",
    "https://127.0.0.1:7400",
    "http://localhost:7400",
    "http://127.0.0.1:7401",
    "http://127.0.0.1:7400.evil.com",
    "http://127.0.0.1:7400@evil.com",
    "http://127.0.0.1:7400/",
    "https://good.com.evil.com",
    "https://good.com@evil",
    "https://good.com:444",
    "http://good.com",
    "https://good.com, https://good.com",
  ])("%s is refused", (origin) => {
    expect(door({ allowedOrigins: ["https://good.com"] }).refuse({ host, origin })?.name).toBe("forbidden_origin");
  });

  test("an allowed one comes in, and is named in CORS headers", () => {
    const open = door({ allowedOrigins: ["https://good.com"] });
    expect(open.refuse({ host, origin: "https://good.com" })).toBeUndefined();
    expect(open.foreignOrigin({ origin: "https://good.com" })).toBe("https://good.com");
    expect(open.foreignOrigin({ origin: "http://127.0.0.1:7400" })).toBeUndefined();
  });
});
