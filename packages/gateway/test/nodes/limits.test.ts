/** A40 over two nodes: a rate is of both together. */
import { defaultNamespaces } from "@signalbox/core";
import { expect, test } from "vitest";
import { numbered, openGateway } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";

test("what one node let through the other counts, too", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const rates = { principal: { perSecond: 1, burst: 200 } };
  const one = await openGateway({ rates }, { store: cluster.node() });
  const other = await openGateway({ rates }, { store: cluster.node() });
  const taken = async (gateway: typeof one, from: number, to: number): Promise<number> =>
    (await gateway.publish(numbered("agent:a", from, to))).filter((result) => !("error" in result)).length;
  expect(await taken(one, 1, 100)).toBe(100);
  expect(await taken(one, 101, 200)).toBe(100);
  let passed = 0;
  // It decides at once, and hears a moment later what it should have known.
  for (let n = 0; n < 190; n++) {
    const more = await taken(other, n, n);
    if (more === 0) break;
    passed += more;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(passed).toBeLessThan(190);
});
