/** A page of another site, in a real browser: whatever it tries, it gets nothing and changes nothing. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { post } from "../support/http.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "./support/pages.ts";
import { startTarget, type Target } from "./support/target.ts";

let target: Target;
let site: Site;
let browser: Browser;
beforeAll(async () => {
  target = await startTarget();
  site = await startSite();
  browser = await startBrowser();
  await post(target, "/v1/events", { type: "note", channel: "global", data: { secret: "kept" } });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await target?.stop();
});

/** The same machine under another port, another name with the gateway's port unseen, and no origin at all. */
const origins: Record<string, () => Promise<Page>> = {
  "another port": () => visited(site.url),
  "another name": () => visited(site.url.replace("127.0.0.1", "localhost")),
  "no origin": () => visited("data:text/html,<title>nobody</title>"),
};

async function visited(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

/** The gateway's address by each name that a page on this machine can call it. */
const names = (): string[] => [target.url, target.url.replace("127.0.0.1", "localhost")];

let before: unknown;
beforeEach(async () => {
  before = await target.state();
});

describe.each(Object.keys(origins))("from %s", (from) => {
  test("A1 no transport opens, even with a valid token", async () => {
    const page = await (origins[from] as () => Promise<Page>)();
    for (const url of names()) {
      const found = await page.evaluate(openEverything, { url, token: target.token });
      expect(found).toEqual({
        "WebSocket with a token": "refused",
        "WebSocket without": "refused",
        EventSource: "refused",
        "EventSource with credentials": "refused",
        "fetch of history": "refused",
        "fetch of history, with credentials": "refused",
        "fetch of a stream": "refused",
        "fetch of a poll": "refused",
      });
    }
    await page.close();
    expect(await target.state()).toEqual(before);
    expect(target.faults()).toEqual([]);
  });

  test("A32 nothing that a page may send unasked changes anything", async () => {
    const page = await (origins[from] as () => Promise<Page>)();
    const answers: string[] = [];
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      answers.push(`${response.request().method()} ${pathname} ${response.status()}`);
    });
    for (const url of names()) await page.evaluate(sendEverything, url);
    expect(await target.state()).toEqual(before);
    await page.close();
    // They did arrive; only an image is asked for without saying by whom, and it has no token.
    expect(answers.length).toBeGreaterThan(48);
    expect([...new Set(answers)].sort()).toEqual([
      "GET /v1/channels/global/events 401",
      "POST /v1/events 403",
      "POST /v1/poll 403",
      "POST /v1/stream 403",
    ]);
  });

  test("A32 a form that is sent, by whatever coding, is refused with 403", async () => {
    for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const page = await (origins[from] as () => Promise<Page>)();
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url().startsWith(target.url)),
        page.evaluate(sendForm, { url: target.url, enctype }),
      ]);
      expect([enctype, answer.status()]).toEqual([enctype, 403]);
      await page.close();
    }
    expect(await target.state()).toEqual(before);
  });

  test("A33 the dashboard in a frame shows nothing", async () => {
    const page = await (origins[from] as () => Promise<Page>)();
    const answered = page.waitForResponse((response) => response.url().startsWith(target.url));
    await page.evaluate((address) => {
      const frame = document.createElement("iframe");
      frame.src = address;
      document.body.append(frame);
    }, `${target.url}/#token=${target.token}`);
    expect((await answered).headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
    await until("the browser put its own page there", () =>
      page.frames().some((frame) => frame.url().startsWith("chrome-error:")),
    );
    expect(page.frames()).toHaveLength(2);
    await page.close();
  });
});

test("A1 the gateway's own page opens what those could not", async () => {
  const page = await visited(`${target.url}/health/live`);
  const found = await page.evaluate(openEverything, { url: target.url, token: target.token });
  expect(found).toMatchObject({
    "WebSocket with a token": "open",
    "fetch of history": "200",
    "fetch of a stream": "200",
    "fetch of a poll": "200",
  });
  await page.close();
});

interface Victim {
  url: string;
  token: string;
}

/** Runs in the page: it may use nothing from here. */
async function openEverything({ url, token }: Victim): Promise<Record<string, string>> {
  const socket = (protocols: string[]): Promise<string> =>
    new Promise((resolve) => {
      const opened = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, protocols);
      opened.onopen = () => {
        opened.close();
        resolve("open");
      };
      opened.onerror = () => resolve("refused");
    });
  const source = (withCredentials: boolean): Promise<string> =>
    new Promise((resolve) => {
      const opened = new EventSource(`${url}/v1/channels/global/events`, { withCredentials });
      opened.onopen = () => resolve("open");
      opened.onerror = () => {
        opened.close();
        resolve("refused");
      };
    });
  const asked = async (path: string, init: RequestInit = {}): Promise<string> => {
    const stop = new AbortController();
    try {
      const headers = { authorization: `Bearer ${token}`, ...init.headers };
      const answer = await fetch(url + path, { ...init, headers, signal: stop.signal });
      stop.abort();
      return String(answer.status);
    } catch {
      return "refused";
    }
  };
  const json = { "content-type": "application/json" };
  const subscribe = [{ id: "s", type: "subscribe", data: { channel: "global" } }];
  const posted = (body: unknown): RequestInit => ({ method: "POST", headers: json, body: JSON.stringify(body) });
  return {
    "WebSocket with a token": await socket(["signalbox.v1", `signalbox.token.${token}`]),
    "WebSocket without": await socket(["signalbox.v1"]),
    EventSource: await source(false),
    "EventSource with credentials": await source(true),
    "fetch of history": await asked("/v1/channels/global/events"),
    "fetch of history, with credentials": await asked("/v1/channels/global/events", { credentials: "include" }),
    "fetch of a stream": await asked("/v1/stream", posted(subscribe)),
    "fetch of a poll": await asked("/v1/poll", posted({ messages: subscribe, waitMs: 0 })),
  };
}

/** Runs in the page. What a browser sends without asking the gateway first. */
async function sendEverything(url: string): Promise<void> {
  const event = '{"type":"note","channel":"global","data":{"forged":1}}';
  const simple = ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data"];
  const sent: Array<Promise<unknown>> = [];
  for (const credentials of ["omit", "include"] as const) {
    for (const mode of ["cors", "no-cors"] as const) {
      for (const type of simple) {
        for (const path of ["/v1/events", "/v1/poll", "/v1/stream"]) {
          const init = { method: "POST", mode, credentials, headers: { "content-type": type }, body: event };
          sent.push(fetch(url + path, init).catch(() => {}));
        }
      }
    }
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
    navigator.sendBeacon(`${url}/v1/events`, new Blob([event], { type }));
  }
  const image = new Image();
  const seen = new Promise<void>((resolve) => {
    image.onload = () => resolve();
    image.onerror = () => resolve();
  });
  image.src = `${url}/v1/channels/global/events`;
  await Promise.all([...sent, seen]);
}

/** Runs in the page. */
function sendForm({ url, enctype }: { url: string; enctype: string }): void {
  const form = document.createElement("form");
  form.method = "POST";
  form.action = `${url}/v1/events`;
  form.enctype = enctype;
  const input = document.createElement("input");
  // As text/plain this becomes JSON.
  input.name = '{"type":"note","channel":"global","data":{"forged":"';
  input.value = '"}}';
  form.append(input);
  document.body.append(form);
  form.submit();
}
