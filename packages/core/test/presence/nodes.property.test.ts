/** §13.3 over several nodes: whatever happens, and whenever it is heard, all nodes end with the same members, and with the true ones. */
import type { Message, PresenceMember } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SharedPublication } from "../../src/index.ts";
import { somebody } from "../support/fake-node.ts";
import { FakePeers } from "../support/fake-peers.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "session:s1";
const verbs = ["presence", "subscribe"] as const;
const people = ["ada", "bob"].map((id) => somebody(id, [{ channels: "*", verbs }]));
const names = ["a", "b", "c"];
/** Two of each person at each node. */
const connections = 6;
const nameOf = (at: number): string => names[at % 3] ?? "";

type Deed =
  | { do: "say"; who: number; member: number; x: number }
  | { do: "leave"; who: number; member: number }
  | { do: "end"; who: number }
  | { do: "pass"; ms: number; isQuiet: boolean }
  | { do: "deliver"; from: number; to: number; count: number }
  | { do: "cut" | "heal" | "kill" | "suspect"; node: number };

const who = fc.nat(connections - 1);
const member = fc.nat(2);
const is = <What extends string>(what: What) => fc.constant(what);
const ms = fc.constantFrom(1, 30, 99, 100, 1_000, 5_000, 6_000);
const deed = (isQuiet: boolean): fc.Arbitrary<Deed> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: is("say"), who, member, x: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ do: is("leave"), who, member }) },
    { weight: 2, arbitrary: fc.record({ do: is("end"), who }) },
    { weight: 4, arbitrary: fc.record({ do: is("pass"), ms, isQuiet: isQuiet ? fc.boolean() : fc.constant(false) }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: is("deliver"), from: fc.nat(2), to: fc.nat(2), count: fc.constantFrom(1, 2, 100) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cut", "heal", "kill", "suspect"), node: fc.nat(2) }) },
  );

/** Members as a client knows them that has seen all of them come. */
class Folding extends Viewer {
  readonly members = new Map<string, PresenceMember>();

  override publication(publication: SharedPublication): void {
    super.publication(publication);
    const { type, data } = JSON.parse(publication.json) as Message<string, PresenceMember>;
    if (type === "presence_left") this.members.delete(data.memberId);
    else this.members.set(data.memberId, data);
  }
}

const shown = (members: Iterable<PresenceMember>) =>
  new Map([...members].map(({ memberId, principal, state, sinceMs }) => [memberId, { principal, state, sinceMs }]));

class Play {
  readonly cluster = new FakePeers(names);
  readonly viewers: Viewer[];
  readonly watching = new Map<string, Folding>();

  constructor() {
    this.viewers = Array.from({ length: connections }, (_, at) => this.#open(at));
    for (const name of names) this.#watch(name);
  }

  do(one: Deed): void {
    const { cluster } = this;
    const viewer = "who" in one ? this.viewers[one.who] : undefined;
    const data = "member" in one ? { channel, memberId: `${(one.who / 3) | 0}-${one.member}` } : { channel };
    if (one.do === "say")
      viewer?.session?.accept([{ type: "presence", id: "s", data: { ...data, state: { x: one.x } } }]);
    else if (one.do === "leave")
      viewer?.session?.accept([{ type: "presence", id: "l", data: { ...data, leave: true } }]);
    else if (one.do === "end") {
      viewer?.cut();
      this.viewers[one.who] = this.#open(one.who);
    } else if (one.do === "pass") cluster.pass(one.ms, one.isQuiet);
    else if (one.do === "deliver") cluster.deliver(names[one.from] ?? "", names[one.to] ?? "", one.count);
    else if (one.do === "cut" || one.do === "heal") cluster[one.do](names[one.node] ?? "");
    else this.#lose(names[one.node] ?? "", one.do === "kill");
  }

  rest(): void {
    for (const name of names) this.cluster.heal(name);
    this.cluster.pass(60_000);
  }

  /** A node that others take for gone, and one that is: another begins in its place. */
  #lose(name: string, isKilled: boolean): void {
    const { cluster } = this;
    if (!isKilled) {
      cluster.declareLeft(name);
      return;
    }
    cluster.heal(name);
    cluster.kill(name);
    cluster.start(name);
    cluster.pass(400);
    for (const at of this.viewers.keys()) if (nameOf(at) === name) this.viewers[at] = this.#open(at);
    this.#watch(name);
  }

  #open(at: number): Viewer {
    return new Viewer(this.cluster.node(nameOf(at))).open(people[(at / 3) | 0]);
  }

  #watch(name: string): void {
    const node = this.cluster.node(name);
    const viewer = new Folding(node).open(people[0]).subscribe({ channel });
    this.watching.set(name, viewer);
    node.run();
    for (const one of node.hub.presence.list(channel, undefined).members) viewer.members.set(one.memberId, one);
  }
}

