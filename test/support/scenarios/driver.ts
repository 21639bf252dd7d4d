/** A program that plays one side of a conversation: a line of JSON in, a line of JSON back. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { JsonObject } from "./scenario.ts";

export interface Driver {
  /** Rejects with what the program said instead of an answer. */
  ask(request: JsonObject): Promise<JsonObject>;
  end(): Promise<void>;
}

export function startDriver(command: string, args: readonly string[]): Driver {
  const child: ChildProcess = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const waiting: Array<{ resolve: (answer: JsonObject) => void; reject: (error: Error) => void }> = [];
  let errors = "";
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      errors += error.message;
    });
    child.once("close", () => {
      ended = true;
      for (const { reject } of waiting.splice(0)) reject(new Error(`the driver ended: ${errors}`));
      resolve();
    });
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as JsonObject;
      const asked = waiting.shift();
      if (typeof answer.failed === "string") asked?.reject(new Error(answer.failed));
      else asked?.resolve(answer);
    });
  }
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (ended) reject(new Error(`the driver ended: ${errors}`));
        waiting.push({ resolve, reject });
        child.stdin?.write(`${JSON.stringify(request)}\n`);
      }),
    end: async () => {
      child.stdin?.end();
      await exited;
    },
  };
}
