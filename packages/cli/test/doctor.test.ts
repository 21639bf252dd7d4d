import { describe, expect, test } from "vitest";
import { checkClock } from "../src/doctor/gateway.ts";
import { checkNode, checkSqlite } from "../src/doctor/machine.ts";
import { waysFinding } from "../src/doctor/ways.ts";

describe("doctor", () => {
  test.each([
    ["22.12.9", "fail"],
    ["22.13.0", "warn"],
    ["22.22.1", "warn"],
    ["22.22.2", "ok"],
    ["23.11.0", "warn"],
    ["24.14.0", "warn"],
    ["24.14.1", "ok"],
    ["25.8.1", "warn"],
    ["26.0.0", "ok"],
  ])("Node %s: %s", (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  test.each([
    ["3.50.4", "warn"],
    ["3.51.2", "warn"],
    ["3.51.3", "ok"],
    ["4.0.0", "ok"],
    [undefined, "fail"],
  ])("SQLite %s: %s", (version, status) => {
    const finding = checkSqlite(version);
    expect(finding.status).toBe(status);
    expect(finding.mend === undefined).toBe(status === "ok");
  });

  test("what does not get through is named, with what clients use instead", () => {
    const ways = (...why: Array<string | undefined>) =>
      waysFinding((["websocket", "sse", "poll"] as const).map((way, index) => ({ way, why: why[index] })));
    expect(ways(undefined, undefined, undefined).status).toBe("ok");
    expect(ways("unreachable", "no word in 6 s", undefined)).toEqual({
      name: "transports",
      status: "warn",
      message:
        "WebSockets do not get through (unreachable); event streams do not get through (no word in 6 s); clients use polls",
      mend: expect.stringContaining("docs/blocked.md"),
    });
    expect(ways("a", "b", "c").message).not.toContain("clients use");
  });

  test("a clock is wrong only by more than the header's whole seconds and the way there can explain", () => {
    const now = Date.parse("2026-01-02T03:04:05.900Z");
    const header = (deltaMs: number): string => new Date(now + deltaMs).toUTCString();
    expect(checkClock(header(0), now, now + 50).status).toBe("ok");
    expect(checkClock(header(-5_000), now, now + 50).status).toBe("ok");
    expect(checkClock(header(-8_000), now, now + 50)).toMatchObject({ status: "warn" });
    expect(checkClock(header(60_000), now, now + 50)).toMatchObject({
      status: "warn",
      message: expect.stringContaining("59 s"),
    });
    expect(checkClock(null, now, now).status).toBe("warn");
  });
});
