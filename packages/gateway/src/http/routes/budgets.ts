/** Budgets over HTTP: what may be used, what was, and who acknowledged what followed. Setting one is publishing. */
import { type Budget, type Life, type Principal, sharesOf, stages, stateOf, usedIn } from "@signalbox/core";
import { matchesPattern } from "@signalbox/protocol";
import Type from "typebox";
import type { Node } from "../../node.ts";
import type { App } from "../app.ts";
import { answers, positionSchema } from "../schemas.ts";
import { findLife, listLives, tell } from "../steering.ts";
import { checkPattern } from "./channels.ts";
import { maySeeCommand, surveyGroup } from "./commands.ts";

const defaultLimit = 100;
/** Commands of a stage that its receipt names: the others are counted. */
const receiptsAtMost = 1_000;

const measured = (description: string) =>
  Type.Object(
    {
      costUsd: Type.Optional(Type.Number()),
      tokens: Type.Optional(Type.Number()),
      seconds: Type.Optional(Type.Number()),
    },
    { description },
  );

const share = Type.Union([Type.Number(), Type.Null()], { description: "A share of a limit; null: never." });

const stage = Type.Optional(
  Type.Object(
    {
      at: Type.Integer(),
      used: measured("What was used then."),
      round: Type.Integer(),
      group: Type.Optional(Type.String({ description: "Of the commands that were given." })),
      given: Type.Optional(Type.Integer({ description: "Agents that were given one then." })),
      counts: Type.Optional(Type.Unknown({ description: "Of one budget: the group's commands by state." })),
      commands: Type.Optional(Type.Array(Type.Unknown(), { description: "Of one budget: as GET /v1/commands tells." })),
    },
    { description: "How this stage was reached." },
  ),
);

const budgetSchema = Type.Object({
  scope: Type.String(),
  state: Type.String({ description: "open, warned, paused, cancelled or ended." }),
  limits: measured("What may be used."),
  used: measured("What was used since this count began."),
  shares: measured("Of each limit, the share that was used."),
  warnAt: share,
  pauseAt: share,
  cancelAt: share,
  round: Type.Integer({ description: "Counts the settings, from 1." }),
  setBy: Type.String(),
  setAt: Type.Integer({ description: "Milliseconds since 1970, as all times." }),
  since: Type.Integer({ description: "When this count began." }),
  warned: stage,
  paused: stage,
  cancelled: stage,
  eventId: Type.String({ description: "Of the event that set the scope's first budget." }),
  position: Type.Optional(positionSchema),
});

const maySee =
  ({ rights }: Principal) =>
  ({ scope }: Budget): boolean =>
    rights.may("history", scope) || rights.may("subscribe", scope);

export function budgetRoutes(app: App, node: Node): void {
  const { limits } = node;

  app.get(
    "/v1/budgets/:scope",
    {
      schema: {
        summary: "A budget, with receipts",
        params: Type.Object({ scope: Type.String() }),
        response: answers(budgetSchema),
      },
    },
    async (request) => {
      const { principal } = request;
      const { scope } = request.params;
      const life = await findLife(node, principal, { kind: "budget", id: scope, isVisible: maySee(principal) });
      const told: Record<string, unknown> = tellBudget(node, principal, life);
      for (const name of stages) {
        const reached = life.state[name];
        if (reached?.group === undefined) continue;
        const isShown = maySeeCommand(principal);
        const all = { isWanted: () => true, isShown, limit: receiptsAtMost };
        const { counts, lives } = await surveyGroup(node, principal, reached.group, all);
        told[name] = { ...reached, counts, commands: lives.map((one) => tell(node, principal, one)) };
      }
      return told;
    },
  );

  app.get(
    "/v1/budgets",
    {
      schema: {
        summary: "Budgets by scope",
        description: "A page may hold fewer than its limit, even none, and still have a next. Set one with budget_set.",
        querystring: Type.Object({
          scope: Type.Optional(Type.String({ description: "A scope or a pattern; all if absent." })),
          after: Type.Optional(Type.String({ description: "An earlier answer's next." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageEvents, description: "100 if absent." })),
        }),
        response: answers(Type.Object({ budgets: Type.Array(budgetSchema), next: Type.Optional(Type.String()) })),
      },
    },
    async (request) => {
      const { principal } = request;
      const { scope, after = "", limit = Math.min(defaultLimit, limits.pageEvents) } = request.query;
      if (scope !== undefined) checkPattern(scope, node);
      const isVisible = maySee(principal);
      const { lives, next } = await listLives(node, principal, {
        ...{ kind: "budget", prefix: (scope ?? "").replace(/\*$/, ""), after, limit, open: false },
        isWanted: (one) => (scope === undefined || matchesPattern(scope, one.scope)) && isVisible(one),
      });
      const budgets = lives.map((life) => tellBudget(node, principal, life));
      return next === undefined ? { budgets } : { budgets, next };
    },
  );
}

const tellBudget = (node: Node, principal: Principal, life: Life<Budget>) => ({
  ...tell(node, principal, life),
  state: stateOf(life.state),
  used: usedIn(life.counts),
  shares: sharesOf(life.state, life.counts),
});
