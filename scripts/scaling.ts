/** `npx node --conditions=source scripts/scaling.ts`: the tables of docs/scaling.md from the figures of docs/scaling.json. */
import { figures, parametersOf } from "../bench/scaling/figures.ts";
import { tables } from "../bench/scaling/tables.ts";

for (const [name, table] of Object.entries(tables(figures, parametersOf(figures))))
  console.log(`${name}\n\n${table}\n`);
