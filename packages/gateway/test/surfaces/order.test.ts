/** S§2.1 and S§2.2: what somebody asks for, and which runner can do it. */
import { describe, expect, test } from "vitest";
import { Members } from "../../src/surfaces/members.ts";
import { offersFor, type Runner } from "../../src/surfaces/orchestrate/offers.ts";
import { argsOf, type Order, orderOf, readWish } from "../../src/surfaces/orchestrate/order.ts";

const wish = (body: Record<string, unknown>) => readWish(new Members(body));

describe("S§2.1 a start", () => {
  test("names agents as texts or objects, in any of the usual members", () => {
    const agents = [
      "coder",
      { name: "tester", recipe: "npm-test", args: { fast: true } },
      { id: "a" },
      { role: "reviewer" },
    ];
    expect(wish({ project: "shop", objective: "a form", agents, session_id: "s1" })).toEqual({
      ok: true,
      value: {
        ...{ sessionId: "s1", project: "shop", objective: "a form" },
        agents: [
          { name: "coder", recipe: "coder", args: undefined },
          { name: "tester", recipe: "npm-test", args: { fast: true } },
          { name: "a", recipe: "a", args: undefined },
          { name: "reviewer", recipe: "reviewer", args: undefined },
        ],
      },
    });
  });

  test("without agents is one agent; one that stands alone is a list of one", () => {
    for (const body of [{}, { agents: [] }, { agents: null }, { agents: "agent" }]) {
      expect(wish(body)).toMatchObject({ value: { agents: [{ name: "agent", recipe: "agent" }] } });
    }
  });

  test("whose agent has no name says which", () => {
    for (const one of [7, "", {}, { name: 7 }, null, "x".repeat(65)]) {
      expect(wish({ agents: ["a", one] })).toMatchObject({ ok: false, path: "/agents/1" });
    }
  });

  test("comes back from the command that keeps it as it was", () => {
    const read = wish({ project: "shop", agents: ["a", { name: "b", args: { n: 1 } }] });
    if (!read.ok) throw new Error(read.rule);
    const order: Order = { ...read.value, sessionId: "s1", startedBy: "user:ada", runners: ["agent:runner-*"] };
    expect(orderOf("s1", JSON.parse(JSON.stringify(argsOf(order))))).toEqual(order);
  });
});

const order = (agents: unknown[], runners = ["agent:*"]): Order => {
  const read = wish({ project: "shop", objective: "a form", agents });
  if (!read.ok) throw new Error(read.rule);
  return { ...read.value, sessionId: "s1", startedBy: "user:ada", runners };
};

const runner = (name: string, recipes: string[], args: object = { type: "object" }): Runner => {
  const schema = {
    type: "object",
    required: ["recipe"],
    properties: {
      recipe: { type: "string", enum: recipes },
      args,
      sessionId: { type: "string" },
      title: { type: "string" },
    },
    additionalProperties: false,
  };
  return { channel: `agent:runner-${name}`, declaration: { commands: [{ name: "start", args: schema }] } };
};

describe("S§2.2 a runner", () => {
  test("gets an agent whose recipe it has, told what it is for", () => {
    expect(
      offersFor(
        order([{ name: "coder", args: { fast: true } }]),
        [runner("a", ["x"]), runner("b", ["coder"])],
        undefined,
      ),
    ).toEqual([
      {
        target: "agent:runner-b",
        args: {
          ...{ recipe: "coder", sessionId: "s1", title: "coder: a form" },
          args: { project: "shop", agent: "coder", objective: "a form", fast: true },
        },
      },
    ]);
  });

  test("is told as much of what it is for as its schema allows", () => {
    const taking = (...names: string[]) => {
      const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
      return runner("a", ["coder"], { type: "object", properties, additionalProperties: false });
    };
    const args = (...names: string[]) => offersFor(order(["coder"]), [taking(...names)], undefined)[0]?.args.args;
    expect(args("project", "agent", "objective")).toEqual({ project: "shop", agent: "coder", objective: "a form" });
    expect(args("objective", "agent")).toEqual({ agent: "coder", objective: "a form" });
    expect(args("project")).toEqual({ project: "shop" });
    expect(args()).toBeUndefined();
    expect(offersFor(order([{ name: "coder", args: { fast: true } }]), [taking("project")], undefined)).toEqual([
      undefined,
    ]);
  });

  test("gets the configured recipe for agents that nobody has one for", () => {
    expect(offersFor(order(["coder"]), [runner("a", ["any"])], "any")[0]?.args).toMatchObject({
      recipe: "any",
      args: { agent: "coder" },
    });
    expect(offersFor(order(["coder"]), [runner("a", ["any"])], undefined)).toEqual([undefined]);
  });

  test("takes turns with others that have the recipe", () => {
    const offers = offersFor(order(["c", "c", "c"]), [runner("b", ["c"]), runner("a", ["c"])], undefined);
    expect(offers.map((offer) => offer?.target)).toEqual(["agent:runner-a", "agent:runner-b", "agent:runner-a"]);
  });

  test("that had no room gives way to the next", () => {
    const both = [runner("a", ["c"]), runner("b", ["c"])];
    expect(offersFor(order(["c"]), both, undefined, [1])[0]?.target).toBe("agent:runner-b");
    expect(offersFor(order(["c"]), both, undefined, [2])[0]?.target).toBe("agent:runner-a");
  });

  test("that the asker might not command gets nothing", () => {
    const both = [runner("a", ["c"]), runner("b", ["c"])];
    expect(offersFor(order(["c", "c"], ["agent:runner-b"]), both, undefined).map((offer) => offer?.target)).toEqual([
      "agent:runner-b",
      "agent:runner-b",
    ]);
    expect(offersFor(order(["c"], ["agent:other*"]), both, "c")).toEqual([undefined]);
  });
});
