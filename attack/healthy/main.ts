/**
 * The healthy client: a process of its own. The first line of stdin is its job, each further one a question, answered by
 * a line of figures of the time since the question before. Ends with its stdin.
 */
import { createInterface } from "node:readline";
import { HealthyClient } from "./client.ts";
import { decodeJob } from "./figures.ts";

let client: HealthyClient | undefined;
const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  if (client === undefined) {
    client = new HealthyClient(decodeJob(line));
    await client.start();
    console.log('{"ready":true}');
  } else {
    console.log(JSON.stringify(await client.figures()));
  }
}
process.exit(0);
