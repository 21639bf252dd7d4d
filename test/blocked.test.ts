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
import { cli } from "./support/cli.ts";
import { startFaultyLink } from "./support/faulty-link.ts";
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

test.concurrent("signalbox doctor names what does not get through, and what clients use instead", async () => {
  const proxy = await startNginx({
    target: gateway.port,
    tls: false,
    plain: ["proxy_ignore_headers X-Accel-Buffering;"],
  });
  try {
    const env = { SIGNALBOX_TOKEN: gateway.token };
    const doctor = cli(["doctor", "--json", "--url", proxy.url], { cwd: folder, env });
    await doctor.ended;
    const { checks } = JSON.parse(doctor.stdout()) as { checks: Array<{ name: string; message: string }> };
    expect(checks.find(({ name }) => name === "transports")).toMatchObject({
      status: "warn",
      message: expect.stringMatching(/^WebSockets do not .*; event streams do not .*; clients use polls$/),
    });
  } finally {
    await proxy.stop();
  }
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

const transports: TransportName[] = ["websocket", "sse", "poll"];
test.concurrent.each(transports)(
  "over %s a link that hangs, of whose end nobody is told, is found out",
  async (transport) => {
    const channel = `agent:hangs-${transport}`;
    const publish = (...all: number[]): Promise<unknown> =>
      post(
        gateway,
        "/v1/events",
        all.map((n) => ({ type: "note", channel, data: { n } })),
      );
    const link = await startFaultyLink({ port: gateway.port }, { latencyMs: 1, sliceBytes: 64 });
    const clock = skippingClock();
    const client = createClient(
      { url: link.url.replace("127.0.0.1", "localhost"), token: gateway.token, transports: [transport] },
      { clock },
    );
    const seen: number[] = [];
    try {
      client.watch(channel, { since: "earliest", onEvent: ({ data }) => seen.push((data as { n: number }).n) });
      await publish(1, 2);
      await until("both are seen", () => seen.length === 2);
      link.hang();
      expect(link.counts.hung).toBeGreaterThan(0);
      await publish(3, 4);
      // The longest silence of a healthy link, and the time for an answer to a ping.
      clock.skip(40_000);
      clock.skip(15_000);
      expect(client.link.snapshot().reason?.name).toBe("heartbeat_timeout");
      // The next try may take an idle connection that hangs as well, and wait for that in vain.
      await until("all are seen", () => {
        clock.skip(200);
        return seen.length >= 4;
      });
      expect(seen).toEqual([1, 2, 3, 4]);
    } finally {
      client.close();
      await link.close();
    }
  },
);
