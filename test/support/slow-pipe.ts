/** A slow link: what one socket reads goes to another at so many bytes a second. */
import type { Socket } from "node:net";

/** As often as this something is let through. */
const tickMs = 20;

/**
 * Keeps at most a tick's worth itself; everything else waits where a link makes it wait, before it.
 * @param bytesPerSecond Asked at every tick; undefined: as fast as it goes.
 * @param onPassed Bytes that were let through.
 */
export function slowPipe(
  from: Socket,
  to: Socket,
  bytesPerSecond: () => number | undefined,
  onPassed: (bytes: number) => void,
): void {
  let beforeMs = performance.now();
  let budget = 0;
  const pass = (): void => {
    const nowMs = performance.now();
    const rate = bytesPerSecond();
    budget =
      rate === undefined ? Number.POSITIVE_INFINITY : Math.min(rate, budget + ((nowMs - beforeMs) * rate) / 1_000);
    beforeMs = nowMs;
    while (to.writableLength === 0 || rate === undefined) {
      const bytes = Math.floor(Math.min(budget, from.readableLength));
      const chunk: Buffer | null = bytes > 0 ? from.read(bytes) : null;
      if (chunk === null) return;
      budget -= chunk.length;
      onPassed(chunk.length);
      to.write(chunk);
    }
  };
  const timer = setInterval(pass, tickMs);
  from.on("readable", () => {
    if (bytesPerSecond() === undefined) pass();
  });
  // Without a read nothing is ever readable.
  from.read(0);
  from.once("end", () => to.end());
  from.once("close", () => clearInterval(timer));
}
