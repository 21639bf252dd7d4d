import { mkdtempSync, rmSync } from "node:fs";
import { defaultNamespaces } from "@signalbox/core";
import { openSqliteStore } from "/work/main/packages/gateway/src/stores/sqlite/index.ts";

const [pub = 100, per = 1, total = 600000, producer = 0, keep = 0] = process.argv.slice(2).map(Number);
const directory = keep ? "/tmp/sb/keep" : mkdtempSync("/tmp/sb/bench-");
if (keep) rmSync(directory, { recursive: true, force: true });
const log = { error: console.error };
const store = await openSqliteStore({ directory, namespaces: defaultNamespaces, log });
const lat: number[] = [];
let left = total;
const th = process.threadCpuUsage();
const t0 = performance.now();
const c0 = process.cpuUsage();
await Promise.all(
  Array.from({ length: pub }, async (_, i) => {
    const channel = "agent:coder-" + i;
    let seq = 0;
    const lat1 = lat;
    while (left > 0) {
      left -= per;
      const t = performance.now();
      const batch = [];
      for (let k = 0; k < per; k++) {
        const id = `${i}-${++seq}`;
        batch.push({
          channel,
          id,
          type: "process_output",
          timestampMs: Date.now(),
          body: JSON.stringify({
            id,
            type: "process_output",
            timestamp: Date.now(),
            data: { processId: "p1", line: seq, stream: "stdout", output: "line of output " + seq + " y".repeat(80) },
          }),
          ...(producer ? { producer: { id: "prod-" + i, epoch: 1, seq } } : {}),
        });
      }
      const r = await store.append(batch);
      if (!r[0]!.ok || (r[0] as any).duplicate) throw new Error(JSON.stringify(r[0]));
      lat1.push(performance.now() - t);
    }
  }),
);
const s = (performance.now() - t0) / 1000;
const u = process.threadCpuUsage(th),
  cu = process.cpuUsage(c0);
lat.sort((a, b) => a - b);
console.log(
  { pub, per, producer },
  Math.round(total / s) + "/s",
  "main us/ev",
  ((u.user + u.system) / total).toFixed(2),
  "all us/ev",
  ((cu.user + cu.system) / total).toFixed(2),
  "p50",
  lat[lat.length >> 1]!.toFixed(2),
  "p99",
  lat[Math.floor(lat.length * 0.99)]!.toFixed(2),
  "p999",
  lat[Math.floor(lat.length * 0.999)]!.toFixed(2),
  "max",
  lat.at(-1)!.toFixed(1),
);
if (process.env.NOQ) {
  const io = (await import("node:fs")).readFileSync("/proc/self/io", "utf8");
  console.log(
    "   wchar B/ev",
    Math.round(+io.match(/wchar: (\d+)/)![1]! / total),
    "write_bytes B/ev",
    Math.round(+io.match(/write_bytes: (\d+)/)![1]! / total),
    "syscw/ev",
    (+io.match(/syscw: (\d+)/)![1]! / total).toFixed(2),
  );
  rmSync(directory, { recursive: true });
  process.exit();
}
let t = performance.now();
const q = await store.search({ text: "output " + 5, limit: 20 });
console.log("search", q.hits.length, (performance.now() - t).toFixed(0) + "ms", q.next);
t = performance.now();
for (let i = 0; i < 200; i++) {
  const p = await store.read("agent:coder-" + (i % pub), (i * 37) % Math.max(1, total / pub - 300), 300, 1e6);
  if (p.events.length !== 300 && i < 1) console.log(p.events.length);
}
console.log("read 300", ((performance.now() - t) / 200).toFixed(2) + "ms");
t = performance.now();
await store.close();
console.log("close", (performance.now() - t).toFixed(0) + "ms");
if (!keep) rmSync(directory, { recursive: true });
else {
  t = performance.now();
  const s2 = await openSqliteStore({ directory, namespaces: defaultNamespaces, log });
  console.log("open", (performance.now() - t).toFixed(0) + "ms", (await s2.info("agent:coder-0"))?.top);
  await s2.close();
}