/** In the same millisecond: c's word is the later one, and c has forgotten it when it hears of a's. */
const forgotten: Deed[] = [
  { do: "say", who: 2, member: 1, x: 0 },
  { do: "end", who: 2 },
  { do: "say", who: 0, member: 1, x: 1 },
  { do: "pass", ms: 6_000, isQuiet: true },
];

/** c keeps what it said first, and a's later word of it is forgotten by a itself; b hears of it from c alone. */
const stale: Deed[] = [
  { do: "say", who: 5, member: 2, x: 1 },
  { do: "kill", node: 0 },
  { do: "say", who: 3, member: 2, x: 0 },
  { do: "suspect", node: 2 },
  { do: "end", who: 3 },
];

/** b's word is the later one, and only c heard it before b was gone. */
const unheard: Deed[] = [
  { do: "say", who: 3, member: 1, x: 1 },
  { do: "say", who: 4, member: 1, x: 0 },
  { do: "pass", ms: 1, isQuiet: true },
  { do: "deliver", from: 1, to: 2, count: 1 },
  { do: "kill", node: 1 },
];

/** a's word is later than that of c, who keeps it, and only b heard it before a was gone. */
const lastWord: Deed[] = [
  { do: "say", who: 2, member: 1, x: 1 },
  { do: "pass", ms: 1, isQuiet: false },
  { do: "say", who: 0, member: 1, x: 0 },
  { do: "pass", ms: 1, isQuiet: true },
  { do: "deliver", from: 0, to: 1, count: 1 },
  { do: "kill", node: 0 },
];

test("whatever is lost or late, all nodes have the same members in the end, and viewers have been told of them", () => {
  fc.assert(
    fc.property(fc.array(deed(true), { maxLength: 50 }), (deeds) => {
      const play = new Play();
      for (const one of deeds) play.do(one);
      play.rest();
      const lists = names.map((name) => play.cluster.node(name).hub.presence.list(channel, undefined).members);
      const [first = []] = lists;
      for (const list of lists) expect(shown(list)).toEqual(shown(first));
      for (const { members } of play.watching.values()) expect(shown(members.values())).toEqual(shown(first));
    }),
    { numRuns: 250, examples: [[forgotten], [stale], [unheard], [lastWord]] },
  );
});

/** Who is there, by what was done alone. */
class Model {
  readonly members = new Map<string, { x: number; keepers: Set<number> }>();

  do(one: Deed): void {
    const id = "member" in one ? `${(one.who / 3) | 0}-${one.member}` : "";
    if (one.do === "say") {
      const { keepers } = this.members.get(id) ?? { keepers: new Set<number>() };
      this.members.set(id, { x: one.x, keepers: keepers.add(one.who) });
    } else if (one.do === "leave") this.members.delete(id);
    else if (one.do === "end") this.#ended((at) => at === one.who);
    else if (one.do === "kill") this.#ended((at) => at % 3 === one.node);
  }

  get left(): Map<string, object> {
    return new Map([...this.members].flatMap(([id, { x, keepers }]) => (keepers.size > 0 ? [[id, { x }]] : [])));
  }

  #ended(has: (at: number) => boolean): void {
    for (const { keepers } of this.members.values()) for (const at of keepers) if (has(at)) keepers.delete(at);
  }
}

test("what arrives in time ends in the true members on every node", () => {
  const isHeard = (one: Deed): boolean => one.do !== "cut" && one.do !== "suspect";
  fc.assert(
    fc.property(fc.array(deed(false).filter(isHeard), { maxLength: 50 }), (deeds) => {
      const play = new Play();
      const model = new Model();
      for (const one of deeds) {
        play.do(one);
        model.do(one);
        play.cluster.deliverAll();
        // What changed is said at most ten times a second.
        play.cluster.pass(100);
      }
      play.rest();
      for (const name of names) {
        const { members } = play.cluster.node(name).hub.presence.list(channel, undefined);
        expect(new Map(members.map(({ memberId, state }) => [memberId, state]))).toEqual(model.left);
      }
    }),
    { numRuns: 200 },
  );
});
