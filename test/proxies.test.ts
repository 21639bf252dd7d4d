/** The setups of docs/proxies.md: Debian's nginx and haproxy in front of a real gateway. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type TransportName } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { startBrowser } from "./support/browser.ts";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, head, post } from "./support/http.ts";
import { type ReverseProxy, startHaproxy, startNginx } from "./support/reverse-proxy.ts";
import { until } from "./support/until.ts";

const proxies = [
  { name: "nginx", startProxy: startNginx },
  { name: "haproxy", startProxy: startHaproxy },
];
const transports: TransportName[] = ["websocket", "sse", "poll"];

describe.each(proxies)("behind $name", ({ startProxy }) => {
  let folder: string;
  let gateway: Gateway;
  let proxy: ReverseProxy;
  /** Like `gateway` for the helpers of http.ts, through the proxy. */
  let front: Gateway;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-proxies-"));
    const config = join(folder, "signalbox.config.json");
    writeFileSync(config, JSON.stringify({ allowedHosts: ["localhost"], trustedProxies: ["127.0.0.1"] }));
    gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
    proxy = await startProxy({ target: gateway.port, tls: false });
    front = { ...gateway, url: proxy.url, token: gateway.token };
  });
  afterAll(async () => {
    await proxy?.stop();
    await gateway?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = (channel: string, from: number, to: number): Promise<unknown> =>
    post(
      front,
      "/v1/events",
      Array.from({ length: to - from + 1 }, (_, i) => ({ type: "note", channel, data: { n: from + i } })),
    );
  const publishedSoFar = (channel: string): Promise<number> => head(gateway, channel);

  test("a WebSocket is upgraded, and says and hears", async () => {
    await publish("agent:socket", 1, 2);
    const origin = new URL(proxy.url).origin;
    const socket = new WebSocket(`${proxy.url.replace("http", "ws")}/v1/ws`, "signalbox.v1", {
      headers: bearer(gateway.token),
      origin,
    });
    onTestFinished(() => socket.terminate());
    const heard: Array<{ type: string; data: unknown; offset?: number }> = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data))));
    await once(socket, "open");
    const subscribe = { id: "1", type: "subscribe", data: { channel: "agent:socket", since: "earliest" } };
    socket.send(JSON.stringify(subscribe));
    socket.send(JSON.stringify({ id: "2", type: "note", channel: "agent:socket", data: { n: 3 } }));
    await until("three events", () => heard.filter(({ offset }) => offset !== undefined && offset > 0).length >= 3);
    const notes = heard.filter(({ type }) => type === "note");
    expect(notes.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("events of a stream arrive while it is open, and Last-Event-ID resumes", async () => {
    const stream = await openStream("/v1/channels/agent:stream/events?since=now");
    await publish("agent:stream", 1, 1);
    const text = await stream.until('"n":1');
    await publish("agent:stream", 2, 2);
    await stream.until('"n":2');
    stream.close();
    await publish("agent:stream", 3, 3);
    const id = [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? "";
    const resumed = await openStream("/v1/channels/agent:stream/events", { "last-event-id": id });
    const rest = await resumed.until('"n":3');
    resumed.close();
    expect([...rest.matchAll(/"n":(\d)/g)].map(([, n]) => n)).toEqual(["2", "3"]);
  });

  async function openStream(path: string, headers: Record<string, string> = {}) {
    const cut = new AbortController();
    onTestFinished(() => cut.abort());
    const answer = await fetch(proxy.url + path, {
      headers: { ...bearer(gateway.token), accept: "text/event-stream", ...headers },
      signal: cut.signal,
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    return {
      close: () => cut.abort(),
      until: async (part: string): Promise<string> => {
        while (!text.includes(part)) {
          const { done, value = "" } = (await reader?.read()) ?? { done: true };
          if (done) throw new Error(`the stream ended before ${part}: ${text}`);
          text += value;
        }
        return text;
      },
    };
  }

  test("a poll waits for what comes, and so does a long poll of history", async () => {
    await publish("agent:poll", 1, 1);
    const subscribe = { id: "1", type: "subscribe", data: { channel: "agent:poll", since: "now" } };
    const first = await post<{ messages: Array<{ data: { epoch: string; offset: number } }> }>(front, "/v1/poll", {
      messages: [subscribe],
    });
    const [
      {
        data: { epoch, offset },
      } = { data: { epoch: "", offset: 0 } },
    ] = first.messages;
    const since = { ...subscribe, data: { channel: "agent:poll", since: { epoch, offset } } };
    const waiting = post<{ messages: Array<{ data: object }> }>(front, "/v1/poll", {
      messages: [since],
      waitMs: 50_000,
    });
    const path = `/v1/channels/agent:poll/events?wait=50&since=${encodeURIComponent(`${epoch}:${offset}`)}`;
    const history = fetch(proxy.url + path, { headers: bearer(gateway.token) });
    await publish("agent:poll", 2, 2);
    expect((await waiting).messages.map(({ data }) => data)).toContainEqual({ n: 2 });
    const { events } = (await (await history).json()) as { events: Publication[] };
    expect(events.map(({ data }) => data)).toEqual([{ n: 2 }]);
  });

  test("what is too big is refused by the gateway, in its own words", async () => {
    const event = (bytes: number): string =>
      JSON.stringify({ type: "note", channel: "agent:big", data: { text: "x".repeat(bytes) } });
    const send = (bytes: number): Promise<Response> =>
      fetch(`${proxy.url}/v1/events`, {
        method: "POST",
        headers: { ...bearer(gateway.token), "content-type": "application/json" },
        body: event(bytes),
      });
    expect((await send(1_000_000)).status).toBe(200);
    const over = await send(1_200_000);
    expect([over.status, await over.json()]).toMatchObject([413, { error: { name: "payload_too_big" } }]);
    const long = await fetch(`${proxy.url}/v1/info`, { headers: bearer("x".repeat(12_000)) });
    expect([long.status, await long.json()]).toMatchObject([401, { error: { name: "unauthenticated" } }]);
  });

  test("the log names the client as the proxy saw it, whatever the client says", async () => {
    const asked = request(`${proxy.url.replace("localhost", "127.0.0.1")}/v1/info`, {
      localAddress: "127.0.0.2",
      headers: {
        host: `localhost:${proxy.port}`,
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-host": "evil.test",
        "x-forwarded-proto": "https",
        origin: `https://localhost:${proxy.port}`,
      },
    });
    asked.end();
    const [answer] = await once(asked, "response");
    // The proxy's word counts, not the client's: this connection has no TLS, so that origin is another.
    expect(answer.statusCode).toBe(403);
    answer.resume();
    const refusals = (): string[] => gateway.logs().match(/^\{.*"forbidden_origin".*\}$/gm) ?? [];
    await until("the refusal is in the log", () => refusals().length > 0);
    expect(refusals().map((line) => (JSON.parse(line) as { address: string }).address)).toEqual(["127.0.0.2"]);
  });

  test("A1 a foreign name, and a page of another site, are refused behind the proxy as well", async () => {
    const rebound = { host: "evil.test", ...bearer(gateway.token) };
    const foreign = { origin: "https://evil.test", ...bearer(gateway.token) };
    for (const headers of [rebound, foreign]) {
      const asked = request({ host: "127.0.0.1", port: proxy.port, path: "/v1/info", headers });
      asked.end();
      const [answer] = await once(asked, "response");
      answer.resume();
      expect(answer.statusCode).toBe(403);
    }
  });

  test.each(transports)("over %s nothing is missing after the gateway was restarted", async (transport) => {
    const channel = `agent:restart-${transport}`;
    const client = createClient({ url: proxy.url, token: gateway.token, transports: [transport] });
    onTestFinished(() => client.close());
    const seen: Publication[] = [];
    const problems: unknown[] = [];
    client.watch(channel, {
      since: "earliest",
      onEvent: (event) => seen.push(event),
      onGap: (_channel, gap) => problems.push(gap),
      onError: (error) => problems.push(error),
    });
    await publish(channel, 1, 5);
    await until("the first events", () => seen.length === 5);
    for (let round = 1; round <= 2; round++) {
      if (round === 1) await gateway.kill9();
      await gateway.restart();
      await publish(channel, round * 5 + 1, round * 5 + 5);
    }
    await until("all events", () => seen.length >= 15);
    expect(seen.map(({ data }) => data)).toEqual(Array.from({ length: 15 }, (_, i) => ({ n: i + 1 })));
    expect(problems).toEqual([]);
    expect(client.link.snapshot().transport).toBe(transport);
  });

  describe("with TLS ended by the proxy", () => {
    let secure: ReverseProxy;
    let browser: Browser;
    beforeAll(async () => {
      secure = await startProxy({ target: gateway.port, tls: true });
      browser = await startBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      await secure?.stop();
    });

    const open = async (address: string): Promise<Page> => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(`${address}#token=${gateway.token}`);
      await page.locator("[data-testid=link-state]:visible[data-state=live][data-transport=websocket]").waitFor();
      return page;
    };

    test("the page served at the public address may use the gateway, over a WebSocket", async () => {
      await post(front, "/v1/events", {
        type: "agent_status",
        channel: "agent:seen-1",
        data: { agentId: "seen-1", status: "busy" },
      });
      const page = await open(`${secure.url}/`);
      await page.getByText("seen-1").first().waitFor();
    });

    test("below a path prefix all of it works as well", async () => {
      const below = await startProxy({ target: gateway.port, tls: true, prefix: "/signalbox" });
      onTestFinished(() => below.stop());
      const page = await open(`${below.url}/signalbox/processes/none`);
      expect(new URL(page.url()).pathname).toBe("/signalbox/processes/none");
      for (const key of ["g", "c"]) await page.keyboard.press(key);
      await page.getByText(`curl -sS ${below.url}/signalbox/v1/events`).first().waitFor();
      expect(new URL(page.url()).pathname).toBe("/signalbox/connect");
      await page.locator('nav [aria-current="page"]', { hasText: "Connect" }).waitFor();
    });

    test("commands talk https and wss when they are given the certificate's authority", async () => {
      const env = { NODE_EXTRA_CA_CERTS: secure.certificate.certFile, SIGNALBOX_TOKEN: gateway.token };
      const at = ["--url", secure.url];
      const said = cli(["publish", "agent:tls", "note", '{"n":1}', ...at], { cwd: folder, env });
      expect(await said.ended, said.stderr()).toBe(0);
      for (const transport of transports) {
        const tail = cli(["tail", "agent:tls", "--since", "earliest", "--json", "--transport", transport, ...at], {
          cwd: folder,
          env,
        });
        await tail.until((text) => text.includes('"n":1'));
        tail.process.kill();
        await tail.ended;
      }
      const stranger = cli(["publish", "agent:tls", "note", "{}", ...at], {
        cwd: folder,
        env: { ...env, NODE_EXTRA_CA_CERTS: "" },
      });
      expect(await stranger.ended).not.toBe(0);
    });
  });

  describe("A50 request smuggling", () => {
    const channel = "agent:smuggled";
    /** What must never count as a request of its own. */
    const hidden = (): string => {
      const body = JSON.stringify({ type: "note", channel, data: {} });
      return [
        "POST /v1/events HTTP/1.1",
        `Host: localhost:${proxy.port}`,
        `Authorization: Bearer ${gateway.token}`,
        "Content-Type: application/json",
        "Connection: close",
        `Content-Length: ${body.length}`,
        "",
        body,
      ].join("\r\n");
    };
    const outer = (headers: string, body: string): string =>
      `POST /v1/poll HTTP/1.1\r\nHost: localhost:${proxy.port}\r\n${headers}\r\n\r\n${body}`;
    /** One chunk that holds the hidden request, and the end. */
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

    /** Sends and reads until the connection ends, or has been silent for a while: then nothing more is to come. */
    const speak = (bytes: string, quietMs = 400): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(proxy.port, "127.0.0.1", () => socket.write(bytes));
        let text = "";
        socket.setTimeout(quietMs, () => socket.destroy());
        socket.on("data", (piece) => {
          text += piece.toString();
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve(text));
      });

    const chunked = [
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: Chunked",
      "Transfer-Encoding : chunked",
      " Transfer-Encoding: chunked",
      "Transfer-Encoding:\tchunked",
      "Transfer-Encoding: \x0bchunked",
      "Transfer-Encoding: xchunked",
      "Transfer-Encoding: chunked, identity",
      "Transfer-Encoding: identity, chunked",
      "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
      "Transfer-Encoding:\r\n chunked",
      "X: y\r\n Transfer-Encoding: chunked",
      "X: y\nTransfer-Encoding: chunked",
      "X: y\rTransfer-Encoding: chunked",
      "Transfer_Encoding: chunked",
    ];
    const lengths = (first: number, second: number): string[] => [
      `Content-Length: ${first}\r\nContent-Length: ${second}`,
      `Content-Length: ${second}\r\nContent-Length: ${first}`,
      `Content-Length: ${first}, ${second}`,
      `Content-Length: ${first}\r\nContent-Length : ${second}`,
      `Content-Length: ${first}\r\n Content-Length: ${second}`,
      `Content-Length: +${first}`,
      `Content-Length: 0x${first.toString(16)}`,
      `Content-Length: ${first}\r\n\x0bContent-Length: ${second}`,
    ];

    const shapes = (): string[] => {
      const inner = hidden();
      const whole = `0\r\n\r\n${inner}`;
      return [
        // The proxy believes the length and the gateway the chunks, or the other way round.
        ...chunked.flatMap((header) => [
          outer(`Content-Length: ${whole.length}\r\n${header}`, whole),
          outer(`${header}\r\nContent-Length: ${whole.length}`, whole),
          outer(`Content-Length: 5\r\n${header}`, chunk(inner)),
        ]),
        ...lengths(2, 2 + inner.length).map((header) => outer(header, `{}${inner}`)),
        // Chunks whose size or end the two may read differently.
        outer("Transfer-Encoding: chunked", `0x2\r\n{}\r\n0\r\n\r\n${inner}`),
        outer("Transfer-Encoding: chunked", `2;x=\n\r\n{}\r\n${chunk(inner)}`),
        outer("Transfer-Encoding: chunked", `2\n{}\n${chunk(inner)}`),
        outer("Transfer-Encoding: chunked", `2\r\n{}XX${chunk(inner)}`),
        outer("Transfer-Encoding: chunked", `fffffffffffffff2\r\n{}${inner}`),
      ];
    };

    test("a second request that is one arrives: this would be seen", async () => {
      const before = await publishedSoFar("agent:smuggled");
      await speak(`GET /health/live HTTP/1.1\r\nHost: localhost:${proxy.port}\r\n\r\n${hidden()}`, 30_000);
      expect(await publishedSoFar("agent:smuggled")).toBe(before + 1);
    });

    test("nothing hidden in a body reaches the gateway as a request, and nobody gets another's answer", async () => {
      const before = await publishedSoFar("agent:smuggled");
      for (const shape of shapes()) {
        const answers = (await speak(shape)).match(/^HTTP\/1\.1 \d+/gm) ?? [];
        const next = await fetch(`${proxy.url}/v1/info`, { headers: bearer(gateway.token) });
        const seen = {
          shape,
          answers: answers.length,
          next: next.status,
          name: ((await next.json()) as { name: string }).name,
        };
        expect({ ...seen, published: await publishedSoFar("agent:smuggled") }).toMatchObject({
          ...{ shape, next: 200, name: "signalbox", published: before },
        });
      }
    });
  });
});
