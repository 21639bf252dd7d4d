/**
 * The load generator: a process of its own, so that what it costs is not counted as the server's.
 * Reads one job as JSON from stdin, answers with one line of JSON on stdout.
 */
import { text } from "node:stream/consumers";
import { churn } from "./churn.ts";
import { fanout } from "./fanout.ts";
import { fleet } from "./fleet.ts";
import { idle } from "./idle.ts";
import { ingest } from "./ingest.ts";
import { jitter } from "./jitter.ts";
import { decodeJob, type FiguresOf, type Job } from "./job.ts";
import { mixed } from "./mixed.ts";
import { overview } from "./overview.ts";
import { slow } from "./slow.ts";
import { slowLink } from "./slow-link.ts";
import { storm } from "./storm.ts";

function figures(job: Job): Promise<FiguresOf[Job["kind"]]> {
  switch (job.kind) {
    case "fanout":
      return fanout(job);
    case "ingest":
      return ingest(job);
    case "idle":
      return idle(job);
    case "storm":
      return storm(job);
    case "jitter":
      return jitter(job);
    case "slow":
      return slow(job);
    case "slowlink":
      return slowLink(job);
    case "mixed":
      return mixed(job);
    case "churn":
      return churn(job);
    case "fleet":
      return fleet(job);
    case "overview":
      return overview(job);
  }
}

const job = decodeJob(await text(process.stdin));
const overdue = setTimeout(() => {
  console.error(`the load generator gave up after ${job.deadlineMs} ms`);
  process.exit(1);
}, job.deadlineMs);
console.log(JSON.stringify(await figures(job)));
clearTimeout(overdue);
