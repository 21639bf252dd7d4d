/** Which runner can begin an agent, and with which arguments (S§2.2). Pure. */
import { type Declaration, misunderstood } from "@signalbox/core";
import { matchesPattern } from "@signalbox/protocol";
import { type AgentWish, type Order, recipeArgs } from "./order.ts";

export interface Runner {
  /** Such as agent:runner-build. */
  channel: string;
  declaration: Declaration;
}

export interface Offer {
  target: string;
  args: Record<string, unknown>;
}

const titleLength = 200;

/**
 * For each agent the runner that is to begin it; undefined where none can. Those that can take turns.
 * @param defaultRecipe For agents whose own recipe no runner has.
 */
export function offersFor(
  order: Order,
  runners: readonly Runner[],
  defaultRecipe: string | undefined,
): Array<Offer | undefined> {
  const allowed = runners
    .filter(({ channel }) => order.runners.some((pattern) => matchesPattern(pattern, channel)))
    .sort((a, b) => (a.channel < b.channel ? -1 : 1));
  return order.agents.map((agent, index) => {
    for (const recipe of defaultRecipe === undefined ? [agent.recipe] : [agent.recipe, defaultRecipe]) {
      const offers = allowed.flatMap((runner) => offerOf(runner, order, agent, recipe) ?? []);
      if (offers.length > 0) return offers[index % offers.length];
    }
    return undefined;
  });
}

function offerOf({ channel, declaration }: Runner, order: Order, agent: AgentWish, recipe: string): Offer | undefined {
  const { sessionId, objective } = order;
  const title = (objective === undefined ? agent.name : `${agent.name}: ${objective}`).slice(0, titleLength);
  const own = agent.args === undefined ? {} : { args: agent.args };
  for (const args of [{ args: recipeArgs(order, agent) }, own]) {
    const all = { recipe, ...args, sessionId, title };
    if (misunderstood(declaration, "start", all) === undefined) return { target: channel, args: all };
  }
  return undefined;
}
