/**
 * W8: proxies that let WebSockets, streams or long requests not pass, as people have them: Debian's nginx and haproxy in
 * front of a real gateway. A client finds the best way there is, has the same events in the same order, and climbs back
 * when the proxy is set up as docs/proxies.md says.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type TransportName } from "@signalbox/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { type StartReverseProxy, startHaproxy, startNginx } from "./support/reverse-proxy.ts";
import { skippingClock } from "./support/skipping-clock.ts";
import { until } from "./support/until.ts";

/** Longer than what a client takes for a failure of something else than waiting. */
const endsAfter = "1500ms";

const blocks: Array<{ name: string; start: StartReverseProxy; plain: string[]; lands: TransportName }> = [
  { name: "nginx as it comes, which upgrades nothing", start: startNginx, plain: [], lands: "sse" },
  {
    name: "haproxy that denies upgrades",
    start: startHaproxy,
    plain: ["http-request deny if { req.hdr(upgrade) -m found }"],
    lands: "sse",
  },
  {
    name: "nginx that collects answers, whatever they ask for",
    start: startNginx,
    plain: ["proxy_ignore_headers X-Accel-Buffering;"],
    lands: "poll",
  },
  {
    name: "nginx that waits 1.5 s for each answer",
    start: startNginx,
    plain: [
      "proxy_http_version 1.1;",
      "proxy_set_header Upgrade $http_upgrade;",
      `proxy_set_header Connection "upgrade";`,
      `proxy_read_timeout ${endsAfter};`,
    ],
    lands: "poll",
  },
  {
    name: "haproxy that waits 1.5 s for each answer",
    start: startHaproxy,
    plain: [`timeout server ${endsAfter}`, `timeout tunnel ${endsAfter}`],
    lands: "poll",
  },
];

let folder: string;
let gateway: Gateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-blocked-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ allowedHosts: ["localhost"], trustedProxies: ["127.0.0.1"] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const numbers = (to: number): number[] => Array.from({ length: to }, (_, i) => i + 1);

/** Polls as the client asks for them, and how they end. */
function countingFetch() {
  const polls: Array<{ waitMs: number; ok: boolean }> = [];
  const counting: typeof fetch = async (url, init) => {
    const isPoll = String(url).endsWith("/v1/poll");
    const { waitMs = 0 } = isPoll ? (JSON.parse(String(init?.body)) as { waitMs?: number }) : {};
    const answer = await fetch(url, init).catch((error: unknown) => {
      if (isPoll && !init?.signal?.aborted) polls.push({ waitMs, ok: false });
      throw error;
    });
    if (isPoll) polls.push({ waitMs, ok: answer.ok });
    return answer;
  };
  return { polls, fetch: counting };
}

test.concurrent.each(blocks)("$name: $lands it is, and a WebSocket once it may", async (block) => {
  const { name, start, plain, lands } = block;
  const channel = `agent:blocked-${blocks.indexOf(block)}`;
  let published = 0;
  const publish = (count: number): Promise<unknown> =>
    post(
      gateway,
      "/v1/events",
      Array.from({ length: count }, () => ({ type: "note", channel, data: { n: ++published } })),
    );
  // More than a proxy collects before it passes something on.
  await publish(900);

  const proxy = await start({ target: gateway.port, tls: false, plain });
  const clock = skippingClock();
  const counted = countingFetch();
  const client = createClient(
    { url: proxy.url, token: gateway.token, backoff: { minMs: 50, maxMs: 200 } },
    { clock, fetch: counted.fetch },
  );
  const seen: number[] = [];
  const problems: unknown[] = [];
  const link = () => client.link.snapshot();
  try {
    client.watch(channel, {
      since: "earliest",
      onEvent: ({ data }) => seen.push((data as { n: number }).n),
      onGap: (_channel, gap) => problems.push(gap),
      onError: (error) => problems.push(error),
    });
    await until(`${name}: ${lands}`, () => link().state === "live" && link().transport === lands);
    const states = new Set<string>();
    const stop = client.link.subscribe(() => states.add(`${link().state} ${link().transport}`));
    if (lands === "poll") {
      // What a proxy cut is asked for shorter, until the gateway answers first.
      const answered = ({ ok, waitMs }: { ok: boolean; waitMs: number }): boolean => ok && waitMs > 0;
      if (plain.some((line) => line.includes(endsAfter)))
        await until("a wait that ends well", () => counted.polls.some(answered));
    }
    for (let i = 0; i < 5; i++) {
      await publish(2);
      await until("the two are seen", () => seen.length >= published);
    }
    expect([...states].filter((state) => state !== `live ${lands}`)).toEqual([]);
    stop();

    await proxy.reload();
    // Later than any next try, with which it is in no hurry where better ways did not last.
    clock.skip(600_000);
    await publish(2);
    await until("a WebSocket", () => link().state === "live" && link().transport === "websocket");
    await publish(2);
    await until("those are seen", () => seen.length >= published);

    clock.skip(600_000);
    await publish(2);
    await until("the last are seen", () => seen.length >= published);
    expect(link()).toMatchObject({ state: "live", transport: "websocket" });
    expect(seen).toEqual(numbers(published));
    expect(problems).toEqual([]);
  } catch (error) {
    console.error(name, link(), counted.polls.slice(-20), seen.length, published, proxy.logs().slice(-2_000));
    throw error;
  } finally {
    client.close();
    await proxy.stop();
  }
});
