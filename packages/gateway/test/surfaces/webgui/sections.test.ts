/** S§5.6: nodes number alike what they hear, so that one of them can go on where another ended. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sections } from "../../../src/surfaces/webgui/sections.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = ({ payload }: { payload: Uint8Array }): string => new TextDecoder().decode(payload);
const open = (limit = 1_000_000): Sections => new Sections({ bytes: limit });

test("two that heard the same marks give equal keys, and equal messages get keys of their own", () => {
  const [one, two] = [open(), open()];
  one.hear("c", bytes("before"), false);
  for (const each of [one, two]) each.mark({ id: "m1" });
  const keys = ["a", "a", "b", "a"].map((said) => one.hear("c", bytes(said), false).key);
  expect(["a", "a", "b", "a"].map((said) => two.hear("c", bytes(said), true).key)).toEqual(keys);
  expect(new Set(keys).size).toBe(4);
  expect(one.hear("d", bytes("a"), false).key).not.toBe(keys[0]);
});

test("a link that heard no mark, or was cut, gives no keys and holds nothing", () => {
  const sections = open();
  expect(sections.hear("c", bytes("a"), true).key).toBeUndefined();
  sections.mark({ id: "m1" });
  sections.hear("c", bytes("b"), true);
  sections.reset();
  expect(sections.hear("c", bytes("c"), true).key).toBeUndefined();
  expect(sections.take()).toEqual([]);
  expect(sections.isWhole).toBe(false);
});

test("where there are no other nodes, what came before the first mark is held too", () => {
  const sections = new Sections({ bytes: 1_000_000, isAlone: true });
  sections.hear("c", bytes("a"), true);
  sections.mark({ id: "m1" });
  sections.hear("c", bytes("b"), true);
  expect(sections.take().map(text)).toEqual(["a", "b"]);
});

test("what the reader has settled is held no longer", () => {
  const sections = open();
  sections.mark({ id: "m1" });
  sections.hear("c", bytes("a"), true);
  sections.mark({ id: "m2" });
  expect(sections.isWhole).toBe(false);
  sections.hear("c", bytes("b"), true);
  sections.mark({ id: "m3", settled: "m2" });
  expect(sections.isWhole).toBe(true);
  sections.hear("c", bytes("c"), true);
  expect(sections.take().map(text)).toEqual(["b", "c"]);
  expect(sections.take()).toEqual([]);
});

test("what is held has a limit: the oldest are given up, and it says so", () => {
  const sections = open(10_000);
  sections.mark({ id: "m0" });
  sections.mark({ id: "m1", settled: "m0" });
  for (let n = 0; n < 5; n++) {
    sections.mark({ id: `s${n}`, settled: "m1" });
    for (let i = 0; i < 5; i++) sections.hear("c", bytes(`${n} ${i}`.padEnd(500)), true);
  }
  const held = sections.take().map((heard) => text(heard).trim());
  expect(held.at(-1)).toBe("4 4");
  expect(held.length).toBeLessThanOrEqual(12);
  expect(sections.isWhole).toBe(false);
});

interface Said {
  /** Each saying is a payload of its own, also where the text is the same. */
  payload: Uint8Array;
  /** Those that heard it and have not died since. */
  heardBy: Set<Node>;
}

/** One server, nodes on it, and a store that they share and that keeps each key once. */
class Model {
  readonly said: Said[] = [];
  readonly kept: Uint8Array[] = [];
  readonly #keys = new Set<string>();
  readonly nodes: Node[];

  constructor(count: number) {
    this.nodes = Array.from({ length: count }, (_, number) => new Node(number));
  }

  say(words: string): void {
    const payload = bytes(words);
    this.said.push({ payload, heardBy: new Set(this.nodes) });
    for (const node of this.nodes) {
      const { key } = node.sections.hear("c", payload, !node.reads);
      if (node.reads) node.queue.push({ payload, key });
    }
  }

  /** Published by `node`, heard by all. `asks`: the others publish what they hold. */
  mark(node: Node, asks = false): void {
    const id = `${node.number}.${++node.marked}`;
    for (const each of this.nodes) {
      if (asks && each !== node) each.queue.push(...each.sections.take());
      each.sections.mark({ id, settled: node.settled });
    }
    if (node.reads) node.queue.push({ mark: id });
  }

  /** The node publishes up to so much of what it heard. */
  work(node: Node, count: number): void {
    for (const one of node.queue.splice(0, count)) {
      if ("mark" in one) node.settled = one.mark;
      else if (one.key === undefined || !this.#keys.has(one.key)) {
        if (one.key !== undefined) this.#keys.add(one.key);
        this.kept.push(one.payload);
      }
    }
  }

  /** What the node heard and has not published is gone with it; it begins anew. */
  die(node: Node): void {
    node.queue = [];
    node.sections.reset();
    for (const { heardBy } of this.said) heardBy.delete(node);
    this.mark(node);
  }

  /** The reader is gone; another takes its place. */
  follow(next: Node): void {
    const asks = !next.sections.isWhole;
    next.settled = undefined;
    next.queue.push(...next.sections.take());
    next.reads = true;
    this.mark(next, asks);
  }
}

class Node {
  readonly number: number;
  readonly sections = open();
  reads = false;
  marked = 0;
  settled: string | undefined;
  queue: Array<{ payload: Uint8Array; key: string | undefined } | { mark: string }> = [];

  constructor(number: number) {
    this.number = number;
  }
}

type Step =
  | { do: "say"; text: string }
  | { do: "mark" }
  | { do: "work"; count: number }
  | { do: "die"; next: number; zombie: boolean };

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("say" as const), text: fc.constantFrom("a", "b", "c") }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("mark" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("work" as const), count: fc.integer({ min: 1, max: 4 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("die" as const), next: fc.nat({ max: 2 }), zombie: fc.boolean() }),
    },
  ),
  { maxLength: 60 },
);

function play(all: readonly Step[]): Model {
  const model = new Model(3);
  // Each joins with a mark, as S§5.6 says.
  for (const node of model.nodes) model.mark(node);
  model.follow(model.nodes[0] as Node);
  for (const step of all) {
    const reader = model.nodes.find(({ reads }) => reads) as Node;
    if (step.do === "say") model.say(step.text);
    else if (step.do === "mark") model.mark(reader);
    else if (step.do === "work") model.work(reader, step.count);
    else {
      reader.reads = false;
      // A zombie was only paused: it publishes what it had, after another went on.
      if (!step.zombie) model.die(reader);
      model.follow(model.nodes[step.next] as Node);
    }
  }
  for (const node of model.nodes) model.work(node, Number.POSITIVE_INFINITY);
  return model;
}

test("readers may die at any moment: each message is kept once, as long as one node that stays heard it", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { said, kept } = play(all);
      expect(new Set(kept).size).toBe(kept.length);
      const lost = said.filter(({ payload, heardBy }) => heardBy.size > 0 && !kept.includes(payload));
      expect(lost.map(({ payload }) => text({ payload }))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("where every node that heard a message died before it was published, it is gone", () => {
  const dies = (next: number): Step => ({ do: "die", next, zombie: false });
  expect(play([{ do: "say", text: "a" }, dies(2), dies(1)]).kept.map((payload) => text({ payload }))).toEqual(["a"]);
  expect(play([{ do: "say", text: "a" }, dies(2), dies(1), dies(0)]).kept).toEqual([]);
});
