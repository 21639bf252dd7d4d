import { expect } from "vitest";
import { entries, entry } from "../store/trial.ts";
import { type BrokerTrial, flushed, type Member, soon, upTo } from "./trial.ts";

export function followingTests(trial: BrokerTrial): void {
  trial.test("whoever follows a channel hears what any node keeps in it, this one too", async () => {
    const { members } = await trial.nodes(3);
    const [a, b, c] = members as [Member, Member, Member];
    const before = await a.broker.follow("roomy:x");
    expect(before?.top ?? 0).toBe(0);
    await b.broker.follow("roomy:x");
    const [first] = await a.broker.append([
      entry("roomy:x", "a1", { type: "step_done" }, { text: "ä\n\u0000\u{1F600}" }),
    ]);
    await c.broker.append([entry("roomy:x", "c1"), entry("roomy:y", "c2")]);
    for (const member of [a, b]) await soon(() => expect(member.heard("roomy:x")).toEqual([1, 2]));
    const [heard] = b.kept;
    expect(heard).toEqual({
      channel: "roomy:x",
      epoch: first?.ok && first.epoch,
      event: (await a.broker.read("roomy:x", 0, 1, 1_000)).events[0],
    });
    expect(c.kept).toEqual([]);
    expect(b.heard("roomy:y")).toEqual([]);
  });

  trial.test("what one node keeps is heard in its order", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    await b.broker.follow("roomy:x");
    await Promise.all(upTo(40).map((n) => a.broker.append(entries("roomy:x", n * 5 - 4, n * 5))));
    await soon(() => expect(b.heard("roomy:x")).toEqual(upTo(200)));
    const ids = b.kept.map(({ event }) => Number((JSON.parse(event.body) as { id: string }).id));
    expect([...new Set(ids)]).toEqual(upTo(200));
  });

  trial.test("nothing is between the answer and what is heard", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    const channels = upTo(10).map((n) => `roomy:c${n}`);
    const appended = Promise.all(
      upTo(30).map((n) => a.broker.append(channels.map((channel) => entry(channel, `${channel}-${n}`)))),
    );
    const tops = await Promise.all(channels.map(async (channel) => (await b.broker.follow(channel))?.top ?? 0));
    await appended;
    for (const [i, channel] of channels.entries()) {
      const top = tops[i] ?? 0;
      await soon(() => expect(b.heard(channel).filter((offset) => offset > top)).toEqual(upTo(30).slice(top)));
    }
  });

  trial.test("following again says where the channel stands now", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    await b.broker.follow("roomy:x");
    const [first] = await a.broker.append(entries("roomy:x", 1, 3));
    const info = await b.broker.follow("roomy:x");
    expect(info).toMatchObject({ channel: "roomy:x", epoch: first?.ok && first.epoch, floor: 1, top: 3 });
    await a.broker.append([entry("roomy:x", 4)]);
    await soon(() => expect(b.heard("roomy:x")).toEqual([1, 2, 3, 4]));
    b.broker.unfollow("roomy:x");
    await flushed(b, a);
    const count = b.kept.length;
    await a.broker.append([entry("roomy:x", 5)]);
    await flushed(a, b);
    expect(b.kept.length).toBe(count);
  });

  trial.test("the last word counts, however often and fast it changes", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    const follow = (): Promise<unknown> => b.broker.follow("roomy:x").catch(() => {});
    for (let round = 0; round < 20; round++) {
      const followed = follow();
      if (round % 2 === 0) await followed;
      if (round % 3 !== 0) b.broker.unfollow("roomy:x");
      if (round % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await b.broker.follow("roomy:x");
    await a.broker.append(entries("roomy:x", 1, 5));
    await soon(() => expect(b.heard("roomy:x")).toEqual(upTo(5)));
    const late = follow();
    b.broker.unfollow("roomy:x");
    await late;
    await flushed(b, a);
    await a.broker.append([entry("roomy:x", 6)]);
    await flushed(a, b);
    expect(b.heard("roomy:x")).toEqual(upTo(5));
  });

  trial.test("thousands of channels are followed at once", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    const channels = upTo(2_000).map((n) => `roomy:m${n}`);
    await Promise.all(channels.map((channel) => b.broker.follow(channel)));
    await a.broker.append([1, 1_000, 2_000].map((n) => entry(`roomy:m${n}`, n)));
    await soon(() =>
      expect(b.kept.map(({ channel }) => channel).sort()).toEqual(["roomy:m1", "roomy:m1000", "roomy:m2000"]),
    );
  });

  trial.test("channels of two tenants are two channels", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    const odd = "roomy:{x}*?[y] %2A:é";
    for (const channel of [odd, `!t!${odd}`]) await b.broker.follow(channel);
    await a.broker.append([entry(`!t!${odd}`, "t1")]);
    await a.broker.append([entry(odd, "d1"), entry(odd, "d2")]);
    await a.broker.append([entry(`!u!${odd}`, "u1")]);
    await soon(() => expect(b.heard(odd)).toEqual([1, 2]));
    await soon(() => expect(b.heard(`!t!${odd}`)).toEqual([1]));
    expect(b.kept.map(({ channel }) => channel)).not.toContain(`!u!${odd}`);
  });
}
