import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type BudgetRow, describeBudget } from "../steering/budgets.ts";
import { pagesOf } from "../steering/pages.ts";

interface BudgetsFlags extends ConnectionFlags {
  json?: true;
}

export function addBudgets(program: Command, io: Io): void {
  const command = program
    .command("budgets")
    .summary("list budgets and what was used of them")
    .description("Lists budgets with what was used of each. `signalbox budget SCOPE` shows who acknowledged what.")
    .argument("[scope]", "only this one, or those of this pattern")
    .option("--json", "print each as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox budgets
  signalbox budgets 'session:*'
  signalbox budgets --json | jq -r 'select(.state == "paused").scope'`,
    );
  withConnection(command).action((scope: string | undefined, flags: BudgetsFlags) => list(scope, flags, io));
}

async function list(scope: string | undefined, flags: BudgetsFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    let count = 0;
    for await (const page of pagesOf<BudgetRow>(client, "budgets", scope === undefined ? {} : { scope })) {
      for (const row of page) {
        count++;
        io.out.line(flags.json ? JSON.stringify(row) : describeBudget(row, Date.now(), io.out.paint));
      }
    }
    if (count === 0 && !flags.json) io.err.line("no budgets: set one with `signalbox budget SCOPE --cost 5`");
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}
