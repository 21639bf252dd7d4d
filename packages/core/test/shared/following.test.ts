import type { Position } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Following } from "../../src/shared/following.ts";

interface Event {
  epoch: string;
  offset: number;
}

function rig() {
  const told: string[] = [];
  const looks: string[] = [];
  const timers: Array<{ atMs: number; run: () => void }> = [];
  let nowMs = 0;
  const following = new Following<Event>({
    tell: (channel, events) => {
      for (const { epoch, offset } of events) told.push(`${channel} ${epoch}:${offset}`);
    },
    stands: (channel, { epoch, offset }) => told.push(`${channel} stands ${epoch}:${offset}`),
    look: (channel) => looks.push(channel),
    after: (ms, run) => timers.push({ atMs: nowMs + ms, run }),
    steadyMs: () => nowMs,
  });
  return {
    following,
    told,
    looks,
    take: (offset: number, epoch = "e") => following.take("a", { epoch, offset }),
    pass(ms: number) {
      nowMs += ms;
      for (const due of timers.filter(({ atMs }) => atMs <= nowMs)) {
        timers.splice(timers.indexOf(due), 1);
        due.run();
      }
    },
  };
}
const at = (offset: number, epoch = "e"): Position => ({ epoch, offset });

test("a channel that nobody follows is not taken", () => {
  const { following, take } = rig();
  expect(take(1)).toBe(false);
  following.begin("a");
  expect(take(1)).toBe(true);
  following.end("a");
  expect([take(2), following.size]).toEqual([false, 0]);
});

test("what comes before the store's answer waits for it; what the answer knows already is not told", () => {
  const { following, take, told } = rig();
  following.begin("a");
  for (const offset of [3, 4, 5]) take(offset);
  expect(told).toEqual([]);
  following.found("a", at(4));
  expect(told).toEqual(["a e:5"]);
  take(6);
  expect(told).toEqual(["a e:5", "a e:6"]);
});

test("each once and in order, whatever comes twice or too early", () => {
  const { following, take, told, looks, pass } = rig();
  following.begin("a");
  following.found("a", at(0));
  for (const offset of [1, 1, 3, 4, 2, 2, 4, 5]) take(offset);
  expect(told).toEqual([1, 2, 3, 4, 5].map((offset) => `a e:${offset}`));
  pass(1_000);
  expect(looks).toEqual([]);
});

test("what does not come is not waited for: the store is asked, and says where the channel stands", () => {
  const { following, take, told, looks, pass } = rig();
  following.begin("a");
  following.found("a", at(1));
  take(3);
  pass(49);
  expect(looks).toEqual([]);
  pass(1);
  expect(looks).toEqual(["a"]);
  take(5);
  following.found("a", at(4));
  expect(told).toEqual(["a stands e:4", "a e:5"]);
});

test("those who believe to know where it stands are told if that is not so", () => {
  const { following, take, told } = rig();
  following.begin("a", at(7));
  take(8);
  following.found("a", at(10));
  following.begin("b", at(7));
  following.found("b", at(7));
  following.begin("c", at(7));
  following.found("c", at(2, "f"));
  expect(told).toEqual(["a e:8", "a stands e:10", "c stands f:2"]);
});

test("another epoch is the store's to say: late words of an old one change nothing", () => {
  const { following, take, told, looks } = rig();
  following.begin("a");
  following.found("a", at(2, "new"));
  take(9, "old");
  expect(looks).toEqual(["a"]);
  following.found("a", at(2, "new"));
  take(3, "new");
  expect(told).toEqual(["a new:3"]);
  take(1, "newer");
  take(4, "new");
  following.found("a", at(1, "newer"));
  take(2, "newer");
  expect(told.slice(1)).toEqual(["a new:4", "a stands newer:1", "a newer:2"]);
});

test("a newer epoch that is heard of while the store is being asked is asked about once more", () => {
  const { following, take, told, looks } = rig();
  following.begin("a");
  following.found("a", at(2));
  following.lookAt();
  take(1, "f");
  following.found("a", at(2));
  expect(looks).toEqual(["a", "a"]);
  following.found("a", at(1, "f"));
  expect(told).toEqual(["a stands f:1"]);
});

test("a store that could not say is asked again, until the channel is not followed any more", () => {
  const { following, looks, pass } = rig();
  following.begin("a", at(1));
  following.found("a", undefined);
  pass(1_000);
  expect(looks).toEqual(["a"]);
  following.found("a", undefined);
  following.end("a");
  pass(1_000);
  expect(looks).toEqual(["a"]);
});

test("positions are proved in turn, the longest ago first", () => {
  const { following, looks, pass } = rig();
  for (const channel of ["a", "b", "c"]) {
    following.begin(channel);
    following.found(channel, at(1));
    pass(10);
  }
  following.prove(40_000, 2);
  expect(looks).toEqual([]);
  pass(40_000);
  following.prove(40_000, 2);
  following.prove(40_000, 2);
  following.prove(40_000, 2);
  expect(looks).toEqual(["a", "b", "c"]);
});

test("whatever is lost, doubled and late: told is a contiguous history, and it ends at the store's head", () => {
  const fate = fc.record({ lost: fc.boolean(), twice: fc.boolean(), lateBy: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 40 }), fc.nat(40), (fates, begunAt) => {
      const { following, told, looks, pass } = rig();
      const late: Array<{ at: number; offset: number }> = [];
      let top = 0;
      const answer = (): void => {
        for (const channel of looks.splice(0)) following.found(channel, at(top));
      };
      for (const [step, { lost, twice, lateBy }] of fates.entries()) {
        if (step === begunAt) {
          following.begin("a");
          following.found("a", at(top));
        }
        const offset = ++top;
        if (!lost) for (let times = twice ? 2 : 1; times > 0; times--) late.push({ at: step + lateBy * times, offset });
        for (const due of late.filter((one) => one.at <= step)) {
          late.splice(late.indexOf(due), 1);
          following.take("a", { epoch: "e", offset: due.offset });
        }
        pass(20);
        if (step % 3 === 0) answer();
      }
      if (begunAt >= fates.length) return;
      following.lookAt();
      for (let turn = 0; turn < 3; turn++) {
        answer();
        pass(100);
      }
      let head = begunAt;
      for (const line of told) {
        const offset = Number(line.split(":").at(-1));
        if (line.includes("stands")) expect(offset).toBeGreaterThan(head);
        else expect(offset).toBe(head + 1);
        head = offset;
      }
      expect(head).toBe(top);
    }),
  );
});
