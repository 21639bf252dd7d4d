import { StoreAway } from "@signalbox/core";
import { expect } from "vitest";
import { entries, entry } from "../store/trial.ts";
import { type BrokerTrial, flushed, type Member, soon, upTo } from "./trial.ts";

export function membershipTests(trial: BrokerTrial): void {
  trial.test("every node sees all nodes, with what each says of itself", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    const load = { state: "ready", url: "http://10.0.0.7:7400", sessions: 3, subscriptions: 5, channels: 7 } as const;
    b.broker.describe(load);
    const about = { version: "1.2.3", startedMs: 1_700_000_000_000 };
    for (const member of [a, b]) {
      await soon(async () => {
        const nodes = await member.broker.nodes();
        expect(nodes).toMatchObject([
          { name: a.name, ...about },
          { name: b.name, ...about, ...load },
        ]);
        for (const { silentMs } of nodes) expect(silentMs).toBeGreaterThanOrEqual(0);
      });
    }
  });

  trial.test("a node that goes is gone for all others, and they are told once", async () => {
    const { members, join } = await trial.nodes(3);
    const [a, b, c] = members as [Member, Member, Member];
    // Each has seen the others.
    for (const member of members) await soon(async () => expect(await member.broker.nodes()).toHaveLength(3));
    await trial.close(c);
    for (const member of [a, b]) await soon(() => expect(member.left).toEqual([c.name]));
    const next = await join();
    for (const member of [a, b, next]) {
      await soon(async () => {
        const names = (await member.broker.nodes()).map(({ name }) => name);
        expect(names.sort()).toEqual([a.name, b.name, next.name].sort());
      });
    }
    expect(a.left).toEqual([c.name]);
    expect(next.left).toEqual([]);
  });

  trial.test("a node that dies is gone for all others, and they are told once", async () => {
    const { cluster, members } = await trial.nodes(3);
    const [a, b, c] = members as [Member, Member, Member];
    for (const member of members) await soon(async () => expect(await member.broker.nodes()).toHaveLength(3));
    await cluster.kill?.(c.broker);
    for (const member of [a, b]) await soon(() => expect(member.left).toEqual([c.name]));
    for (const member of [a, b]) {
      await soon(async () => expect((await member.broker.nodes()).map(({ name }) => name)).not.toContain(c.name));
    }
    await flushed(a, b);
    expect([a.left, b.left]).toEqual([[c.name], [c.name]]);
  });

  trial.test("a node that was cut off is told that it missed something, and hears again", async () => {
    const { cluster, members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    await b.broker.follow("roomy:x");
    await a.broker.append(entries("roomy:x", 1, 3));
    await soon(() => expect(b.heard("roomy:x")).toEqual([1, 2, 3]));
    await cluster.cut?.(b.broker);
    await soon(() => expect(b.reachable).toEqual([false]));
    await expect(b.broker.append([entry("roomy:x", "b1")])).rejects.toThrow(StoreAway);
    await expect(b.broker.read("roomy:x", 0, 1, 1_000)).rejects.toThrow(StoreAway);
    await expect(b.broker.follow("roomy:y")).rejects.toThrow(StoreAway);
    await a.broker.append(entries("roomy:x", 4, 6));
    await cluster.heal?.(b.broker);
    await soon(() => expect(b.reachable).toEqual([false, true]));
    await soon(() => expect(b.missed.length).toBeGreaterThan(0));
    // Asked after that it says where the channel stands, and everything after is heard.
    expect((await b.broker.follow("roomy:x"))?.top).toBe(6);
    await a.broker.append(entries("roomy:x", 7, 9));
    await soon(() => expect(b.heard("roomy:x").filter((offset) => offset > 6)).toEqual([7, 8, 9]));
    b.broker.tell("back", "");
    await soon(() => expect(a.told).toContainEqual({ topic: "back", body: "", node: b.name }));
    expect(a.reachable).toEqual([]);
    expect(a.heard("roomy:x")).toEqual([]);
    expect((await a.broker.read("roomy:x", 0, 100, 10_000)).events.map(({ offset }) => offset)).toEqual(upTo(9));
  });
}
