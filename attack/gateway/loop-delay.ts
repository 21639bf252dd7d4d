/**
 * Loaded into the gateway's process before the gateway: measures how long its event loop was kept from its work, and
 * answers each message of the runner with the figures since the one before. Nothing of the gateway knows of it.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** Milliseconds between two looks; what is shorter is not seen. */
const resolution = 2;

// The store's threads load it too: they have loops of their own.
if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  process.on("message", () => {
    // The histogram counts from one look to the next: without any delay that is the resolution.
    const [p99Ms, maxMs] = [delay.percentile(99), delay.max].map((ns) => Math.max(0, ns / 1e6 - resolution));
    delay.reset();
    process.send?.({ p99Ms, maxMs });
  });
  // The runner is gone: so is the only reason to be.
  process.once("disconnect", () => process.exit(1));
  process.channel?.unref();
}
