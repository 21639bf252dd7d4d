/**
 * What Redis itself takes for the least that keeping and telling an event is: `npx node --conditions=source bench/redis-floor.ts`.
 * A redis-server of its own, without persistence, redis-benchmark as load; prints Redis' CPU µs per event and per subscriber.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { promisify } from "node:util";

const run = promisify(execFile);
const bytes = 256;
const events = 200_000;

/** Dedupe, offset, event in its stream, told to who follows: all that brokers/redis does is more than this. */
const append = `
local offset = redis.call('HINCRBY', KEYS[1], 'top', 1)
redis.call('SET', KEYS[3] .. offset, offset, 'PX', 300000)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, offset .. '-0', 'b', ARGV[1])
redis.call('PUBLISH', KEYS[2], ARGV[1])
return offset`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

const port = await freePort();
const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
const redis: ChildProcess = spawn("redis-server", options, { stdio: "ignore" });
process.once("exit", () => redis.kill("SIGKILL"));

const ask = async (...words: string[]): Promise<string> =>
  (await run("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...words])).stdout.trim();

/** Seconds of the server's CPU so far, its system calls included. */
async function cpuS(): Promise<number> {
  const text = await ask("INFO", "cpu");
  const of = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1]);
  return of("used_cpu_user") + of("used_cpu_sys");
}

/** Many at once: 32 over each of 4 connections. One at a time: Redis writes to each subscriber for each. */
const paces = { many: ["-c", "4", "-P", "32"], one: ["-c", "1", "-P", "1"] };

/** Sends a command `count` times; CPU µs and commands per second. */
async function load(
  pace: keyof typeof paces,
  count: number,
  ...command: string[]
): Promise<{ us: number; perS: number }> {
  const [before, begun] = [await cpuS(), performance.now()];
  const at = ["-h", "127.0.0.1", "-p", String(port)];
  await run("redis-benchmark", [...at, "-q", ...paces[pace], "-n", String(count), ...command]);
  const perS = count / ((performance.now() - begun) / 1_000);
  return { us: (1e6 * ((await cpuS()) - before)) / count, perS };
}

async function subscribers(count: number, channel: string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) {
    socket.write(`SUBSCRIBE ${channel}\r\n`);
    await once(socket, "data");
    socket.resume();
  }
  return sockets;
}

for (let ready = false; !ready; ) {
  ready = await ask("PING").then(
    (answer) => answer === "PONG",
    () => false,
  );
}
const body = "x".repeat(bytes);
const sha = await ask("SCRIPT", "LOAD", append);
const kept = await load("many", events, "EVALSHA", sha, "3", "{t}top", "{t}agent:a", "{t}dedupe:", body);
const told: Array<{ pace: string; subscribers: number; usPerSubscriber: number }> = [];
for (const pace of ["many", "one"] as const) {
  const some = pace === "many" ? events : events / 10;
  const alone = await load(pace, some, "PUBLISH", "agent:a", body);
  for (const count of [1, 10, 100]) {
    const sockets = await subscribers(count, "agent:a");
    const { us } = await load(pace, Math.ceil(some / Math.sqrt(count)), "PUBLISH", "agent:a", body);
    told.push({ pace, subscribers: count, usPerSubscriber: Math.round((100 * (us - alone.us)) / count) / 100 });
    for (const socket of sockets) socket.destroy();
  }
}
const version = /redis_version:(\S+)/.exec(await ask("INFO", "server"))?.[1];
const round = (value: number): number => Math.round(value * 10) / 10;
console.log(
  JSON.stringify({ version, bytes, appendUs: round(kept.us), appendsPerS: Math.round(kept.perS), told }, null, 2),
);
redis.kill("SIGTERM");
await once(redis, "exit");
