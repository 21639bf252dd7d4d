/** What is to be done in a session: as somebody asks for it, and as the command keeps it that makes it outlive the gateway. Pure. */
import { isRecord, type Members, membersIn } from "../members.ts";

export interface AgentWish {
  name: string;
  recipe: string;
  /** What its own `args` say, for the recipe. */
  args: Record<string, unknown> | undefined;
}

export interface Wish {
  sessionId: string | undefined;
  project: string | undefined;
  objective: string | undefined;
  agents: readonly AgentWish[];
}

export interface Order extends Wish {
  sessionId: string;
  /** `KIND:ID` of who asked. */
  startedBy: string;
  /** Channels and patterns: who asked might give `start` to these, and no others are used. */
  runners: readonly string[];
}

type Read<Value> = { ok: true; value: Value } | { ok: false; path: string; rule: string };

const nameLength = 64;
const only: AgentWish = { name: "agent", recipe: "agent", args: undefined };

/** The body of a start: as tolerant as the document that it comes from is loose. */
export function readWish(body: Members): Read<Wish> {
  const given = body.value("agents");
  const list: unknown[] = Array.isArray(given) ? given : given === undefined || given === null ? [] : [given];
  const agents: AgentWish[] = [];
  for (const [index, one] of list.entries()) {
    const agent = readAgent(one);
    if (agent === undefined) {
      const rule = `must be a name of at most ${nameLength} characters, or an object with one`;
      return { ok: false, path: `/agents/${index}`, rule };
    }
    agents.push(agent);
  }
  const value = {
    sessionId: body.firstText("session_id", "sessionId"),
    project: textIn(body, "project"),
    objective: textIn(body, "objective"),
    agents: agents.length === 0 ? [only] : agents,
  };
  return { ok: true, value };
}

function readAgent(given: unknown): AgentWish | undefined {
  const members = membersIn(typeof given === "string" ? { name: given } : given);
  const name = members.firstText("name", "id", "agent", "role", "recipe");
  if (name === undefined || name.length > nameLength) return undefined;
  const args = members.value("args");
  return { name, recipe: members.firstText("recipe") ?? name, args: isRecord(args) ? args : undefined };
}

/** Some write a project as an object with a name. */
function textIn(body: Members, name: string): string | undefined {
  return body.text(name) ?? membersIn(body.value(name)).firstText("name", "id", "path");
}

export const argsOf = ({ project, objective, agents, startedBy, runners }: Order): Record<string, unknown> => ({
  ...(project === undefined ? {} : { project }),
  ...(objective === undefined ? {} : { objective }),
  agents,
  startedBy,
  runners,
});

/** Back from the command that keeps it. */
export function orderOf(sessionId: string, args: unknown): Order {
  const kept = membersIn(args);
  const wish = readWish(kept);
  const runners = kept.value("runners");
  return {
    ...{ project: kept.text("project"), objective: kept.text("objective"), sessionId },
    agents: wish.ok ? wish.value.agents : [],
    startedBy: kept.text("startedBy") ?? "",
    runners: Array.isArray(runners) ? runners.filter((one) => typeof one === "string") : [],
  };
}

/** What a recipe can be told of what it is for. */
export const purposeOf = ({ project, objective }: Wish, { name }: AgentWish): Record<string, string> => ({
  ...(project === undefined ? {} : { project }),
  agent: name,
  ...(objective === undefined ? {} : { objective }),
});
