/** EXPERIENCE, A29: what agents write is text. Over two hundred hostile strings go through every field of every event, and onto every view. */
import { isDeepStrictEqual } from "node:util";
import { catalogue } from "@signalbox/protocol/schemas";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { views } from "../scripts/showcase/views.ts";
import { startBrowser } from "./support/browser.ts";
import { filled } from "./support/fill.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { hostile } from "./support/hostile.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
/** Channels whose events and states carry the text of the same number. */
const name = (number: number): string => `h-${number}`;

/** Only the gateway publishes these, or the place needs more than an event. */
const notPublished = /^(command_|checkpoint_|lease_|presence_|driver_|budget_|system_|agent_lost)/;

beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
  for (const [number, text] of hostile.entries()) await publish(number, text);
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function publish(number: number, text: string): Promise<void> {
  const id = name(number);
  const ids = { agentId: id, sessionId: id, session_id: id, processId: id, workflowId: id, executionId: id };
  const events = [...catalogue.values()]
    .filter(({ type }) => !notPublished.test(type))
    .map(({ type, data }) => ({ type, data: filled(data, text, { ...ids, repository: `h/r-${number % 20}` }) }));
  // Its last word is a state that the panel shows first.
  events.push({
    type: "agent_status",
    data: { agentId: id, name: text || "-", status: "waiting_input", message: text },
  });
  const all = [...events, { type: "hostile", channel: `session:${id}`, data: { [text]: text } }];
  // The longest strings make large events: few of them fit into a request.
  for (let from = 0; from < all.length; from += 8) await post("/v1/events", all.slice(from, from + 8));
  await post("/v1/checkpoints", {
    ...{
      channel: `agent:${id}`,
      checkpointId: id,
      title: text.slice(0, 500) || "-",
      risk: text.slice(0, 60) || "-",
      roles: [text.slice(0, 60) || "-"],
    },
    checkpointData: { command: text, args: [text], cwd: text, diff: text, url: text, [text]: text },
    answerSchema: {
      type: "object",
      title: text,
      properties: { [text]: { type: "string", title: text, description: text } },
    },
  });
}

/** What the gateway itself refuses, such as a lone half of a character, does not come to a page. */
async function post(path: string, body: unknown): Promise<void> {
  const answer = await fetch(gateway.url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
  });
  expect(answer.status, path).toBeLessThan(500);
  await answer.arrayBuffer();
}

interface Seen {
  ran: boolean;
  refused: string[];
  /** Texts that act instead of being read. */
  acting: string[];
  /** What stands out of the page at its right. */
  outside: string[];
  /** Elements that no view of ours has. */
  foreign: string[];
}

async function openPage(width: number): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 844 } });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("popup", () => problems.push("a window opened"));
  page.on("request", (request) => {
    if (!request.url().startsWith(gateway.url) && !/^(blob|data):/.test(request.url())) problems.push(request.url());
  });
  await page.addInitScript(() => {
    Reflect.set(globalThis, "refusedByPolicy", []);
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      Reflect.get(globalThis, "refusedByPolicy").push(`${violatedDirective} ${blockedURI}`),
    );
  });
  await page.goto(`${gateway.url}/#token=${gateway.token}`);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  return { page, problems };
}

/** Goes there without loading the page anew. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}

/** All streams that the view asked for have answered, and what they said is drawn. */
async function settled(page: Page): Promise<void> {
  await twoFrames(page);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  await twoFrames(page);
}

const twoFrames = (page: Page): Promise<void> =>
  page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );

/** Runs in the page. */
function look(): Seen {
  const controls =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\u3164\ufeff]|\udb40[\udc00-\udc7f]/;
  const short = (text: string): string => JSON.stringify(text.slice(0, 80));
  const acting: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const text = node.nodeValue ?? "";
    if (controls.test(text))
      acting.push(`in ${node.parentElement?.tagName} ${node.parentElement?.className}: ${short(text)}`);
  }
  if (controls.test(document.title)) acting.push(short(document.title));
  for (const element of document.querySelectorAll("[title],[aria-label]")) {
    const said = `${element.getAttribute("title") ?? ""}${element.getAttribute("aria-label") ?? ""}`;
    if (controls.test(said)) acting.push(`of ${element.tagName} ${element.className}: ${short(said)}`);
  }
  /** Parts that scroll by themselves, or cut off what is too long, hold what is wider than they are. */
  const isHeld = (element: Element): boolean => {
    for (let outer = element.parentElement; outer !== null && outer !== document.body; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflowX !== "visible" && outer.getBoundingClientRect().right <= innerWidth + 1)
        return true;
    }
    return false;
  };
  const outside =
    document.documentElement.scrollWidth > innerWidth
      ? [`the page is ${document.documentElement.scrollWidth} px wide`]
      : [];
  for (const element of document.querySelectorAll("#root *")) {
    const { right, width } = element.getBoundingClientRect();
    if (width > 0 && right > innerWidth + 1 && !isHeld(element)) {
      outside.push(`${element.tagName.toLowerCase()} ${Math.round(right)} px ${short(element.textContent ?? "")}`);
    }
  }
  const foreign = [
    ...document.body.querySelectorAll("script,iframe,object,embed,base,marquee,video,audio,math,style,link,meta"),
  ]
    .concat(
      [...document.querySelectorAll("body *")].filter(({ attributes }) =>
        [...attributes].some((one) => one.name.startsWith("on")),
      ),
    )
    .concat(
      [...document.querySelectorAll("a[href]")].filter((link) => !/^https?:/.test((link as HTMLAnchorElement).href)),
    )
    .map(({ outerHTML }) => short(outerHTML));
  return {
    ran: Reflect.has(globalThis, "hostileRan"),
    refused: Reflect.get(globalThis, "refusedByPolicy") as string[],
    ...{ acting, outside: outside.slice(0, 3), foreign },
  };
}

const calm: Seen = { ran: false, refused: [], acting: [], outside: [], foreign: [] };

type Found = [path: string, what: string, seen: Seen];

/** Where one of each text stands: every third of the others in turn, which have less of their own. */
const detailsOf = (number: number): Array<[path: string, inside: string]> => {
  const id = name(number);
  const others: Array<[path: string, inside: string]> = [
    [`/sessions/${id}`, "main h1"],
    [`/processes/${id}`, "main h1"],
    [`/browsers/${id}`, "main h1"],
  ];
  return [
    [`/agents/${id}`, "main h1"],
    [`/approvals?id=${id}`, "main h2"],
    ...others.slice(number % 3, (number % 3) + 1),
  ];
};

/** Every other string, from the `first` on. */
async function tryPages(width: number, first: number): Promise<{ found: Found[]; problems: string[] }> {
  const { page, problems } = await openPage(width);
  const found: Found[] = [];
  for (let number = first; number < hostile.length; number += 2) {
    for (const [path, inside] of detailsOf(number)) {
      await goTo(page, path);
      await page.locator(inside).first().waitFor({ state: "attached" });
      await settled(page);
      const seen = await page.evaluate(look);
      if (!isDeepStrictEqual(seen, calm)) found.push([path, JSON.stringify(hostile[number]?.slice(0, 60)), seen]);
    }
  }
  await page.context().close();
  return { found, problems };
}

test("A29 no string runs, acts, or breaks the layout, on pages of its own, at 1280 and 390 px", async () => {
  // Strings of one kind stand beside each other: each width takes every other one, and so each kind.
  const tried = await Promise.all([tryPages(1_280, 0), tryPages(390, 1)]);
  expect(tried).toEqual(tried.map(() => ({ found: [], problems: [] })));
});

test.each([1_280, 390])(
  "A29 at %i px every view stays whole over a fleet of them, however far it is scrolled",
  async (width) => {
    const { page, problems } = await openPage(width);
    const found: Found[] = [];
    for (const { path } of views.filter((view) => !/checkout|coder-001|migrate|rename/.test(view.path))) {
      await goTo(page, path);
      await page.locator("main h1").first().waitFor();
      await settled(page);
      for (let screen = 0; screen < 12; screen++) {
        const seen = await page.evaluate(look);
        if (!isDeepStrictEqual(seen, calm)) found.push([path, `screen ${screen}`, seen]);
        if (!(await page.evaluate(scrollOn))) break;
        await settled(page);
      }
    }
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  },
);

/** Runs in the page: the largest part that scrolls goes on by ten screens; false at its end. */
function scrollOn(): boolean {
  const parts = [...document.querySelectorAll("main *")].filter(
    (one) => one.scrollHeight > one.clientHeight + 4 && /auto|scroll/.test(getComputedStyle(one).overflowY),
  );
  const largest = parts.sort((one, other) => other.scrollHeight - one.scrollHeight)[0];
  if (largest === undefined) return false;
  const before = largest.scrollTop;
  largest.scrollTop += 10 * largest.clientHeight;
  return largest.scrollTop > before;
}

test("the strings are there, and are shown as they are", async () => {
  const { page } = await openPage(1_280);
  await goTo(page, "/agents/h-0");
  await until("the page shows the text of a script", async () =>
    (await page.locator("main").innerText()).includes("<script>window.hostileRan=1</script>"),
  );
  await page.context().close();
});
