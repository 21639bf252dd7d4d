/**
 * Ends what a killed runner leaves behind. Node cannot have the kernel do that, so a small shell reads from a pipe which
 * process groups run; when the runner dies, however it dies, the pipe ends and the shell ends them.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Between SIGTERM and SIGKILL. */
const graceS = 5;

/** `+N`: group N runs. `-N`: it has ended. What sends the runner a signal does not mean the guard, so it is deaf. */
const script = `
trap '' HUP INT TERM QUIT
live=
while read -r line; do
  case $line in
    +*) live="$live \${line#+}" ;;
    -*) rest=
        for group in $live; do [ "$group" = "\${line#-}" ] || rest="$rest $group"; done
        live=$rest ;;
  esac
done
[ -z "$live" ] && exit
for group in $live; do kill -s TERM -- "-$group"; kill -s CONT -- "-$group"; done
sleep ${graceS}
for group in $live; do kill -s KILL -- "-$group"; done
`;

export class Guard {
  readonly #onFault: (why: string) => void;
  #shell: ChildProcess | undefined;
  #closed = false;

  /** `onFault`: there is no guard, and why; the runner works without. */
  constructor(onFault: (why: string) => void) {
    this.#onFault = onFault;
    if (process.platform !== "win32") this.#begin();
    else onFault("there is none on Windows");
  }

  watch(group: number): void {
    this.#tell(`+${group}`);
  }

  release(group: number): void {
    this.#tell(`-${group}`);
  }

  close(): void {
    this.#closed = true;
    this.#shell?.stdin?.end();
  }

  #begin(): void {
    const shell = spawn("/bin/sh", ["-c", script, "signalbox-guard"], {
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.#shell = shell;
    shell.stdin?.on("error", () => undefined);
    let why = "it was ended";
    shell.once("error", (error) => {
      why = error.message;
    });
    shell.once("close", () => {
      if (this.#closed) return;
      this.#shell = undefined;
      this.#onFault(why);
    });
    // It must not keep a runner alive that has nothing else to do.
    shell.unref();
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`);
  }
}
