import { expect, test } from "vitest";
import { after, isFinal, isUnauthorized, type LinkEvent, reasonOf } from "../src/link-state.ts";
import type { LinkState, Problem } from "../src/types.ts";

const states: LinkState["state"][] = ["idle", "connecting", "live", "waiting", "stopped"];
const events: LinkEvent[] = ["need", "connect", "wake", "due", "opened", "lost", "refused", "close"];

test("the table is total: every state has an answer to every event", () => {
  for (const state of states) {
    expect(Object.keys(after[state]).sort()).toEqual([...events].sort());
    for (const event of events) expect(states).toContain(after[state][event]);
  }
  expect(Object.keys(after).sort()).toEqual([...states].sort());
});

test("close stops from everywhere, and only connect begins again", () => {
  for (const state of states) expect(after[state].close).toBe("stopped");
  for (const event of events) expect(after.stopped[event]).toBe(event === "connect" ? "connecting" : "stopped");
});

test("only connecting becomes live, and only what is up can be lost", () => {
  for (const state of states) {
    expect(after[state].opened === "live").toBe(state === "connecting" || state === "live");
    expect(after[state].lost === "waiting").toBe(["connecting", "live", "waiting"].includes(state));
  }
});

test("waking hurries a wait, and disturbs nothing else", () => {
  expect(states.map((state) => after[state].wake)).toEqual(["idle", "connecting", "live", "connecting", "stopped"]);
});

test.each([
  [3000, false],
  [3001, false],
  [3499, false],
  [3500, true],
  [3999, true],
  [4000, false],
  [4499, false],
  [4500, true],
  [4999, true],
  [1001, false],
  [1002, true],
  [1003, true],
  [1005, false],
  [1006, false],
  [1007, true],
  [1008, true],
  [1009, true],
  [1010, true],
  [1011, false],
  [1012, false],
  [1013, false],
  [1014, false],
])("§3.7 after close %i it is final: %s", (code, final) => {
  expect(isFinal({ code })).toBe(final);
});

test("an HTTP error says by itself whether it is temporary", () => {
  const problem: Problem = { name: "unavailable", number: 200, message: "", temporary: true, help: "Wait." };
  expect(isFinal({ problem })).toBe(false);
  expect(isFinal({ problem: { ...problem, name: "forbidden_origin", temporary: false } })).toBe(true);
  expect(isFinal({})).toBe(false);
});

test("a refused token is known by close number and by name", () => {
  const problem: Problem = { name: "unauthenticated", number: 115, message: "", temporary: false, help: "" };
  expect([{ code: 3501 }, { problem }, { code: 3503 }, {}].map(isUnauthorized)).toEqual([true, true, false, false]);
});

test("reasons are words: the problem's, the gateway's, or that it broke", () => {
  const problem: Problem = { name: "unreachable", number: 0, message: "", temporary: true, help: "Is it running?" };
  expect(reasonOf({ problem })).toEqual({ code: undefined, name: "unreachable", help: "Is it running?" });
  expect(reasonOf({ code: 3000, name: "going_away" })).toMatchObject({ code: 3000, name: "going_away" });
  expect(reasonOf({ code: 1006, name: "" })).toMatchObject({ code: 1006, name: "connection_lost" });
});
