/**
 * An agent in a process of its own. Arguments: a JSON object of what it is. Lines on its standard input: `die POINT` (it is
 * killed when its work reaches that point), `finish`. On standard output: a line for each answer it got.
 */
import { createInterface } from "node:readline";
import { liveAsAgent } from "./agent.ts";

interface Arguments {
  agentId: string;
  number: number;
  folder: string;
  seed: number;
  token: string;
  url: string;
}

const { url, ...rest } = JSON.parse(process.argv[2] ?? "") as Arguments;
let dieAt: string | undefined;
let finishing = false;

createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "finish") finishing = true;
  else dieAt = line.slice("die ".length);
});

await liveAsAgent({
  ...rest,
  url: () => url,
  signal: new AbortController().signal,
  reached: (point) => {
    if (point === dieAt) process.kill(process.pid, "SIGKILL");
  },
  settled: () => void process.stdout.write("\n"),
  isFinishing: () => finishing,
});
process.exit(0);
