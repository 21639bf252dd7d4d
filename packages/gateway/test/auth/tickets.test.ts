import { describe, expect, test } from "vitest";
import { Tickets, ticketMs } from "../../src/auth/tickets/index.ts";
import { identity } from "./support/identities.ts";

const origin = "https://ops.example.org";
function open() {
  const clock = { steadyMs: 5_000, nowMs: 1_800_000_000_000 };
  return { clock, tickets: new Tickets({ steadyMs: () => clock.steadyMs, nowMs: () => clock.nowMs }) };
}
const issue = (tickets: Tickets, who = identity("ada"), from: string | undefined = origin) =>
  tickets.issue(who, from)?.ticket ?? "";

describe("A2 a ticket", () => {
  test("lets in once, as whom it was asked by", () => {
    const { tickets } = open();
    const ada = identity("ada", { roles: ["viewer"] });
    const ticket = issue(tickets, ada);
    expect(tickets.recognises(ticket)).toBe(true);
    expect(tickets.redeem(ticket, origin)).toBe(ada);
    expect(tickets.redeem(ticket, origin)).toBeUndefined();
    expect(tickets.size).toBe(0);
  });

  test("is over after thirty seconds", () => {
    const { tickets, clock } = open();
    const [early, late] = [issue(tickets), issue(tickets)];
    clock.steadyMs += ticketMs - 1;
    expect(tickets.redeem(early, origin)?.id).toBe("ada");
    clock.steadyMs += 1;
    expect(tickets.redeem(late, origin)).toBeUndefined();
    expect(ticketMs).toBeLessThanOrEqual(30_000);
  });

  test("ends with the token it came from", () => {
    const { tickets, clock } = open();
    const short = tickets.issue(identity("ada", { expiresAtMs: clock.nowMs + 10 }), origin);
    expect(short?.expiresInMs).toBe(10);
    clock.steadyMs += 10;
    expect(tickets.redeem(short?.ticket ?? "", origin)).toBeUndefined();
    expect(tickets.issue(identity("ada", { expiresAtMs: clock.nowMs }), origin)).toBeUndefined();
  });

  test.each([
    ["another origin", "https://evil.example.org"],
    ["the same host over http", "http://ops.example.org"],
    ["another port", "https://ops.example.org:8443"],
    ["null", "null"],
    ["no origin", undefined],
  ])("of a page is worth nothing to %s, and then to nobody", (_name, from) => {
    const { tickets } = open();
    const ticket = issue(tickets);
    expect(tickets.redeem(ticket, from)).toBeUndefined();
    expect(tickets.redeem(ticket, origin)).toBeUndefined();
  });

  test("of a program is worth nothing to a page", () => {
    const { tickets } = open();
    const [one, two] = [tickets.issue(identity("ada"), undefined), tickets.issue(identity("ada"), undefined)];
    expect(tickets.redeem(one?.ticket ?? "", origin)).toBeUndefined();
    expect(tickets.redeem(two?.ticket ?? "", undefined)?.id).toBe("ada");
  });

  test("has at least 128 random bits, and each other ones", () => {
    const { tickets } = open();
    const issued = Array.from({ length: 1_000 }, (_, i) => issue(tickets, identity(`user ${i}`)));
    expect(new Set(issued).size).toBe(1_000);
    for (const ticket of issued)
      expect(Buffer.from(ticket.slice(4), "base64url").length * 8).toBeGreaterThanOrEqual(128);
  });

  test.each(["", "sbt_", "sbt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "__proto__"])("%j is none", (ticket) => {
    expect(open().tickets.redeem(ticket, origin)).toBeUndefined();
  });
});

describe("tickets are bounded", () => {
  test("sixteen per principal, without harm to others", () => {
    const { tickets, clock } = open();
    const mine = Array.from({ length: 17 }, () => tickets.issue(identity("ada"), origin));
    expect(mine.map((one) => one !== undefined).lastIndexOf(true)).toBe(15);
    expect(tickets.issue(identity("bob"), origin)).toBeDefined();
    expect(tickets.issue(identity("ada", { tenant: "acme" }), origin)).toBeDefined();
    tickets.redeem(mine[0]?.ticket ?? "", origin);
    expect(tickets.issue(identity("ada"), origin)).toBeDefined();
    clock.steadyMs += ticketMs;
    expect(tickets.issue(identity("ada"), origin)).toBeDefined();
    expect(tickets.size).toBe(1);
  });

  test("ten thousand in all", () => {
    const { tickets } = open();
    for (let i = 0; i < 10_100; i++) tickets.issue(identity(`user ${i}`), origin);
    expect(tickets.size).toBe(10_000);
  });
});
