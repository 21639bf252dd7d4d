/** What a runner does with its guard, for a test that kills it: prints who runs, one number a line. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Guard } from "../src/runner/guard.ts";

const say = (pid: number | string | undefined): void => void process.stdout.write(`${pid}\n`);
const guard = new Guard((why) => say(`no guard: ${why}`));

// The one that is started by the other is stopped: it too must end.
const watched = spawn("bash", ["-c", "sleep 600 & kill -STOP $!; echo $!; wait"], {
  detached: true,
  stdio: ["ignore", "pipe", "ignore"],
});
const released = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
guard.watch(watched.pid ?? 0);
guard.watch(released.pid ?? 0);
guard.release(released.pid ?? 0);
createInterface({ input: watched.stdout }).once("line", (inner) => {
  say(watched.pid);
  say(inner);
  say(released.pid);
});
