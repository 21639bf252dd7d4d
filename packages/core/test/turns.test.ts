import { expect, test } from "vitest";
import { Turns } from "../src/turns.ts";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const channel = "agent:a";

/** Turns whose event loop is run by hand. */
function handRun(unitsPerTurn: number): { turns: Turns; turn: () => boolean } {
  const coming: Array<() => void> = [];
  const turns = new Turns(unitsPerTurn, (run) => coming.push(run));
  const turn = (): boolean => {
    const next = coming.shift();
    next?.();
    return next !== undefined;
  };
  return { turns, turn };
}

test("work is done at once while there is room, and later in the order of the asking", () => {
  const { turns, turn } = handRun(10);
  const log: string[] = [];
  for (const name of ["a", "b", "c"]) turns.take({}, () => log.push(name) && 6);
  expect(log).toEqual(["a", "b"]);
  turn();
  expect(log).toEqual(["a", "b", "c"]);
  while (turn());
  turns.take({}, () => log.push("d") && 6);
  expect(log).toEqual(["a", "b", "c", "d"]);
});

test("a connection with a hundred subscriptions gets no more turns than one with a single one", () => {
  const { turns, turn } = handRun(4);
  const [many, single] = ["many", "single"].map((name) => ({ name }));
  const log: string[] = [];
  const endless = (owner: { name: string }): void =>
    turns.take(owner, () => {
      log.push(owner.name);
      endless(owner);
      return 2;
    });
  for (let i = 0; i < 100; i++) endless(many ?? { name: "" });
  endless(single ?? { name: "" });
  for (let i = 0; i < 20; i++) turn();
  const turnsOf = (name: string): number => log.filter((one) => one === name).length;
  expect(Math.abs(turnsOf("many") - turnsOf("single"))).toBeLessThanOrEqual(3);
});

test("what throws costs the others nothing", () => {
  const { turns, turn } = handRun(1);
  const log: string[] = [];
  turns.take({}, () => 1);
  turns.take({}, () => {
    throw new Error("a fault");
  });
  turns.take({}, () => log.push("after"));
  expect(turn).toThrow("a fault");
  turn();
  expect(log).toEqual(["after"]);
});

test("S15 a live event goes out between the replays of 500 clients", () => {
  const node = new FakeNode({ tailEvents: 10 });
  const live = new Viewer(node).open().subscribe({ channel: "process:p", since: "now" });
  const watching = new Viewer(node).open().subscribe({ channel, since: "now" });
  node.run();
  for (let n = 1; n <= 1_000; n++) node.publish(channel, { n });
  node.run();
  watching.cut();
  const clients = Array.from({ length: 500 }, () => new Viewer(node).open());
  for (const client of clients) client.subscribe({ channel, since: "earliest" });
  // As far as the answers of the store go: replay has begun, and is far from its end.
  const replayed = (): number => clients.reduce((sum, client) => sum + client.offsets(channel).length, 0);
  while (replayed() === 0) node.step();
  const before = replayed();
  node.publish("process:p", { now: true });
  while (live.offsets("process:p").length === 0) node.step();
  expect(replayed() - before).toBeLessThan(10_000);
  node.run();
  expect(replayed()).toBe(500_000);
  for (const client of clients) expect(client.faults).toEqual([]);
});
