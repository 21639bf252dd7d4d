import { expect } from "vitest";
import { entry } from "../store/trial.ts";
import { type BrokerTrial, flushed, type Member, soon, upTo } from "./trial.ts";

/** JSON and no JSON, every kind of character. */
const odd = '{"a":"ä\\n"}\n\u0000\r,3:\u{1F600}';

export function tellingTests(trial: BrokerTrial): void {
  trial.test("what is passed reaches the other nodes that follow the channel", async () => {
    const { members } = await trial.nodes(3);
    const [a, b, c] = members as [Member, Member, Member];
    await a.broker.follow("roomy:x");
    await b.broker.follow("roomy:x");
    a.broker.pass("roomy:x", odd);
    a.broker.pass("roomy:x", "2");
    await soon(() =>
      expect(b.passed).toEqual([
        { channel: "roomy:x", body: odd },
        { channel: "roomy:x", body: "2" },
      ]),
    );
    await flushed(a, c);
    await flushed(b, a);
    expect(a.passed).toEqual([]);
    expect(c.passed).toEqual([]);
    // Nor is it kept.
    expect((await a.broker.read("roomy:x", 0, 10, 1_000)).events).toEqual([]);
  });

  trial.test("what is told reaches all other nodes in its order, with the teller's name", async () => {
    const { members } = await trial.nodes(3);
    const [a, b, c] = members as [Member, Member, Member];
    a.broker.tell("odd", odd);
    for (const n of upTo(100)) a.broker.tell("number", String(n));
    const wanted = [
      { topic: "odd", body: odd, node: a.name },
      ...upTo(100).map((n) => ({ topic: "number", body: String(n), node: a.name })),
    ];
    for (const member of [b, c]) await soon(() => expect(member.told).toEqual(wanted));
    await flushed(b, a);
    expect(a.told.filter(({ node }) => node === a.name)).toEqual([]);
  });

  trial.test("the first event of a channel is told to the other nodes, once", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    // Of this tenant b hears from here on.
    await b.broker.list("!t!roomy:*", "", 10);
    const [first] = await a.broker.append([entry("roomy:new", 1), entry("roomy:new", 2)]);
    const [other] = await a.broker.append([entry("!t!roomy:new", 1)]);
    await a.broker.append([entry("roomy:new", 3)]);
    await soon(() =>
      expect(b.born).toEqual([
        { channel: "roomy:new", epoch: first?.ok && first.epoch, offset: 1 },
        { channel: "!t!roomy:new", epoch: other?.ok && other.epoch, offset: 1 },
      ]),
    );
    await flushed(b, a);
    expect(a.born).toEqual([]);
  });

  trial.test("a changed register is told to the other nodes", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    await b.broker.register("!t!lease/y");
    const change = (channel: string, key: string, from: number, value: string | undefined) =>
      entry(channel, `${key}${from}`, { register: { key, from, value, open: value !== undefined, counts: [1, 2] } });
    const [kept] = await a.broker.append([change("roomy:x", "command/x", 0, '{"state":"ä"}')]);
    await a.broker.append([change("!t!roomy:x", "!t!lease/y", 0, '"z"')]);
    await a.broker.append([change("roomy:x", "command/x", 1, undefined)]);
    await soon(() => expect(b.registers).toHaveLength(3));
    const told = new Map(b.registers.map((news) => [`${news.key} ${news.version}`, news]));
    expect(told.get("command/x 1")).toEqual({
      ...{ key: "command/x", version: 1, open: true },
      register: {
        ...{ key: "command/x", version: 1, value: '{"state":"ä"}', offset: 1, counts: [1, 2] },
        epoch: kept?.ok && kept.epoch,
      },
    });
    expect(told.get("!t!lease/y 1")).toMatchObject({ open: true, register: { key: "!t!lease/y", value: '"z"' } });
    expect(told.get("command/x 2")).toEqual({ key: "command/x", version: 2, open: false, deleted: true });
    await flushed(b, a);
    expect(a.registers).toEqual([]);
  });

  trial.test("a document is set by one of those who know its version, and the others are told", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    expect(await a.broker.document("revoked")).toBeUndefined();
    const won = await Promise.all(
      upTo(10).map((n) => (n % 2 === 0 ? a : b).broker.setDocument("revoked", 0, `${odd}${n}`)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const text = `${odd}${won.indexOf(true) + 1}`;
    expect(await b.broker.document("revoked")).toEqual({ version: 1, text });
    expect(await a.broker.setDocument("revoked", 0, "late")).toBe(false);
    expect(await a.broker.setDocument("revoked", 1, "second")).toBe(true);
    await soon(() => expect(b.documents).toContain("revoked"));
    await flushed(a, b);
    await flushed(b, a);
    expect(a.documents.length + b.documents.length).toBe(2);
    expect(await b.broker.document("revoked")).toEqual({ version: 2, text: "second" });
    expect(await b.broker.document("other")).toBeUndefined();
  });

  trial.test("a secret is taken once, by whichever node asks first, and not after its time", async () => {
    const { members } = await trial.nodes(2);
    const [a, b] = members as [Member, Member];
    await a.broker.deposit("ticket/1", odd, 60_000);
    const taken = await Promise.all(upTo(10).map((n) => (n % 2 === 0 ? a : b).broker.take("ticket/1")));
    expect(taken.filter((text) => text !== undefined)).toEqual([odd]);
    expect(await a.broker.take("ticket/2")).toBeUndefined();
    await a.broker.deposit("ticket/3", "x", 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await b.broker.take("ticket/3")).toBeUndefined();
  });

  trial.test("together the nodes get what one node would", async () => {
    const { members } = await trial.nodes(2);
    const rate = { key: "principal/p", perSecond: 0.001, burst: 5, count: 1 };
    const taken = await Promise.all(upTo(10).map((n) => members[n % 2]?.broker.takeRates([rate])));
    const waits = taken.flatMap((one) => one?.map(({ waitMs }) => waitMs) ?? []);
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5);
    expect(waits.filter((waitMs) => waitMs > 1_000)).toHaveLength(5);
  });
}
