/** An agent for tests that start it in a terminal: its command counts the SIGINTs it gets. */
import { runProcess } from "../src/run-process.ts";

const [url = "", root = "", pty] = process.argv.slice(2);

const script = `
let count = 0;
process.on("SIGINT", () => {
  if (count++ === 0) setTimeout(() => { console.log("interrupts: " + count); process.exit(9) }, 300);
});
process.stdin.once("data", (data) => console.log("heard " + data.toString().trim() + ", " + process.stdout.columns));
console.log("ready");
setInterval(() => {}, 1000);
`;

const result = await runProcess({
  command: process.execPath,
  args: ["-e", script],
  processId: "p1",
  gateway: { fetch: (path, init) => fetch(url + path, init) },
  url,
  spool: { root },
  stdin: "inherit",
  stdout: process.stdout,
  stderr: process.stderr,
  forwardSignals: true,
  pty: pty === "pty",
});
console.log(`exit ${result.exitCode}`);
process.exit();
