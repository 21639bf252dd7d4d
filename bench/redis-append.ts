/**
 * What an event costs Redis and this process when it is kept: `npx node --conditions=source bench/redis-append.ts`. One server of
 * its own without a log; a call at a time, so that nothing is hidden by what goes on beside it. Not a scenario: no gateway
 * is part of it.
 */
import type { Entry } from "@signalbox/core";
import { startRedis } from "../test/support/redis/index.ts";
import { openTestStore } from "../test/support/redis-store.ts";

const events = 50_000;
const output = "x".repeat(200);

function entry(channel: string, i: number, rest: Partial<Entry> = {}): Entry {
  const [id, type, timestampMs] = [`event-${i}`, "process_output", 1_764_000_000_000 + i];
  const body = JSON.stringify({ id, type, timestamp: timestampMs, data: { output }, metadata: { source: "agent:a" } });
  return { channel, id, type, timestampMs, body, ...rest };
}

const kinds: Readonly<Record<string, (channel: string, i: number) => Entry>> = {
  "no marks": (channel, i) => entry(channel, i),
  "a producer's number": (channel, i) => entry(channel, i, { producer: { id: "p", epoch: 1, seq: i + 1 } }),
  "an idempotency key": (channel, i) => entry(channel, i, { idempotencyKey: `key-${i}` }),
  "ten channels": (channel, i) => entry(`${channel}${i % 10}`, i),
};

const server = await startRedis({ config: ["appendonly no"] });
const store = await openTestStore(server.url);

/** Microseconds of Redis so far: of its processor time, and in the script. */
async function spent(): Promise<{ cpu: number; lua: number }> {
  const info = await server.command("info", "everything");
  const number = (pattern: RegExp): number => Number(pattern.exec(info)?.[1] ?? 0);
  const cpu = (number(/used_cpu_user:(\S+)/) + number(/used_cpu_sys:(\S+)/)) * 1e6;
  return { cpu, lua: number(/cmdstat_evalsha:calls=\d+,usec=(\d+)/) };
}

try {
  console.log("microseconds an event                 Redis' CPU  in Lua  ours   events/s");
  for (const batch of [1, 10, 100]) {
    for (const [kind, make] of Object.entries(kinds)) {
      const channel = `roomy:${batch}-${kind.replaceAll(/\W/g, "-")}`;
      const [before, ours, beganMs] = [await spent(), process.cpuUsage(), performance.now()];
      for (let at = 0; at < events; at += batch) {
        await store.append(Array.from({ length: batch }, (_, i) => make(channel, at + i)));
      }
      const [tookMs, used] = [performance.now() - beganMs, process.cpuUsage(ours)];
      const after = await spent();
      const each = [after.cpu - before.cpu, after.lua - before.lua, used.user + used.system];
      const columns = each.map((micros) => (micros / events).toFixed(1).padStart(8));
      const rate = String(Math.round((events / tookMs) * 1_000)).padStart(9);
      console.log(`${`${kind}, ${batch} a call`.padEnd(38)}${columns.join("")}${rate}`);
    }
  }
} finally {
  await store.close();
  await server.stop();
}
