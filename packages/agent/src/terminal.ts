/** The user's keyboard and window size, passed on to a pseudo-terminal. */
import type { PtyChild, PtySize } from "./pty.ts";

export const windowSize = (): PtySize => ({
  columns: process.stdout.columns || 80,
  rows: process.stdout.rows || 24,
});

/** Returns what gives the terminal back. */
export function attachTerminal(child: PtyChild): () => void {
  const { stdin, stdout } = process;
  const onData = (data: Buffer): void => child.write(data.toString("utf8"));
  /** What a keyboard sends for the end of input. */
  const onEnd = (): void => child.write("\u0004");
  const onResize = (): void => child.resize(windowSize());
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("data", onData);
  stdin.on("end", onEnd);
  stdout.on("resize", onResize);
  return () => {
    stdin.off("data", onData);
    stdin.off("end", onEnd);
    stdout.off("resize", onResize);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  };
}
