/** V9 X12 B1: critical messages outlive reloads and kill -9, and ten tabs share one connection. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway, withoutOurs } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { pageScript } from "./support/page-script.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startGateway(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

interface Note {
  id: string;
  offset: number;
  data: { n: number | string };
}

/** In their order; that none is there twice is checked along. */
async function notesOf(channel: string): Promise<Array<number | string>> {
  const path = `/v1/channels/${encodeURIComponent(channel)}/events?limit=1000`;
  const response = await fetch(gateway.url + path, { headers: bearer(gateway.token) });
  const { events } = (await response.json()) as { events: Note[] };
  expect(new Set(events.map(({ id }) => id)).size, "events with ids of their own").toBe(events.length);
  return events.map(({ data }) => data.n);
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A context whose pages are at the gateway's address, whether it runs or not; `page` is what the entry exports. */
async function pagesWith(entry: string): Promise<{ context: BrowserContext; open: () => Promise<Page> }> {
  const script = await pageScript(entry);
  const context = await browser.newContext();
  const body = `<!doctype html><meta charset="utf-8"><title>page</title><script>${script.replaceAll("</script", "<\\/script")}</script>`;
  await context.route("**/test-page", (route) => route.fulfill({ contentType: "text/html", body }));
  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${gateway.url}/test-page`);
    return page;
  };
  return { context, open };
}

describe("V9 X12 the queue", () => {
  test("Node: killed with kill -9 again and again while it publishes: what it was told is kept comes, once and in order", async () => {
    const directory = mkdtempSync(join(tmpdir(), "signalbox-critical-"));
    const program = resolve(import.meta.dirname, "support/critical-publisher.ts");
    const last = 300;
    let kept = 0;
    try {
      // The numbers of lines after which it is killed; at last it may end.
      for (const killAfter of [20, 1, 60, 5, 40, Number.POSITIVE_INFINITY]) {
        const args = [gateway.url, gateway.token, join(directory, "queue.jsonl"), String(kept + 1), String(last)];
        const child = spawn(process.execPath, ["--conditions=source", program, ...args], {
          env: withoutOurs(process.env),
          stdio: ["ignore", "pipe", "inherit"],
        });
        const from = kept;
        let text = "";
        child.stdout.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
          kept = Math.max(kept, Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1)));
          if (kept - from >= killAfter) child.kill("SIGKILL");
        });
        await once(child, "close");
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    expect(kept).toBe(last);
    // The one that was being kept when it was killed may be there twice under another id: it was not told that it was kept.
    const notes = await notesOf("session:critical");
    const sure = notes.filter((n, index) => n !== notes[index - 1]);
    expect(sure).toEqual(numbers(1, last));
    expect(notes.length - sure.length).toBeLessThanOrEqual(5);
  });

  test.each(["indexedDbStorage", "webStorage"])(
    "Chromium, %s: pages are reloaded and closed while the gateway is down",
    async (storage) => {
      const { context, open } = await pagesWith(`
      import { createClient } from "CLIENT/index.ts";
      import { openQueue, ${storage} } from "CLIENT/queue/queue.ts";
      let queue;
      export async function start(token) {
        const client = createClient({ url: location.origin, token, backoff: { minMs: 20, maxMs: 100 } });
        queue = await openQueue(client, { storage: ${storage}("ada") });
      }
      export const publish = (n, expected) => queue.publish({ type: "note", channel: "session:${storage}", data: { n } }, { expected });
      export const view = () => queue.snapshot();
      export const send = (id) => queue.send(id);
    `);
      const channel = `session:${storage}`;
      const run = (page: Page, code: string): Promise<never> => page.evaluate(code) as Promise<never>;
      const start = (page: Page) => run(page, `page.start(${JSON.stringify(gateway.token)})`);
      await post(gateway, "/v1/events", { type: "note", channel, data: { n: "first" } });
      const [one, two] = [await open(), await open()];
      await start(one);
      await start(two);
      await run(one, "page.publish(1)");
      await until("the first is sent", async () => (await notesOf(channel)).length === 2);

      await gateway.kill9();
      await run(one, "page.publish(2)");
      await run(two, "page.publish(3)");
      const epoch = "e";
      await run(two, `page.publish(4, { epoch: "${epoch}", offset: 1 })`);
      await run(two, "page.publish(5)");
      // The page that sends goes away, the other one is loaded again.
      await one.close();
      await two.reload();
      await start(two);
      expect(
        ((await run(two, "page.view()")) as { messages: Array<{ data: Note["data"] }> }).messages.map(
          ({ data }) => data.n,
        ),
      ).toEqual([2, 3, 4, 5]);
      await gateway.restart();
      await until("what waited is sent, up to the conflict", async () => (await notesOf(channel)).length === 4);
      await until("the conflict is told", async () =>
        JSON.stringify(await run(two, "page.view()")).includes('"conflict"'),
      );
      const [asked] = (
        (await run(two, "page.view()")) as { messages: Array<{ id: string; state: string; conflict: unknown }> }
      ).messages;
      expect(asked).toMatchObject({ state: "conflict", conflict: { more: true } });
      await run(two, `page.send(${JSON.stringify(asked?.id)})`);
      await until("the choice is sent, and what waited for it", async () => (await notesOf(channel)).length === 6);
      expect(await notesOf(channel)).toEqual(["first", 1, 2, 3, 4, 5]);
      await until(
        "nothing is left",
        async () => ((await run(two, "page.view()")) as { messages: [] }).messages.length === 0,
      );
      await context.close();
    },
  );
});

describe("B1 tabs", () => {
  /** Connections that carry events, as the gateway counts them. */
  async function connections(): Promise<number> {
    const response = await fetch(`${gateway.url}/metrics`, { headers: bearer(gateway.token) });
    const counts = [...(await response.text()).matchAll(/^signalbox_connections\{transport="(?!tcp)\w+"\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  test("ten tabs cost one connection; whether their leader is closed or stands still, each has every event once and in order", async () => {
    const { context, open } = await pagesWith(`
      import { createTabClient } from "CLIENT/tabs/tabs.ts";
      let client;
      const offsets = [];
      export function start(token) {
        client = createTabClient({ url: location.origin, token, as: "ada", backoff: { minMs: 20, maxMs: 100 } });
        client.watch("session:tabs", { since: "earliest", onEvent: ({ offset }) => offsets.push(offset) });
      }
      export const publish = (n) => client.publish({ type: "note", channel: "session:tabs", data: { n } });
      export const seen = () => offsets;
    `);
    const channel = "session:tabs";
    let top = 0;
    const others = async (count: number): Promise<void> => {
      const events = numbers(top + 1, top + count).map((n) => ({ type: "note", channel, data: { n } }));
      await post(gateway, "/v1/events", events);
      top += count;
    };
    const seenBy = (page: Page): Promise<number[]> => page.evaluate("page.seen()");
    const allSee = (pages: readonly Page[]): Promise<void> =>
      until(`${pages.length} tabs have ${top} events`, async () => {
        const counts = await Promise.all(pages.map(async (page) => (await seenBy(page)).length));
        return counts.every((count) => count === top);
      });
    await others(20);
    const before = await connections();
    const pages: Page[] = [];
    for (let n = 0; n < 10; n++) {
      const page = await open();
      await page.evaluate(`page.start(${JSON.stringify(gateway.token)})`);
      pages.push(page);
      // The first one leads.
      if (n === 0) await allSee(pages);
    }
    await allSee(pages);
    expect((await connections()) - before).toBe(1);

    const [first, second, third] = pages.splice(0, 1).concat(pages.slice(0, 2));
    const published = third?.evaluate("page.publish(21)");
    await first?.close();
    await others(20);
    await published;
    top += 1;
    await allSee(pages);
    expect((await connections()) - before).toBe(1);

    await gateway.kill9();
    await gateway.restart();
    await others(20);
    await allSee(pages);

    // The next in line has the connection now.
    if (!second) throw new Error("no second page");
    const devtools = await context.newCDPSession(second);
    await devtools.send("Debugger.enable");
    // It stands still at the first thing that it hears next.
    await devtools.send("Debugger.pause");
    await others(20);
    await allSee(pages.slice(1));
    await devtools.send("Debugger.disable");
    await others(20);
    await allSee(pages);
    for (const page of pages) expect(await seenBy(page)).toEqual(numbers(1, top));
    await until("one connection is left", async () => (await connections()) - before === 1);
    await context.close();
  });
});
