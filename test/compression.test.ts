/** §3.9 Compression, as programs and browsers have it: a real gateway, our client, and Chromium by itself. */
import { type Client, createClient } from "@signalbox/client";
import { createCore, websocketTransport } from "@signalbox/client/core";
import { gzip } from "@signalbox/client/gzip";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTarget, type Target } from "./security/support/target.ts";
import { startBrowser } from "./support/browser.ts";
import { bearer, post } from "./support/http.ts";
import { pageScript } from "./support/page-script.ts";

/** The client with gzip: `page.open(url, token)`. */
const entry = `import { createClient } from "CLIENT/index.ts";
import { gzip } from "CLIENT/gzip.ts";
export const open = (url, token) => createClient({ url, token, compression: gzip, transports: ["websocket"] });`;

let gateway: Target;
let deflating: Target;
beforeAll(async () => {
  [gateway, deflating] = await Promise.all([startTarget(), startTarget({ compression: { deflate: true } })]);
});
afterAll(async () => {
  await gateway?.stop();
  await deflating?.stop();
});

const count = 40;
/** Short ones and long ones in turn; all of them say which they are. */
const publish = (target: Target, channel: string): Promise<unknown> =>
  post(
    target,
    "/v1/events",
    Array.from({ length: count }, (_, n) => ({
      type: "note",
      channel,
      data: { n, text: "é".repeat(n % 3 === 0 ? 5 : 1_500) },
    })),
  );
const numbers = Array.from({ length: count }, (_, n) => n);
const long = numbers.filter((n) => n % 3 !== 0);

async function compressions(target: Target): Promise<number> {
  const answer = await fetch(`${target.url}/metrics`, { headers: bearer(target.token) });
  return Number(/^signalbox_compressions_total (\d+)$/m.exec(await answer.text())?.[1]);
}

interface Got {
  n: number;
  letters: number;
  compressed: boolean;
}

/** What a watch from the beginning gets. Runs in a page too: it may use nothing of this file. */
const follow = (client: Pick<Client, "watch">, channel: string, count: number): Promise<Got[]> =>
  new Promise((done, fail) => {
    const got: Got[] = [];
    client.watch(channel, {
      since: "earliest",
      onError: ({ message }) => fail(new Error(message)),
      onEvent: ({ data, metadata }) => {
        const { n, text } = data as { n: number; text: string };
        got.push({ n, letters: text.length, compressed: metadata?.compressed === true });
        if (got.length === count) done(got);
      },
    });
  });

const all = (compressed: readonly number[]): Got[] =>
  numbers.map((n) => ({ n, letters: n % 3 === 0 ? 5 : 1_500, compressed: compressed.includes(n) }));

describe("our client", () => {
  test("with gzip gets what the one without gets, and long ones compressed", async () => {
    await publish(gateway, "agent:node");
    const { url, token } = gateway;
    const asking = createClient({ url, token, compression: gzip, transports: ["websocket"] });
    const core = createCore({ url, token, transports: [websocketTransport(WebSocket, gzip)] });
    const plain = createClient({ url, token, transports: ["websocket"] });
    try {
      expect(await follow(asking, "agent:node", count)).toEqual(all(long));
      expect(await follow(core, "agent:node", count)).toEqual(all(long));
      expect(await follow(plain, "agent:node", count)).toEqual(all([]));
    } finally {
      for (const client of [asking, core, plain]) client.close();
    }
  });

  test("in Node gets permessage-deflate by itself where the gateway has it, and then no gzip", async () => {
    await publish(deflating, "agent:node");
    const before = await compressions(deflating);
    const { url, token } = deflating;
    const client = createClient({ url, token, compression: gzip, transports: ["websocket"] });
    try {
      expect(await follow(client, "agent:node", count)).toEqual(all([]));
    } finally {
      client.close();
    }
    expect((await compressions(deflating)) - before).toBe(long.length);
  });
});

describe("Chromium", () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    browser = await startBrowser();
    script = await pageScript(entry);
  });
  afterAll(() => browser?.close());

  const inPage = async ({ url, token }: Target, channel: string): Promise<Got[]> => {
    const page = await browser.newPage();
    try {
      await page.goto(`${url}/health/live`);
      const opened = `page.open(location.origin, ${JSON.stringify(token)})`;
      return await page.evaluate<Got[]>(`${script};(${follow})(${opened}, "${channel}", ${count})`);
    } finally {
      await page.close();
    }
  };

  test("with gzip gets the same by DecompressionStream, in order", async () => {
    await publish(gateway, "agent:page");
    expect(await inPage(gateway, "agent:page")).toEqual(all(long));
  });

  test("negotiates permessage-deflate by itself and reads our frames", async () => {
    await publish(deflating, "agent:page");
    const before = await compressions(deflating);
    expect(await inPage(deflating, "agent:page")).toEqual(all([]));
    expect((await compressions(deflating)) - before).toBe(long.length);
  });
});
