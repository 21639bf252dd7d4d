/** §13.3: whatever happens in whatever order, what a keeper and a subscriber fold is who is there, once it is quiet. */
import type { Message, PresenceData, PresenceMember } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SharedPublication } from "../../src/index.ts";
import { FakeNode, somebody } from "../support/fake-node.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "session:s1";
const verbs = ["presence", "subscribe"] as const;
const people = ["ada", "bob"].map((id) => somebody(id, [{ channels: "*", verbs }]));
const connections = 4;

type Deed =
  | { do: "say"; who: number; member: number; x: number }
  | { do: "leave"; who: number; member: number }
  | { do: "cut"; who: number }
  | { do: "pass"; ms: number }
  | { do: "stall" | "drain" };

const who = fc.nat(connections - 1);
const member = fc.nat(2);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("say" as const), who, member, x: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), who, member }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 1, 30, 99, 100, 1_000, 4_999, 5_000, 6_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("stall" as const, "drain" as const) }) },
);

/** Members as a client knows them. */
class Folding extends Viewer {
  members = new Map<string, Pick<PresenceMember, "state" | "sinceMs">>();

  override publication(publication: SharedPublication): void {
    super.publication(publication);
    const { type, data } = JSON.parse(publication.json) as Message<string, PresenceMember>;
    if (type === "presence_left") this.members.delete(data.memberId);
    else this.#set(data);
  }

  override control(message: Message): void {
    super.control(message);
    const { members } = message.data as PresenceData;
    if (message.type !== "presence" || members === undefined) return;
    this.members.clear();
    for (const member of members) this.#set(member);
  }

  #set({ memberId, state = {}, sinceMs }: PresenceMember): void {
    this.members.set(memberId, { state, sinceMs });
  }
}

/** Who is there, by what was done alone. */
class Model {
  readonly members = new Map<string, { owner: number; state: object; keepers: Set<number> }>();

  say(at: number, id: string, state: object): void {
    const known = this.members.get(id);
    if (known === undefined) this.members.set(id, { owner: at % 2, state, keepers: new Set([at]) });
    else if (known.owner === at % 2) {
      known.keepers.add(at);
      known.state = state;
    }
  }

  leave(at: number, id: string): void {
    if (this.members.get(id)?.owner === at % 2) this.members.delete(id);
  }

  cut(at: number): void {
    for (const { keepers } of this.members.values()) keepers.delete(at);
  }

  settle(): void {
    for (const [id, { keepers }] of this.members) if (keepers.size === 0) this.members.delete(id);
  }
}

test("any interleaving of joins, leaves, cuts and reconnects ends in the true members", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
      const node = new FakeNode();
      const open = (at: number): Viewer => new Viewer(node).open(people[at % 2]);
      const viewers = Array.from({ length: connections }, (_, at) => open(at));
      const keeper = new Folding(node).open(people[0]);
      const subscriber = new Folding(node).open(people[1]).subscribe({ channel });
      node.run();
      keeper.session?.accept([{ type: "presence", id: "k", data: { channel, memberId: "keeper" } }]);
      const model = new Model();
      // Ids that one has taken within moments of another's leaving may be refused: each has ids of its own.
      const idOf = (at: number, n: number): string => `${at % 2}-${n}`;
      for (const one of deeds) {
        if (one.do === "say") {
          const [id, state] = [idOf(one.who, one.member), { x: one.x }];
          viewers[one.who]?.session?.accept([{ type: "presence", id: "s", data: { channel, memberId: id, state } }]);
          model.say(one.who, id, state);
        } else if (one.do === "leave") {
          const id = idOf(one.who, one.member);
          viewers[one.who]?.session?.accept([
            { type: "presence", id: "l", data: { channel, memberId: id, leave: true } },
          ]);
          model.leave(one.who, id);
        } else if (one.do === "cut") {
          viewers[one.who]?.cut();
          viewers[one.who] = open(one.who);
          model.cut(one.who);
        } else if (one.do === "pass") {
          node.pass(one.ms);
        } else {
          keeper.waitingBytes = 10_000_000;
          if (one.do === "drain") keeper.drain();
        }
      }
      keeper.drain();
      node.pass(10_000);
      model.settle();
      const truth = new Map([...model.members].map(([id, { state }]) => [id, state]));
      const listed = node.hub.presence.list(channel, undefined).members;
      const shown = ({ members }: Folding) =>
        new Map([...members].filter(([id]) => id !== "keeper").map(([id, { state }]) => [id, state]));
      expect(new Map(listed.filter((m) => m.memberId !== "keeper").map((m) => [m.memberId, m.state]))).toEqual(truth);
      expect(shown(subscriber)).toEqual(truth);
      expect(shown(keeper)).toEqual(truth);
    }),
    { numRuns: 500 },
  );
});
