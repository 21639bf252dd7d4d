/** §12: the life of a lease, without clocks and stores. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Lease, leaseIsHeld, stepLease } from "../../src/steering/lease.ts";
import { facts } from "./facts.ts";

const channel = "agent:a";
const gateway = { by: "gateway:n1", id: channel, channel };

const take = (before: Lease | undefined, type: string, data: Record<string, unknown>, more = {}) =>
  stepLease(before, { type, data: { channel, ...data } }, facts({ ...gateway, ...more }));

const held: Lease = {
  ...{ channel, producer: "a-1", epoch: 4, ttlMs: 15_000, state: "held", by: "agent:a", since: 1_000_000 },
};
const released: Lease = { ...held, state: "released", endedAt: 1_000_100 };
const lost: Lease = { ...held, state: "lost", endedAt: 1_000_100 };
const own = { producer: "a-1", epoch: 4 };
const old = { producer: "a-1", epoch: 3 };
const other = { producer: "a-2", ttlMs: 1_000 };

type Row = [what: string, before: Lease | undefined, type: string, data: Record<string, unknown>, outcome: object];

describe("§12 steps of a lease", () => {
  test.each<Row>([
    ["the first one has epoch 1", undefined, "lease_held", other, { next: { epoch: 1, state: "held" } }],
    ["a higher epoch may be asked for", undefined, "lease_held", { ...other, epoch: 9 }, { next: { epoch: 9 } }],
    ["never a lower one", held, "lease_held", { ...other, producer: "a-1", epoch: 2 }, { next: { epoch: 5 } }],
    ["the same producer comes back", held, "lease_held", { producer: "a-1", ttlMs: 1 }, { next: { epoch: 5 } }],
    ["another one is refused", held, "lease_held", other, { failed: "leased", details: own }],
    ["unless it takes over", held, "lease_held", { ...other, takeOver: true }, { next: { producer: "a-2", epoch: 5 } }],
    ["a released one is free", released, "lease_held", other, { next: { producer: "a-2", epoch: 5 } }],
    ["a lost one is free", lost, "lease_held", other, { next: { producer: "a-2", epoch: 5 } }],
    ["its holder releases it", held, "lease_released", own, { type: "lease_released", next: { state: "released" } }],
    ["an older epoch does not", held, "lease_released", old, { failed: "fenced", details: own }],
    ["another producer does not", held, "lease_released", { ...own, producer: "a-2" }, { failed: "fenced" }],
    ["what nobody held is not there", undefined, "lease_released", own, { failed: "not_found" }],
    ["it is lost once", lost, "lease_lost", own, { failed: "wrong_state", details: { state: "lost" } }],
    ["a released one is never lost", released, "lease_lost", own, { failed: "wrong_state" }],
    ["an older one is never lost", held, "lease_lost", old, { failed: "fenced" }],
  ])("%s", (_what, before, type, data, outcome) => {
    expect(take(before, type, data)).toMatchObject(outcome);
  });

  test("§12.2 both who held it and who holds it are fenced below the new epoch", () => {
    expect(take(held, "lease_held", { ...other, takeOver: true })).toMatchObject({
      fence: { producers: ["a-2", "a-1"], epoch: 5 },
      data: { previous: { ...own, state: "held" } },
    });
    expect(take(held, "lease_held", { ...other, producer: "a-1" })).toMatchObject({
      fence: { producers: ["a-1"], epoch: 5 },
    });
  });

  test("§12.3 an agent gets the status lost, other channels and agents that ended get lease_lost", () => {
    const data = { ...own, reason: "silent" };
    expect(take(held, "lease_lost", { ...data, previousStatus: "busy" })).toMatchObject({
      type: "agent_status",
      data: { agentId: "a", status: "lost", previousStatus: "busy", reason: "silent", ...own },
      next: { state: "lost" },
    });
    for (const previousStatus of ["done", "failed", "error", "cancelled"]) {
      expect(take(held, "lease_lost", { ...data, previousStatus })).toMatchObject({ type: "lease_lost" });
    }
    const elsewhere = { ...held, channel: "session:s" };
    const asked = take(elsewhere, "lease_lost", data, { id: "session:s", channel: "session:s" });
    expect(asked).toMatchObject({ type: "lease_lost", data: { channel: "session:s", ...own, reason: "silent" } });
  });

  test("nobody but the gateway takes these steps", () => {
    for (const type of ["lease_held", "lease_released", "lease_lost"]) {
      expect(take(held, type, own, { by: "user:gateway:n1" })).toMatchObject({ failed: "forbidden" });
    }
  });

  test("epochs only rise, one holds at a time, and no lease ends twice", () => {
    const steps = fc.array(
      fc.record({
        type: fc.constantFrom("lease_held", "lease_released", "lease_lost"),
        producer: fc.constantFrom("a", "b", "c"),
        epoch: fc.integer({ min: 1, max: 12 }),
        takeOver: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let lease: Lease | undefined;
        const ended = new Set<number>();
        for (const { type, producer, epoch, takeOver } of all) {
          const stepped = take(lease, type, { producer, epoch, takeOver, ttlMs: 1_000 });
          if (stepped.did !== "change") continue;
          const { next, fence } = stepped;
          if (type === "lease_held") {
            expect(next.epoch).toBeGreaterThan(lease?.epoch ?? 0);
            expect(fence?.epoch).toBe(next.epoch);
            expect(fence?.producers).toEqual(expect.arrayContaining([producer, lease?.producer ?? producer]));
            if (lease !== undefined && leaseIsHeld(lease)) expect(takeOver || producer === lease.producer).toBe(true);
          } else {
            expect(ended.has(next.epoch)).toBe(false);
            ended.add(next.epoch);
            expect(next).toMatchObject({ epoch, producer });
          }
          lease = next;
        }
      }),
      { numRuns: 500 },
    );
  });
});
