/** A page of another site, in a real browser: whatever it tries, it gets nothing and changes nothing. */
import type { Browser, Frame } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { post } from "../support/http.ts";
import { until } from "../support/until.ts";
import { type Site, startSite, startTap, type Tap } from "./support/pages.ts";
import { startTarget, type Target } from "./support/target.ts";

let target: Target;
let tap: Tap;
let site: Site;
let browser: Browser;
beforeAll(async () => {
  target = await startTarget({ allowedHosts: ["127.0.0.1", "localhost"] });
  tap = await startTap(target);
  site = await startSite();
  browser = await startBrowser();
  await post(target, "/v1/events", { type: "note", channel: "global", data: { secret: "kept" } });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await tap?.close();
  await target?.stop();
});

/** The same machine under another port or another name, and a frame in a sandbox, whose origin is `null`. */
const origins: Record<string, () => Promise<Frame>> = {
  "another port": () => visited(site.url),
  "another name": () => visited(site.url.replace("127.0.0.1", "localhost")),
  "no origin": async () => {
    const frame = await visited(site.url);
    await frame.evaluate(() => {
      const sandbox = document.createElement("iframe");
      sandbox.setAttribute("sandbox", "allow-scripts allow-forms");
      sandbox.src = location.href;
      document.body.append(sandbox);
    });
    const inner = await frame.locator("iframe").elementHandle();
    return (await inner?.contentFrame()) ?? frame;
  },
};

async function visited(url: string): Promise<Frame> {
  const page = await browser.newPage();
  await page.goto(url);
  return page.mainFrame();
}

/** The gateway's address by each name that a page on this machine can call it. */
const names = (): string[] => [tap.url, tap.url.replace("127.0.0.1", "localhost")];

/** Runs in a frame of that origin, on a page of its own. */
async function from(origin: string, attack: (frame: Frame) => Promise<void>): Promise<void> {
  const frame = await (origins[origin] as () => Promise<Frame>)();
  await attack(frame);
  await frame.page().close();
}

let before: unknown;
beforeEach(async () => {
  before = await target.state();
});

describe.each(Object.keys(origins))("from %s", (origin) => {
  test("A1 no transport opens, even with a valid token", async () => {
    await from(origin, async (frame) => {
      for (const url of names()) {
        tap.statuses.length = 0;
        expect(await frame.evaluate(openEverything, { url, token: target.token })).toEqual({
          "WebSocket with a token": "refused",
          "WebSocket without": "refused",
          "WebSocket of a session": "refused",
          "WebSocket of executions": "refused",
          EventSource: "refused",
          "EventSource with credentials": "refused",
          "fetch of history": "refused",
          "fetch of history, with credentials": "refused",
          "fetch of a stream": "refused",
          "fetch of a poll": "refused",
        });
        // It was the gateway that said no, each time; to those fetches it said so before they were made.
        expect(tap.statuses).toEqual(Array.from({ length: 10 }, () => 403));
      }
    });
    expect(await target.state()).toEqual(before);
    expect(target.faults()).toEqual([]);
  });

  test("A32 nothing that a page may send unasked changes anything", async () => {
    await from(origin, async (frame) => {
      for (const url of names()) {
        tap.statuses.length = 0;
        const sent = await frame.evaluate(sendEverything, url);
        await until("all of them arrived", () => tap.statuses.length >= sent);
        // A browser asks for an image without saying for whom: it may get 401, for it has no token.
        expect(tap.statuses.filter((status) => status !== 403 && status !== 401)).toEqual([]);
        expect(tap.statuses.filter((status) => status === 403).length).toBeGreaterThanOrEqual(sent - 1);
      }
    });
    expect(await target.state()).toEqual(before);
  });

  test("A32 a form that is sent, by whatever coding, is refused with 403", async () => {
    for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      await from(origin, async (frame) => {
        const answer = frame.page().waitForResponse((response) => response.url().startsWith(tap.url));
        await frame.evaluate(sendForm, { url: tap.url, enctype });
        expect([enctype, (await answer).status()]).toEqual([enctype, 403]);
      });
    }
    expect(await target.state()).toEqual(before);
  });

  test("A33 the dashboard in a frame shows nothing", async () => {
    await from(origin, async (frame) => {
      const answer = frame.page().waitForResponse((response) => response.url().startsWith(target.url));
      await frame.evaluate((address) => {
        const inner = document.createElement("iframe");
        inner.src = address;
        document.body.append(inner);
      }, `${target.url}/#token=${target.token}`);
      expect((await answer).headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
      await until("the browser put its own page there", () =>
        frame.childFrames().some((inner) => inner.url().startsWith("chrome-error:")),
      );
      expect(frame.childFrames()).toHaveLength(1);
    });
  });
});

test("A1 the gateway's own page opens what those could not", async () => {
  const frame = await visited(`${tap.url}/health/live`);
  expect(await frame.evaluate(openEverything, { url: tap.url, token: target.token })).toMatchObject({
    "WebSocket with a token": "open",
    "WebSocket of executions": "open",
    "fetch of history": "200",
    "fetch of a stream": "200",
    "fetch of a poll": "200",
  });
  await frame.page().close();
});

interface Victim {
  url: string;
  token: string;
}

/** Runs in the page: it may use nothing from here. */
async function openEverything({ url, token }: Victim): Promise<Record<string, string>> {
  const socket = (protocols: string[], path = "/v1/ws"): Promise<string> =>
    new Promise((resolve) => {
      const opened = new WebSocket(`${url.replace("http", "ws")}${path}`, protocols);
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
    "WebSocket of a session": await socket(["signalbox.session.v1", `signalbox.token.${token}`], "/ws/session/s1"),
    "WebSocket of executions": await socket(["signalbox.executions.v1", `signalbox.token.${token}`], "/ws/executions"),
    EventSource: await source(false),
    "EventSource with credentials": await source(true),
    "fetch of history": await asked("/v1/channels/global/events"),
    "fetch of history, with credentials": await asked("/v1/channels/global/events", { credentials: "include" }),
    "fetch of a stream": await asked("/v1/stream", posted(subscribe)),
    "fetch of a poll": await asked("/v1/poll", posted({ messages: subscribe, waitMs: 0 })),
  };
}

/** Runs in the page: sends what a browser sends without asking the gateway first, and says how many. */
async function sendEverything(url: string): Promise<number> {
  const event = '{"type":"note","channel":"global","data":{"forged":1}}';
  const simple = ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data"];
  const sent: Array<Promise<unknown>> = [];
  for (const credentials of ["omit", "include"] as const) {
    for (const mode of ["cors", "no-cors"] as const) {
      for (const type of simple) {
        for (const path of ["/v1/events", "/v1/poll", "/v1/stream", "/orchestrate/start", "/orchestrate/stop"]) {
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
  return sent.length + 3;
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
