/** The user's keyboard and window size, passed on to a pseudo-terminal. */
import type { TerminalSize } from "./child.ts";
import { endOfInput, type PtyChild } from "./pty.ts";

/** Where nobody's window decides. */
export const defaultSize: TerminalSize = { columns: 80, rows: 24 };

export const windowSize = (): TerminalSize => ({
  columns: process.stdout.columns || defaultSize.columns,
  rows: process.stdout.rows || defaultSize.rows,
});

/** Returns what gives the terminal back. */
export function attachTerminal(child: PtyChild): () => void {
  const { stdin, stdout } = process;
  const onData = (data: Buffer): void => child.write(data.toString("utf8"));
  const onEnd = (): void => child.write(endOfInput);
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
