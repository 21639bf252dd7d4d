/** Signals that this process gets and its command should have. */

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface SignalTarget {
  /**
   * The terminal already sends Ctrl-C to the command, which shares our process group: sending it again would
   * count twice.
   */
  hasTerminal: boolean;
  kill(signal: NodeJS.Signals): void;
}

/** The second SIGINT kills. Returns what ends the forwarding. */
export function forwardSignals(target: SignalTarget): () => void {
  let interrupts = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === "SIGINT") interrupts++;
    if (interrupts > 1) target.kill("SIGKILL");
    else if (signal !== "SIGINT" || !target.hasTerminal) target.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, onSignal);
  return () => {
    for (const signal of forwarded) process.off(signal, onSignal);
  };
}
