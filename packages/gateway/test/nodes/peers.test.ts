/** Who is there, as the store lists it. */
import type { NodeInfo } from "@signalbox/core";
import { expect, test } from "vitest";
import { until } from "../../../../test/support/until.ts";
import { createLog } from "../../src/index.ts";
import { markOf, Peers } from "../../src/nodes/peers.ts";

const node = (name: string, more: Partial<NodeInfo> = {}): NodeInfo => ({
  ...{ name, version: "1", startedMs: 0, state: "ready", url: `http://${name}`, silentMs: 0 },
  ...{ sessions: 0, subscriptions: 0, channels: 0, ...more },
});

/** Lists what the test says, when the test says so. */
function open(self: string) {
  const asked: Array<PromiseWithResolvers<NodeInfo[]>> = [];
  let changes = 0;
  const peers = new Peers({
    broker: {
      nodes: () => {
        const answer = withResolvers<NodeInfo[]>();
        asked.push(answer);
        return answer.promise;
      },
    },
    self,
    log: createLog({ level: "silent", pretty: false }),
    changed: () => changes++,
  });
  const listed = async (...nodes: NodeInfo[]): Promise<void> => {
    const done = peers.list();
    asked.at(-1)?.resolve(nodes);
    await done;
  };
  return { peers, asked, listed, changes: () => changes };
}

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

test("those that are ready take work, and this node always; a change is told once", async () => {
  const { peers, listed, changes } = open("b");
  expect(peers.working).toEqual(["b"]);
  await listed(node("c"), node("a"), node("d", { state: "stopping" }), node("b", { state: "starting" }));
  expect(peers.working).toEqual(["a", "b", "c"]);
  await listed(node("a"), node("b"), node("c"));
  expect(changes()).toBe(1);
  await listed(node("b"), node("c"));
  expect([peers.working, changes()]).toEqual([["b", "c"], 2]);
});

test("one that left is not there, also where a list that was asked for before has it; one that comes back is", async () => {
  const { peers, asked, listed } = open("b");
  await listed(node("a"), node("b"));
  const late = peers.list();
  peers.left("a");
  expect(peers.working).toEqual(["b"]);
  asked.at(-1)?.resolve([node("a"), node("b")]);
  await late;
  expect([peers.working, peers.nameOf(markOf("a"))]).toEqual([["b"], undefined]);
  await listed(node("a"), node("b"));
  expect([peers.working, peers.nameOf(markOf("a"))]).toEqual([["a", "b"], "a"]);
});

test("a store that is away takes nobody away", async () => {
  const { peers, asked, listed, changes } = open("b");
  await listed(node("a"), node("b"));
  const failed = peers.list();
  asked.at(-1)?.reject(new Error("away"));
  await failed;
  expect([peers.working, changes()]).toEqual([["a", "b"], 1]);
  expect(await peers.find(markOf("a"))).toMatchObject({ name: "a" });
});

test("who asks for nodes that nobody knows has the list read now and then, and no more", async () => {
  const { peers, asked } = open("b");
  const all = Promise.all(Array.from({ length: 100 }, (_, n) => peers.find(`mark-${n}`)));
  asked[0]?.resolve([node("b")]);
  await all;
  // Who asks at once again waits until the list is older.
  const again = Promise.all(Array.from({ length: 100 }, (_, n) => peers.find(`mark-${n}`)));
  expect(asked).toHaveLength(1);
  await until("the list is read again", () => asked.length === 2);
  asked[1]?.resolve([node("b"), node("mark")]);
  await again;
  expect(asked).toHaveLength(2);
});
