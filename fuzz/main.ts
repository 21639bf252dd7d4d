/** `npm run fuzz`: every byte entry of the gateway, fed with what a grammar and a mutator make up. */
import { parserCoverage, startCoverage } from "./coverage.ts";
import { help, readOptions } from "./options.ts";

try {
  const options = readOptions(process.argv.slice(2));
  // Before the parsers are loaded: what ran earlier would not be counted.
  if (options.coverage) await startCoverage();
  const { chosenEntries, fuzzAll } = await import("./run.ts");
  if (options.help) {
    console.log(help(await chosenEntries([])));
  } else {
    const entries = await chosenEntries(options.only);
    const failed = await fuzzAll(entries, options);
    if (options.coverage) console.log(`\n${await parserCoverage(entries)}`);
    process.exitCode = failed ? 1 : 0;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
