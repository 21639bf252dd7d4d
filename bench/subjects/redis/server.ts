/** The Redis that two nodes of a subject share, as Debian's package has it, with its log synced once a second. */
import { createServer } from "node:net";
import { programPath } from "../../../scripts/setup-system.ts";
import { firstLine, startChild } from "../../child.ts";
import { pinned, temporaryDirectory } from "../../place.ts";

const readyWithinMs = 10_000;
const graceMs = 5_000;

export interface Redis {
  pid: number;
  url: string;
  stop(): Promise<void>;
}

export const redisMissing = (): string | undefined =>
  programPath(["redis-server"]) === undefined ? "redis-server is not installed" : undefined;

export async function startRedis(): Promise<Redis> {
  const program = programPath(["redis-server"]);
  if (program === undefined) throw new Error("there is no redis-server");
  const directory = temporaryDirectory();
  const port = await freePort();
  const settings = ["--bind", "127.0.0.1", "--port", String(port), "--dir", directory.path, "--save", ""];
  const [command, args] = pinned(undefined, program, [...settings, "--appendonly", "yes", "--appendfsync", "everysec"]);
  const child = await startChild(command, args, { cwd: directory.path });
  await firstLine(child, "redis-server", readyWithinMs, (line) =>
    line.includes("Ready to accept connections") ? true : undefined,
  );
  return {
    pid: child.pid,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await child.end(graceMs);
      directory.remove();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
