/** Which runner can begin an agent, and with which arguments (S§2.2). Pure. */
import { type Declaration, misunderstood } from "@signalbox/core";
import { matchesPattern } from "@signalbox/protocol";
import { type AgentWish, type Order, purposeOf } from "./order.ts";

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
 * @param before By agent: how often it was given to a runner that had no room.
 */
export function offersFor(
  order: Order,
  runners: readonly Runner[],
  defaultRecipe: string | undefined,
  before: readonly number[] = [],
): Array<Offer | undefined> {
  const allowed = runners
    .filter(({ channel }) => order.runners.some((pattern) => matchesPattern(pattern, channel)))
    .sort((a, b) => (a.channel < b.channel ? -1 : 1));
  return order.agents.map((agent, index) => {
    for (const recipe of defaultRecipe === undefined ? [agent.recipe] : [agent.recipe, defaultRecipe]) {
      const offers = allowed.flatMap((runner) => offerOf(runner, order, agent, recipe) ?? []);
      if (offers.length > 0) return offers[(index + (before[index] ?? 0)) % offers.length];
    }
    return undefined;
  });
}

function offerOf({ channel, declaration }: Runner, order: Order, agent: AgentWish, recipe: string): Offer | undefined {
  const { sessionId, objective } = order;
  const title = (objective === undefined ? agent.name : `${agent.name}: ${objective}`).slice(0, titleLength);
  for (const purpose of partsOf(purposeOf(order, agent))) {
    const told = { ...purpose, ...agent.args };
    const args = { recipe, ...(Object.keys(told).length === 0 ? {} : { args: told }), sessionId, title };
    if (misunderstood(declaration, "start", args) === undefined) return { target: channel, args };
  }
  return undefined;
}

/** All of it, then ever less: a recipe is told as much as its schema allows. */
function partsOf(purpose: Record<string, string>): Array<Record<string, string>> {
  const members = Object.entries(purpose);
  const choices = Array.from({ length: 2 ** members.length }, (_, choice) =>
    members.filter((_member, place) => (choice & (1 << place)) === 0),
  );
  return choices.sort((a, b) => b.length - a.length).map((chosen) => Object.fromEntries(chosen));
}
