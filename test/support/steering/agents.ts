/** Agents that a run kills and starts again: in processes of their own, or, where only the gateway is in question, here. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Life, liveAsAgent } from "./agent.ts";

export interface RunningAgent {
  /** Killed when its work reaches the point; at once without one. Resolves when it is gone. */
  kill(point?: string): Promise<void>;
  /** Resolves when it has ended everything that was begun. */
  finish(): Promise<void>;
}

export type BeginAgent = (life: Pick<Life, "agentId" | "number">) => RunningAgent;

export type Around = Pick<Life, "folder" | "seed" | "url" | "settled" | "fetch"> & { tokenOf(agentId: string): string };

/** Kill -9 of a process, from outside or exactly where its work is. */
export const inProcesses =
  ({ tokenOf, url, settled, folder, seed }: Around): BeginAgent =>
  ({ agentId, number }) => {
    const script = join(import.meta.dirname, "agent-to-kill.ts");
    const is = JSON.stringify({ agentId, number, folder, seed, token: tokenOf(agentId), url: url() });
    const child = spawn(process.execPath, ["--conditions=source", script, is], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const kill = (): boolean => child.kill("SIGKILL");
    process.once("exit", kill);
    void ended.then(() => process.off("exit", kill));
    // A process that is gone reads nothing more.
    child.stdin.on("error", () => {});
    child.stdout.on("data", (piece: Buffer) => {
      for (let left = piece.length; left > 0; left--) settled();
    });
    return {
      kill: async (point) => {
        if (point === undefined) kill();
        else child.stdin.write(`die ${point}\n`);
        await ended;
        if (child.signalCode !== "SIGKILL") throw new Error(`${agentId}.${number} ended by itself`);
      },
      finish: async () => {
        child.stdin.write("finish\n");
        await ended;
        if (child.exitCode !== 0)
          throw new Error(`${agentId}.${number} ended with ${child.exitCode ?? child.signalCode}`);
      },
    };
  };

class Killed extends Error {
  override name = "Killed";
}

/** The same work without a process: what it would do after its death, it does not do. */
export const here =
  ({ tokenOf, ...around }: Around): BeginAgent =>
  ({ agentId, number }) => {
    const death = new AbortController();
    let dieAt: string | undefined;
    let finishing = false;
    const life = liveAsAgent({
      ...{ ...around, agentId, number, token: tokenOf(agentId), signal: death.signal },
      isFinishing: () => finishing,
      reached: (point) => {
        if (point === dieAt) death.abort();
        if (death.signal.aborted) throw new Killed(point);
      },
    });
    const ended = life.catch((error: unknown) => {
      if (!death.signal.aborted) throw error;
    });
    // Where it fails, whoever ends it hears of it.
    ended.catch(() => {});
    return {
      kill: (point) => {
        if (point === undefined) death.abort();
        else dieAt = point;
        return ended;
      },
      finish: () => {
        finishing = true;
        return ended;
      },
    };
  };
