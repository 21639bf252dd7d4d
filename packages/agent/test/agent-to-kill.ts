/** An agent for tests that kill it: runs a command that prints numbered lines for ever. */
import { runProcess } from "../src/run-process.ts";

const [url = "", root = ""] = process.argv.slice(2);

await runProcess({
  command: process.execPath,
  args: ["-e", 'let i = 0; setInterval(() => console.log("line " + ++i), 1)'],
  processId: "p1",
  gateway: { fetch: (path, init) => fetch(url + path, init) },
  url,
  spool: { root },
  stdout: process.stdout,
});
