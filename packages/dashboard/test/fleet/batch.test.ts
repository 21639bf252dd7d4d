import { expect, test } from "vitest";
import { commonOffers, type Looked, lookAt, tellable } from "../../src/fleet/batch.ts";
import type { Desk, Offer } from "../../src/steering/desk.ts";
import { item } from "./items.ts";

const desk = (...commands: Offer[]): Desk => ({ declared: true, commands, approve: true });
const looked = (channel: string, ...commands: Offer[]): Looked => ({
  channel,
  desk: desk(...commands),
  error: undefined,
});
const offer = (name: string, more: Partial<Offer> = {}): Offer => ({ name, allowed: true, ...more });

test("offered is what all of them understand in the same way, and this token may tell", () => {
  const args = { type: "object", properties: { n: { type: "integer" } } };
  const { offers, left } = commonOffers([
    looked("agent:a", offer("pause"), offer("deploy", { args }), offer("only-a"), offer("cancel")),
    looked("agent:b", offer("pause"), offer("deploy", { args: {} }), offer("cancel", { allowed: false })),
  ]);
  expect(offers.map(({ name }) => name)).toEqual(["pause"]);
  expect(left).toEqual([
    { name: "deploy", why: "its arguments differ" },
    { name: "only-a", why: "1 of 2 understand it" },
    { name: "cancel", why: "this token may not give it to all of them (it lacks the verb command)" },
  ]);
});

test("one that asks for a confirmation asks for it for all", () => {
  const { offers } = commonOffers([
    looked("agent:a", offer("wipe")),
    looked("agent:b", offer("wipe", { confirm: true })),
  ]);
  expect(offers).toEqual([{ name: "wipe", allowed: true, confirm: true }]);
});

test("sessions, and what has ended, are told nothing; who is lost may come back", () => {
  const rows = [
    item("agent:a", "running"),
    item("agent:l", "lost"),
    item("session:s", "running", { kind: "session" }),
    item("process:p", "done", { kind: "process" }),
  ];
  const { can, cannot } = tellable(rows);
  expect(can.map(({ key }) => key)).toEqual(["agent:a", "agent:l"]);
  expect(cannot.map(({ key }) => key)).toEqual(["session:s", "process:p"]);
});

test("each is asked once, a few at a time, and who cannot be asked is named", async () => {
  const channels = Array.from({ length: 20 }, (_, at) => `agent:${at}`);
  let atOnce = 0;
  let most = 0;
  let last: readonly Looked[] = [];
  const ask = async (channel: string): Promise<Desk> => {
    most = Math.max(most, ++atOnce);
    await Promise.resolve();
    atOnce--;
    if (channel === "agent:7") throw new Error("not found");
    return desk(offer("pause"));
  };
  await lookAt(channels, ask, (now) => {
    last = now;
  });
  expect(last.map(({ channel }) => channel).sort()).toEqual([...channels].sort());
  expect(last.find(({ channel }) => channel === "agent:7")).toMatchObject({ desk: undefined, error: "not found" });
  expect(most).toBeLessThanOrEqual(6);
});
