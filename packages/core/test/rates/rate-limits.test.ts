import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Gcra } from "../../src/rates/gcra.ts";
import { type Asker, RateLimits } from "../../src/rates/rate-limits.ts";

const ada: Asker = { principal: "ada", address: "192.0.2.1", tenant: "acme" };
const slow = { perSecond: 1, burst: 2 };

describe("A40 limits together", () => {
  test.each([
    [{ principal: slow }, "principal", { ...ada, principal: "bob" }],
    [{ address: slow }, "address", { ...ada, address: "192.0.2.2" }],
    [{ tenant: slow }, "tenant", { ...ada, tenant: "other" }],
    [{ types: { agent_log: slow } }, "type", { ...ada, principal: "bob" }],
  ] as const)("%o limits by %s, and nobody else for it", (rules, by, other) => {
    const limits = new RateLimits(rules, 100);
    const asked = Array.from({ length: 3 }, () => limits.take(ada, "agent_log", 0));
    expect(asked).toEqual([undefined, undefined, { by, retryAfterMs: 1_000 }]);
    expect(limits.take(other, "agent_log", 0)).toBeUndefined();
    expect(limits.take(ada, "agent_log", 1_000)).toBeUndefined();
  });

  test("a type without a limit of its own has none, whatever it is called", () => {
    const limits = new RateLimits({ types: { agent_log: slow } }, 100);
    for (const type of ["agent_status", "__proto__", "constructor"]) {
      for (let i = 0; i < 10; i++) expect(limits.take(ada, type, 0)).toBeUndefined();
    }
  });

  test("of several reasons the longest wait is told", () => {
    const limits = new RateLimits({ principal: { perSecond: 10, burst: 1 }, tenant: { perSecond: 1, burst: 1 } }, 100);
    limits.take(ada, "agent_log", 0);
    expect(limits.take(ada, "agent_log", 0)).toEqual({ by: "tenant", retryAfterMs: 1_000 });
  });

  test("what one limit refuses costs nothing with the others", () => {
    const limits = new RateLimits({ principal: { perSecond: 1, burst: 1 }, tenant: { perSecond: 1, burst: 10 } }, 100);
    for (let i = 0; i < 100; i++) limits.take(ada, "agent_log", 0);
    const others = Array.from({ length: 10 }, (_, i) => limits.take({ ...ada, principal: `p${i}` }, "agent_log", 0));
    expect(others.filter((one) => one === undefined)).toHaveLength(9);
  });

  test("a cost is charged in its unit, and one that can never pass says so", () => {
    const bytes = new RateLimits({ principal: { perSecond: 1_000, burst: 2_000 } }, 100);
    expect(bytes.take(ada, "agent_log", 0, 1_500)).toBeUndefined();
    expect(bytes.take(ada, "agent_log", 0, 1_500)).toEqual({ by: "principal", retryAfterMs: 1_000 });
    expect(bytes.take(ada, "agent_log", 0, 3_000)?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("who is unknown is limited by address alone", () => {
    const limits = new RateLimits({ principal: slow, address: slow, tenant: slow }, 100);
    const asked = Array.from({ length: 3 }, () => limits.take({ address: "192.0.2.1" }, "auth_request", 0));
    expect(asked.at(-1)?.by).toBe("address");
  });

  test("tenants are fair to each other: what one has left does not depend on the other", () => {
    const events = fc.array(fc.tuple(fc.constantFrom("acme", "other"), fc.integer({ min: 0, max: 300 })), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(events, (asked) => {
        const limits = new RateLimits({ tenant: { perSecond: 5, burst: 3 } }, 10);
        const alone = new Map([
          ["acme", new Gcra({ perSecond: 5, burst: 3 })],
          ["other", new Gcra({ perSecond: 5, burst: 3 })],
        ]);
        for (const own of alone.values()) own.take(0, 0);
        limits.take({ tenant: "acme" }, "agent_log", 0, 0);
        let nowMs = 0;
        for (const [tenant, passed] of asked) {
          nowMs += passed;
          const admitted = limits.take({ tenant }, "agent_log", nowMs) === undefined;
          expect(admitted).toBe(alone.get(tenant)?.take(nowMs) === 0);
        }
      }),
    );
  });
});
