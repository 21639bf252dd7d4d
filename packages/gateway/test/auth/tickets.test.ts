import { hasFailed, type Identity } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import { type Issued, type Redeemed, Tickets, ticketMs } from "../../src/auth/tickets/index.ts";
import { identity } from "./support/identities.ts";

const origin = "https://ops.example.org";
function open() {
  const clock = { steadyMs: 5_000, nowMs: 1_800_000_000_000 };
  return { clock, tickets: new Tickets({ steadyMs: () => clock.steadyMs, nowMs: () => clock.nowMs }) };
}
/** `undefined`: refused. */
function given(tickets: Tickets, who: Identity, from: string | undefined): Issued | undefined {
  let issued: Issued | undefined;
  tickets.issue(who, from, (answer) => {
    if (!hasFailed(answer)) issued = answer;
  });
  return issued;
}
const issue = (tickets: Tickets, who = identity("ada"), from: string | undefined = origin) =>
  given(tickets, who, from)?.ticket ?? "";
function redeemed(tickets: Tickets, ticket: string, from: string | undefined): Identity | undefined {
  let redeemed: Redeemed = { identity: undefined };
  tickets.redeem(ticket, from, (answer) => {
    if (!hasFailed(answer)) redeemed = answer;
  });
  return redeemed.identity;
}

describe("A2 a ticket", () => {
  test("lets in once, as whom it was asked by", () => {
    const { tickets } = open();
    const ada = identity("ada", { roles: ["viewer"] });
    const ticket = issue(tickets, ada);
    expect(tickets.recognises(ticket)).toBe(true);
    expect(redeemed(tickets, ticket, origin)).toBe(ada);
    expect(redeemed(tickets, ticket, origin)).toBeUndefined();
    expect(tickets.size).toBe(0);
  });

  test("is over after thirty seconds", () => {
    const { tickets, clock } = open();
    const [early, late] = [issue(tickets), issue(tickets)];
    clock.steadyMs += ticketMs - 1;
    expect(redeemed(tickets, early, origin)?.id).toBe("ada");
    clock.steadyMs += 1;
    expect(redeemed(tickets, late, origin)).toBeUndefined();
    expect(ticketMs).toBeLessThanOrEqual(30_000);
  });

  test("ends with the token it came from", () => {
    const { tickets, clock } = open();
    const short = given(tickets, identity("ada", { expiresAtMs: clock.nowMs + 10 }), origin);
    expect(short?.expiresInMs).toBe(10);
    clock.steadyMs += 10;
    expect(redeemed(tickets, short?.ticket ?? "", origin)).toBeUndefined();
    expect(given(tickets, identity("ada", { expiresAtMs: clock.nowMs }), origin)).toBeUndefined();
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
    expect(redeemed(tickets, ticket, from)).toBeUndefined();
    expect(redeemed(tickets, ticket, origin)).toBeUndefined();
  });

  test("of a program is worth nothing to a page", () => {
    const { tickets } = open();
    const [one, two] = [given(tickets, identity("ada"), undefined), given(tickets, identity("ada"), undefined)];
    expect(redeemed(tickets, one?.ticket ?? "", origin)).toBeUndefined();
    expect(redeemed(tickets, two?.ticket ?? "", undefined)?.id).toBe("ada");
  });

  test("has at least 128 random bits, and each other ones", () => {
    const { tickets } = open();
    const issued = Array.from({ length: 1_000 }, (_, i) => issue(tickets, identity(`user ${i}`)));
    expect(new Set(issued).size).toBe(1_000);
    for (const ticket of issued)
      expect(Buffer.from(ticket.slice(4), "base64url").length * 8).toBeGreaterThanOrEqual(128);
  });

  test.each(["", "sbt_", "sbt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "__proto__"])("%j is none", (ticket) => {
    expect(redeemed(open().tickets, ticket, origin)).toBeUndefined();
  });
});

describe("tickets are bounded", () => {
  test("sixteen per principal, without harm to others", () => {
    const { tickets, clock } = open();
    const mine = Array.from({ length: 17 }, () => given(tickets, identity("ada"), origin));
    expect(mine.map((one) => one !== undefined).lastIndexOf(true)).toBe(15);
    expect(given(tickets, identity("bob"), origin)).toBeDefined();
    expect(given(tickets, identity("ada", { tenant: "acme" }), origin)).toBeDefined();
    redeemed(tickets, mine[0]?.ticket ?? "", origin);
    expect(given(tickets, identity("ada"), origin)).toBeDefined();
    clock.steadyMs += ticketMs;
    expect(given(tickets, identity("ada"), origin)).toBeDefined();
    expect(tickets.size).toBe(1);
  });

  test("ten thousand in all", () => {
    const { tickets } = open();
    for (let i = 0; i < 10_100; i++) given(tickets, identity(`user ${i}`), origin);
    expect(tickets.size).toBe(10_000);
  });
});
