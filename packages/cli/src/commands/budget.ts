import type { Client } from "@signalbox/client";
import { isChannel } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { parseLimit, parseShare } from "../parse.ts";
import { publishOne } from "../publish-one.ts";
import { type BudgetRow, describeBudget, type Used } from "../steering/budgets.ts";

type Limit = number | "none";
type Share = number | "never";

interface BudgetFlags extends ConnectionFlags {
  cost?: Limit;
  tokens?: Limit;
  seconds?: Limit;
  warn?: Share;
  pause?: Share;
  cancel?: Share;
  reset?: true;
  end?: true;
  json?: true;
}

export function addBudget(program: Command, io: Io): void {
  const command = program
    .command("budget")
    .summary("show or set what an agent, a session or the fleet may use")
    .description(
      "Sets what may be used, and shows what was: with it who acknowledged to pause or cancel. What is not named stays as " +
        "it is. People are warned at 80 % of a limit, agents are told to pause at 100 % and to cancel at 120 %, unless said otherwise.",
    )
    .argument("<scope>", "agent:ID, session:ID, or global for the fleet")
    .option("--cost <usd>", "US dollars, or none", parseLimit)
    .option("--tokens <n>", "tokens, read and written, such as 1e6; or none", parseLimit)
    .option("--seconds <n>", "working time, or none", parseLimit)
    .option("--warn <share>", "the share of a limit at which people are warned, or never", parseShare)
    .option("--pause <share>", "at which agents are told to pause, or never", parseShare)
    .option("--cancel <share>", "at which agents are told to cancel, or never", parseShare)
    .option("--reset", "begin to count anew")
    .option("--end", "take all limits away")
    .option("--json", "print the budget as JSON")
    .addHelpText(
      "after",
      `
Examples:
  signalbox budget session:s1 --cost 5
  signalbox budget global --tokens 1e6 --seconds 3600 --warn 0.5 --cancel never
  signalbox budget agent:coder-001 --reset
  signalbox budget session:s1`,
    );
  withConnection(command).action((scope: string, flags: BudgetFlags) => budget(scope, flags, io));
}

async function budget(scope: string, flags: BudgetFlags, io: Io): Promise<void> {
  if (!isChannel(scope)) {
    const next = "Write it as agent:ID, session:ID or global.";
    throw new Failure(`${JSON.stringify(scope)} is no scope of a budget`, next, exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const found = await find(client, scope);
    const data = isSetting(flags) ? settingOf(scope, found, flags) : undefined;
    if (data !== undefined) await publishOne(client, { type: "budget_set", channel: scope, data });
    const told = data === undefined ? found : await find(client, scope);
    if (told === undefined) {
      throw new Failure(`there is no budget of ${scope}`, `Set one: signalbox budget ${scope} --cost 5`);
    }
    io.out.line(flags.json ? JSON.stringify(told) : describeBudget(told, Date.now(), io.out.paint));
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

/** `undefined`: there is none, or it may not be seen. */
async function find(client: Client, scope: string): Promise<BudgetRow | undefined> {
  try {
    return await client.request<BudgetRow>(`/v1/budgets/${encodeURIComponent(scope)}`);
  } catch (error) {
    if (error instanceof Error && error.name === "not_found") return undefined;
    throw error;
  }
}

const isSetting = ({ cost, tokens, seconds, warn, pause, cancel, reset, end }: BudgetFlags): boolean =>
  [cost, tokens, seconds, warn, pause, cancel, reset, end].some((flag) => flag !== undefined);

/** The data of a `budget_set` that changes what the flags name, and nothing else. */
function settingOf(scope: string, before: BudgetRow | undefined, flags: BudgetFlags): object {
  const { cost, tokens, seconds } = flags;
  const limits: Used = flags.end ? {} : { ...before?.limits };
  for (const [measure, limit] of Object.entries({ costUsd: cost, tokens, seconds })) {
    if (limit === "none") Reflect.deleteProperty(limits, measure);
    else if (limit !== undefined) Reflect.set(limits, measure, limit);
  }
  if (Object.keys(limits).length === 0 && !flags.end) {
    throw new Failure("a budget has a limit", "Give --cost, --tokens or --seconds; or --end.", exitCodes.usage);
  }
  return {
    ...{ scope, limits },
    ...shareOf("warnAt", flags.warn, before?.warnAt),
    ...shareOf("pauseAt", flags.pause, before?.pauseAt),
    ...shareOf("cancelAt", flags.cancel, before?.cancelAt),
    ...(flags.reset ? { reset: true } : {}),
  };
}

function shareOf(member: string, given: Share | undefined, before: number | null | undefined): object {
  const share = given === "never" ? null : (given ?? before);
  return share === undefined ? {} : { [member]: share };
}
