/** The arithmetic of docs/scaling.md, and that the page shows it: `npx vitest run --project unit bench/test/scaling.test.ts -u` writes it anew. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { figureNames, figures, type Parameters, parametersOf } from "../scaling/figures.ts";
import { eventsOfOneChannel, fleet, plan, stage, withRelays } from "../scaling/plan.ts";
import { type Storm, storm } from "../scaling/storm.ts";
import { sizes, tables, withTables } from "../scaling/tables.ts";

const page = fileURLToPath(new URL("../../docs/scaling.md", import.meta.url));
const parameters = parametersOf(figures);

test("docs/scaling.md shows what the figures give", async () => {
  await expect(withTables(readFileSync(page, "utf8"), tables(figures, parameters))).toMatchFileSnapshot(page);
});

test("each figure is there, and says where it is from", () => {
  expect(Object.keys(figures).sort()).toEqual([...figureNames].sort());
  for (const { value, kind, what, from } of Object.values(figures)) {
    expect(value).toBeGreaterThan(0);
    expect(["measured", "assumed", "price"]).toContain(kind);
    expect(what.length * from.length).toBeGreaterThan(0);
  }
});

describe("a plan", () => {
  const viewers = fc.integer({ min: 1, max: 1e9 });
  const workload = fc.constantFrom(fleet, stage);

  test("has room for all viewers, in CPU, memory and number", () => {
    fc.assert(
      fc.property(viewers, workload, (count, one) => {
        const { nodes, viewersPerNode, delivered, egressGbits } = plan(count, one, parameters);
        expect(nodes * viewersPerNode).toBeGreaterThanOrEqual(count * 0.999);
        expect(viewersPerNode).toBeLessThanOrEqual(parameters.viewersMost);
        expect(viewersPerNode * parameters.viewerBytes).toBeLessThanOrEqual(
          (parameters.headroom * parameters.machineGb * 1e9) / parameters.nodesPerMachine,
        );
        expect(delivered).toBeCloseTo(count * one.watched * one.events, 3);
        expect(egressGbits).toBeCloseTo((delivered * parameters.wireBytes * 8) / 1e9, 6);
      }),
    );
  });

  test("of more viewers never has less of anything", () => {
    fc.assert(
      fc.property(viewers, viewers, workload, (a, b, one) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map((count) => plan(count, one, parameters));
        for (const what of ["nodes", "machines", "delivered", "shards", "egressUsd"] as const) {
          expect(few?.[what]).toBeLessThanOrEqual(many?.[what] ?? 0);
        }
      }),
    );
  });

  test("an event goes to no more nodes than there are, nor than it has viewers", () => {
    fc.assert(
      fc.property(viewers, workload, (count, one) => {
        const { followers, nodes } = plan(count, one, parameters);
        expect(followers).toBeLessThanOrEqual(nodes);
        expect(followers).toBeLessThanOrEqual((count * one.watched) / Math.max(1, one.channels(count)) + 1e-6);
      }),
    );
  });

  test("in cells costs Redis less, and never loses a viewer", () => {
    for (const count of sizes) {
      const [one, many] = [plan(count, fleet, parameters), plan(count, fleet, parameters, 200_000)];
      expect(many.redisCores).toBeLessThanOrEqual(one.redisCores);
      expect(many.delivered).toBeCloseTo(one.delivered, 3);
    }
  });

  test("what is dearer to deliver takes more nodes, where CPU is the limit", () => {
    const dear: Parameters = { ...parameters, deliverUs: 80, viewersMost: 1e9 };
    const cheap: Parameters = { ...parameters, viewersMost: 1e9 };
    expect(plan(1e6, stage, dear).nodes).toBeGreaterThan(plan(1e6, stage, cheap).nodes);
    expect(plan(1e6, stage, dear).nodeLimit).toBe("CPU");
  });
});

test("relays make Redis' part independent of the number of nodes", () => {
  const flat = plan(1e8, stage, parameters);
  const tree = withRelays(flat, 200, parameters);
  expect(tree.followers).toBeLessThanOrEqual(200);
  expect(tree.redisCores).toBeLessThan(flat.redisCores / 100);
  expect(tree.levels).toBe(1);
  expect(withRelays(plan(10_000, stage, parameters), 200, parameters)).toMatchObject({
    levels: 0,
    relays: 0,
    addedMs: 0,
  });
});

test("a channel that more nodes follow can have fewer events", () => {
  const rates = [1, 10, 100, 1_000, 10_000].map((nodes) => eventsOfOneChannel(nodes, parameters));
  expect([...rates].sort((a, b) => b - a)).toEqual(rates);
});

describe("a storm", () => {
  const calm: Storm = {
    ...{ name: "", nodes: 3, before: 100, clients: 1_000, comeBack: "by themselves" },
    ...{ watched: 5, channels: 300, missed: 10, seed: 1 },
  };

  test("of the same seed is the same", () => {
    expect(storm(calm, parameters)).toEqual(storm(calm, parameters));
    expect(storm(calm, parameters)).not.toEqual(storm({ ...calm, seed: 2 }, parameters));
  });

  test("brings everybody back, whatever the seed, and asks Redis for each channel of a node once", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 5_000 }),
        (seed, nodes, clients) => {
          const { peakConnectsPerS, allBackS, halfBackS, peakReadsPerS } = storm(
            { ...calm, seed, nodes, clients },
            parameters,
          );
          expect(peakConnectsPerS).toBeGreaterThanOrEqual(1);
          expect(peakConnectsPerS).toBeLessThanOrEqual(clients);
          expect(halfBackS).toBeLessThanOrEqual(allBackS);
          expect(peakReadsPerS).toBeLessThanOrEqual(nodes * calm.channels);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("of clients that were told when to come back has a lower peak than of those that were not", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const told = storm({ ...calm, seed, clients: 10_000, comeBack: "as told" }, parameters);
      const alone = storm({ ...calm, seed, clients: 10_000 }, parameters);
      expect(told.peakConnectsPerS * 5).toBeLessThan(alone.peakConnectsPerS);
    }
  });

  test("that is too large makes clients give up, and come back later all the same", () => {
    const { gaveUp, allBackS } = storm({ ...calm, nodes: 1, clients: 60_000 }, parameters);
    expect(gaveUp).toBeGreaterThan(0);
    expect(allBackS).toBeGreaterThan(10);
  });

  test("of nodes that follow everything already reads nothing", () => {
    expect(storm({ ...calm, before: 10_000 }, parameters).peakReadsPerS).toBe(0);
  });
});
