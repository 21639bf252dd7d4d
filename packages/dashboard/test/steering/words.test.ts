import { describe, expect, test } from "vitest";
import type { Desk, Offer } from "../../src/steering/desk.ts";
import { merged } from "../../src/steering/given.ts";
import { argsFrom, needs, offersOf, offerTitle, reasonAgainst } from "../../src/steering/words.ts";

const standard = ["pause", "resume", "cancel", "input", "set_config", "restart"];
const desk = (more: Partial<Desk> = {}): Desk => ({
  ...{ declared: false, approve: true, lease: { producer: "p", epoch: 1 } },
  commands: standard.map((name) => ({ name, allowed: true })),
  ...more,
});
const namesOf = (offers: readonly Offer[]) => offers.map(({ name }) => name);

describe("what is offered", () => {
  test("a process understands four commands, an agent all standard ones, or what it declared", () => {
    expect(namesOf(offersOf("process:p", desk()))).toEqual(["pause", "resume", "input", "cancel"]);
    expect(namesOf(offersOf("agent:a", desk()))).toEqual(standard);
    const declared = desk({ declared: true, commands: [{ name: "deploy", title: "Ship it", allowed: true }] });
    expect(offersOf("agent:a", declared).map(offerTitle)).toEqual(["Ship it"]);
  });

  test("input is asked for, and of a process whether it is the last", () => {
    const inputOf = (channel: string) => offersOf(channel, desk()).find(({ name }) => name === "input")?.args;
    expect(inputOf("agent:a")).toMatchObject({ required: ["text"], properties: { text: { type: "string" } } });
    expect(inputOf("process:p")).toMatchObject({ properties: { eof: { type: "boolean" } } });
  });

  test("a process is given a line with its end, or only the end of its input; an agent what was entered", () => {
    const given = (channel: string, entered: object, more: Partial<Desk> = {}) => {
      const input = offersOf(channel, desk(more)).find(({ name }) => name === "input");
      return input && argsFrom(input, entered);
    };
    expect(given("process:p", { text: "yes", eof: false })).toEqual({ text: "yes\n" });
    expect(given("process:p", { text: "", eof: false })).toEqual({ text: "\n" });
    expect(given("process:p", { text: "yes", eof: true })).toEqual({ text: "yes\n", eof: true });
    expect(given("process:p", { text: "", eof: true })).toEqual({ eof: true });
    expect(given("agent:a", { text: "yes" })).toEqual({ text: "yes" });
    // One that says itself what it takes gets that.
    const commands = [{ name: "input", args: { type: "object", properties: {} }, allowed: true }];
    expect(given("process:p", { text: "yes" }, { declared: true, commands })).toEqual({ text: "yes" });
  });
});

test.each<[Partial<Offer>, ReturnType<typeof needs>]>([
  [{ name: "pause" }, "nothing"],
  [{ name: "cancel" }, "confirm"],
  [{ name: "restart" }, "confirm"],
  [{ name: "deploy", confirm: true }, "confirm"],
  [{ name: "set_config" }, "form"],
  [{ name: "deploy", args: { type: "object", properties: { n: {} } } }, "form"],
  [{ name: "deploy", args: { type: "object", properties: {} } }, "nothing"],
  [{ name: "deploy", args: { type: "array" } }, "form"],
])("%j needs %s", (offer, what) => {
  expect(needs({ name: "", allowed: true, ...offer })).toBe(what);
});

test("why nothing can be told is said", () => {
  const none = desk({ commands: [{ name: "pause", allowed: false }] });
  expect(reasonAgainst("agent:a", none, none.commands)).toMatch("may not give commands");
  const { lease: _lease, ...away } = desk();
  expect(reasonAgainst("process:p", away, away.commands)).toMatch("Nobody is at work as this process");
  expect(reasonAgainst("agent:a", desk({ commands: [] }), [])).toMatch("understands no commands");
  expect(reasonAgainst("agent:a", desk(), desk().commands)).toBeUndefined();
});

test("what this page gave and what others gave are one list, the newest first, each once", () => {
  const row = (commandId: string, issuedAt: number, state: "sending" | "queued") => ({
    ...{ commandId, target: "agent:a", name: "pause", issuedAt, state },
  });
  expect(
    merged([row("a", 5, "sending")], [row("a", 6, "queued"), row("b", 9, "queued"), row("c", 1, "queued")]),
  ).toEqual([...[row("b", 9, "queued"), row("a", 5, "sending"), row("c", 1, "queued")]]);
});
