/** How much memory this process holds, after everything that nobody needs was collected. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes that somebody still holds in this process: as buffers, or also as text and objects. */
export async function heldBytes(what: "buffers" | "all"): Promise<number> {
  // Buffers are given back in the turn after their owners were collected.
  for (let i = 0; i < 2; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return what === "buffers" ? arrayBuffers : arrayBuffers + heapUsed;
}
