import { expect, test } from "vitest";
import { checkNodes, checkRedis } from "../src/doctor/nodes.ts";

const node = (name: string, more: object = {}) => ({ name, version: "0.1.0", state: "ready", silentMs: 900, ...more });

test("a gateway that is alone has no nodes to look at", () => {
  expect(checkNodes({ shared: false, nodes: [node("a")] })).toEqual([]);
});

test.each([
  ["all well", [node("a"), node("b")], "ok", "2 share a store, all ready"],
  ["one stops", [node("a"), node("b", { state: "stopping" })], "ok", "2 share a store, b not ready"],
  ["one is silent", [node("a"), node("b", { silentMs: 8_000 })], "warn", "not heard of for a while: b"],
  ["a deploy goes on", [node("a"), node("b", { version: "0.2.3" })], "ok", "2 share a store, all ready"],
  [
    "too far apart",
    [node("a"), node("b", { version: "0.2.0" }), node("c", { version: "0.3.0" })],
    "warn",
    "of versions 0.1.0, 0.2.0, 0.3.0",
  ],
] as const)("nodes: %s", (_what, nodes, status, message) => {
  expect(checkNodes({ shared: true, nodes })).toEqual([expect.objectContaining({ name: "nodes", status, message })]);
});

test("a Redis that is not there is said, with what to do", async () => {
  const [found] = await checkRedis({ url: "redis://127.0.0.1:1" });
  expect(found).toMatchObject({ name: "redis", status: "fail", mend: expect.stringContaining("SIGNALBOX_REDIS_URL") });
});
