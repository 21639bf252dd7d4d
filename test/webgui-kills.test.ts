/** W1 S§5.6: three gateways over one Redis, and agents on the same: whichever is killed, each message is kept once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, head, history } from "./support/http.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { until } from "./support/until.ts";
import { ears, program } from "./support/webgui.ts";

/** Of the reader. */
const kills = 2;
const stream = "webgui-stream";

let redis: RedisServer;
let folder: string;
let nodes: Gateway[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-webgui-"));
  redis = await startRedis();
  const config = join(folder, "gateway.json");
  writeFileSync(config, JSON.stringify({ webgui: { stream } }));
  const env = { SIGNALBOX_REDIS_URL: redis.url, SIGNALBOX_ADMIN_TOKEN: "for-all-of-these-nodes" };
  nodes = await Promise.all([1, 2, 3].map(() => startGateway({ env, args: ["--config", config] })));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function isReading({ url, token }: Gateway): Promise<boolean> {
  const answer = await fetch(`${url}/metrics`, { headers: bearer(token) }).catch(() => undefined);
  return (await answer?.text())?.includes("\nsignalbox_webgui_reading 1\n") === true;
}

async function reader(): Promise<Gateway> {
  let found: Gateway | undefined;
  await until("a node reads", async () => {
    for (const node of nodes) if (await isReading(node)) found = node;
    return found !== undefined;
  });
  if (found === undefined) throw new Error("nobody reads");
  return found;
}

/** A number every 4 ms, twice each, by Pub/Sub and into the stream, until told to end; prints how many it has sent. */
const publisher = `import json, os, redis, select, sys
r = redis.Redis.from_url(os.environ["REDIS_URL"])
n = 0
while not select.select([sys.stdin], [], [], 0.004)[0]:
    message = json.dumps({"type": "step", "data": {"n": n // 2}})
    r.publish("webgui:session:plain", message)
    r.xadd("${stream}", {"channel": "session:stream", "message": message})
    n += 1
    print(n, flush=True)`;

test("the node that reads is killed, again and again: nothing is lost, nothing is doubled", async () => {
  await until("all listen", async () => (await ears(redis)).length === nodes.length);
  await reader();
  const { lines, stdin, ended, kill } = program(redis, "-c", publisher);
  onTestFinished(kill);
  const started = performance.now();
  for (let times = 0; times < kills; times++) {
    const node = await reader();
    const before = await head(node, "session:plain");
    await until("it keeps", async () => (await head(node, "session:plain")) > before + 50);
    await node.kill9();
    // It comes back while the others find out that it was gone.
    await node.restart();
  }
  stdin.end("\n");
  await ended;
  const count = lines.length;
  const [last] = nodes;
  if (last === undefined) throw new Error("there are no nodes");
  const expected = Array.from({ length: count }, (_, n) => Math.floor(n / 2));
  for (const channel of ["session:plain", "session:stream"]) {
    await until(`all of ${channel} is kept`, async () => (await head(last, channel)) >= count);
    const kept = (await history(last, channel)).map(({ data }) => (data as { n: number }).n);
    expect(kept).toEqual(expected);
  }
  console.log(
    `${kills} kills of the reader, ${count} messages each way, ${Math.round(performance.now() - started)} ms`,
  );
});
