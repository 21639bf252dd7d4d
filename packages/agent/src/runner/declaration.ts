/** What a runner says it understands: `start`, with the arguments of each of its recipes. */
import type { EventData } from "@signalbox/protocol";
import type { Recipe } from "./recipe.ts";

type Commands = EventData["agent_commands"]["commands"];

const label = (title: string, maxLength: number) => ({ type: "string", title, minLength: 1, maxLength });

/** Forms are drawn from this, and the gateway refuses what does not fit before the runner hears of it. */
export function declaration(recipes: ReadonlyMap<string, Recipe>): Commands {
  const all = [...recipes.values()];
  return [
    {
      name: "start",
      title: "Start",
      description: "Starts a recipe of this runner; the result says which process it is.",
      args: {
        type: "object",
        additionalProperties: false,
        required: ["recipe"],
        properties: {
          recipe: { title: "Recipe", enum: all.map(({ name }) => name) },
          args: { title: "Arguments", type: "object" },
          sessionId: label("Session it belongs to", 200),
          agentId: label("Agent it works for", 200),
          processId: label("Name of the process, under the runner's", 100),
          title: label("What people call it", 200),
        },
        anyOf: all.map(({ name, args, file: { title, description } }) => ({
          ...(title === undefined ? {} : { title }),
          ...(description === undefined ? {} : { description }),
          properties: { recipe: { const: name }, args },
          ...(args.required?.length ? { required: ["args"] } : {}),
        })),
      },
    },
  ];
}
