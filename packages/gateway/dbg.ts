import { startGateway, loadConfig } from "./src/index.ts";
import { mkdtempSync } from "node:fs";
import WebSocket from "ws";
import { setFlagsFromString } from "node:v8"; import { runInNewContext } from "node:vm";
setFlagsFromString("--expose-gc"); const gc = runInNewContext("gc");
const g = await startGateway(loadConfig({ flags: { port: 0, store: "memory", dataDir: mkdtempSync("/tmp/gw-"), limits: { outboxBytes: 131072 }, namespaces: { global: { retention: { bytes: 2**30 } } }, log: { level: "silent", pretty: false } }, env: {} }));
const mode = process.argv[2];
const h = { authorization: `Bearer ${g.token}`, "content-type": "application/json" };
if (mode !== "none") {
  const ws = new WebSocket(g.url.replace("http", "ws") + "/v1/ws", "signalbox.v1", { headers: h });
  await new Promise(r => ws.on("open", r));
  let n = 0; ws.on("message", () => n++);
  ws.send(JSON.stringify({ type: "subscribe", data: { channel: "global", since: "earliest" } }));
  await new Promise(r => setTimeout(r, 100));
  if (mode === "paused") ws.pause();
}
gc(); const before = process.memoryUsage();
const text = "x".repeat(40000);
for (let i = 0; i < 30; i++) await (await fetch(g.url + "/v1/events", { method: "POST", headers: h, body: JSON.stringify(Array.from({ length: 20 }, () => ({ type: "note", channel: "global", data: { text } }))) })).text();
gc(); await new Promise(r => setTimeout(r, 100)); gc();
const after = process.memoryUsage();
console.log(mode, Object.fromEntries(Object.entries(after).map(([k, v]) => [k, ((v - before[k]) / 1e6).toFixed(1)])));
await g.close(); process.exit(0);
