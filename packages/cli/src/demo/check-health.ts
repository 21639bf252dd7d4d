/** Run by the demo's checker: asks a gateway once a second whether it is well, as ping would. */
import { setTimeout as wait } from "node:timers/promises";

const [url = ""] = process.argv.slice(2);
const everyMs = 1_000;
const times: number[] = [];
let failed = 0;

function finish(): void {
  const average = times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length);
  console.log(`--- ${url} ---`);
  console.log(`${times.length + failed} checks, ${failed} failed`);
  console.log(
    `min/avg/max = ${Math.min(...times).toFixed(2)}/${average.toFixed(2)}/${Math.max(...times).toFixed(2)} ms`,
  );
  process.exit(0);
}

process.on("SIGTERM", finish);

for (let seq = 1; ; seq++) {
  const begun = performance.now();
  try {
    const answer = await fetch(`${url}/health/ready`);
    const body = await answer.text();
    const time = performance.now() - begun;
    times.push(time);
    console.log(`${body.length} bytes from ${url}: seq=${seq} status=${answer.status} time=${time.toFixed(2)} ms`);
  } catch (error) {
    failed++;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    console.error(`seq=${seq} status=none ${cause}`);
  }
  await wait(everyMs);
}
