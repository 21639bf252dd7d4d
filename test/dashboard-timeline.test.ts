/** B8 D5 B4 in a page: one scrubber rewinds every panel, a link brings somebody else there, and large sessions open at once. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { recordedSession } from "./support/recorded-session.ts";

let gateway: Gateway;
let browser: Browser;
const contexts: BrowserContext[] = [];
const recorded = recordedSession(Date.now() - 1_800_000);
const { moments } = recorded;

beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
  await post(gateway, "/v1/events", recorded.events);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function open(path: string): Promise<Page> {
  const page = await openDashboard(browser, gateway, path);
  contexts.push(page.context());
  await page.setViewportSize({ width: 1_440, height: 900 });
  return page;
}

/** Pages are built and folded on a busy machine. */
const soon = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 15_000 });

const part = (page: Page, id: string) => page.getByTestId(id);
/** The lanes came, so that the scrubber knows where it all began. */
const scrubs = (page: Page) =>
  soon(() => part(page, "scrubber").getAttribute("aria-valuemin")).toBe(String(moments.start));
/** The moment in the address. */
const at = (page: Page): Promise<string | null> => page.evaluate(() => new URLSearchParams(location.search).get("at"));

/** Everything that follows the moment, as text. */
async function shown(page: Page): Promise<Record<"head" | "tests" | "feed", string>> {
  const text = async (id: string) => (await part(page, id).first().innerText()).replace(/\s+/g, " ");
  return { head: await text("session-head"), tests: await text("session-tests"), feed: await text("feed") };
}

test("B8 rewinding to the failing test shows every panel as it was; Escape goes back to now", async () => {
  const page = await open("/sessions/shop");
  await soon(() => part(page, "session-head").innerText()).toContain("Done");
  await soon(() => part(page, "test-counts").innerText()).toContain("3 of 3 pass");
  await part(page, "card").filter({ hasText: "npm test" }).first().waitFor();
  expect(await part(page, "past-banner").count()).toBe(0);

  await scrubs(page);
  // With the keys of the scrubber: to its beginning, when nothing had been tested yet.
  await part(page, "scrubber").focus();
  await page.keyboard.press("Home");
  await part(page, "past-banner").waitFor();
  await soon(() => part(page, "session-head").innerText()).toContain("Started");
  await soon(() => part(page, "test-counts").count()).toBe(0);
  await soon(() => part(page, "feed").innerText()).not.toContain("rejects an empty cart");

  // To a moment by its link: a test fails, the agent works, a decision waits.
  await page.goto(`${gateway.url}/sessions/shop?at=${moments.red + 1}`);
  await soon(() => part(page, "test-counts").innerText()).toContain("2 of 3 pass, 1 fail");
  await soon(() => part(page, "failing-test").innerText()).toContain("rejects an empty cart");
  await soon(() => part(page, "session-head").innerText()).toContain("Testing");
  // From the failing test to the very event.
  await part(page, "rewind").click();
  await soon(() => at(page)).toBe(String(moments.red));
  await soon(() => part(page, "failing-test").count()).toBe(1);
  // The banner is fetched on its own, and Escape is its key.
  await part(page, "past-banner").waitFor();
  await page.keyboard.press("Escape");
  await part(page, "past-banner").waitFor({ state: "detached" });
  await soon(() => at(page)).toBe(null);
  await soon(() => part(page, "test-counts").innerText()).toContain("3 of 3 pass");
});

test("B8 a link to a moment shows in another browser what it showed here, and the moment goes along", async () => {
  const page = await open("/sessions/shop");
  await scrubs(page);
  const box = await part(page, "scrubber").boundingBox();
  if (box === null) throw new Error("no scrubber");
  // By hand: the address follows when the hand rests.
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await soon(() => at(page)).not.toBe(null);
  const moment = Number(await at(page));
  const expected = recorded.stateAt(moment);
  const isThere = async (page: Page): Promise<void> => {
    await soon(() => part(page, "session-head").innerText()).toContain(expected.step);
    await soon(() => part(page, "test-counts").allInnerTexts()).toEqual(
      expected.tests === undefined ? [] : [expect.stringContaining(expected.tests)],
    );
  };
  await isThere(page);
  const other = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await isThere(other);
  // Ages are rounded at another second there.
  const plain = async (page: Page) => JSON.stringify(await shown(page)).replace(/\b\d+ [smh] ago/g, "ago");
  await soon(() => part(page, "feed").innerText()).not.toContain("Deploy the shop?");
  const here = await plain(page);
  await soon(() => plain(other)).toBe(here);
  // Steering is off, with the reason.
  await other.getByRole("link", { name: "coder", exact: true }).first().click();
  await soon(() => part(other, "steering-past").innerText()).toContain("You look at the past");
  expect(await at(other)).toBe(String(moment));
  // The fleet, too, is that of then.
  await other.getByRole("link", { name: "Fleet", exact: true }).click();
  await part(other, "past-banner").waitFor();
  await soon(() => other.getByText("reviewer").count()).toBe(0);
  await other.getByRole("button", { name: "Back to now (Esc)" }).click();
  await soon(() => other.getByText("reviewer").count()).toBeGreaterThan(0);
});

test("B8 the lanes have a bar for each call and a mark for each question; what is in view is listed, a click opens the event", async () => {
  const page = await open("/sessions/shop?tab=timeline");
  await soon(() => part(page, "lanes-canvas").getAttribute("data-drawn")).toBe(String(recorded.bars));
  await soon(() => part(page, "timeline-count").innerText()).toContain("4 lanes");
  await part(page, "in-view").locator("summary").click();
  const listed = part(page, "in-view").getByRole("button", { name: /Deploy the shop\?: waiting approval/ });
  await listed.first().click();
  // Its event, in the feed of who asked, at its moment.
  await page.waitForURL(/agents\/coder\?/);
  expect(await at(page)).toBe(String(moments.asked));
  await page.locator("[data-marked=true]").waitFor();
  await soon(() => page.locator("[data-marked=true]").innerText()).toContain("Deploy the shop?");
  // The keys: to the previous mark, which every panel follows.
  await page.goto(`${gateway.url}/timeline?at=${moments.asked}`);
  await soon(() => part(page, "lanes-canvas").getAttribute("data-drawn")).not.toBe(null);
  await part(page, "lanes-canvas").focus();
  await page.keyboard.press("p");
  await soon(() => at(page)).toBe(String(moments.green));
});

test("B8 two moments compared: tests, memory and fields that are another", async () => {
  const page = await open(`/sessions/shop?at=${moments.green + 1}&with=${moments.red + 1}`);
  const compared = part(page, "compared");
  await soon(() => compared.innerText()).toContain("No longer failing cart.test.ts: rejects an empty cart");
  const text = await compared.innerText();
  expect(text).toContain("conventions version 1 → 2");
  expect(text).toMatch(/progress 40 → 70/);
});

test("B8 processes, their logs and repositories are those of then, while more comes", async () => {
  const start = Date.now() - 900_000;
  const second = (at: number) => start + at * 1_000;
  const process = (at: number, type: string, data: object) => ({
    ...{ channel: "process:slow-build", type, timestamp: second(at) },
    data: { processId: "slow-build", ...data },
  });
  const pull = (at: number, action: string, title: string) => ({
    ...{ channel: "repo:acme/shop", type: "github_pr_update", timestamp: second(at) },
    data: { repository: "acme/shop", number: 42, action, title },
  });
  const line = (at: number) =>
    process(at, "process_output", { stream: at % 10 ? "stdout" : "stderr", output: `brick ${at}`, line: at });
  await post(gateway, "/v1/events", [
    process(0, "process_started", { command: "make", args: ["slow-build"] }),
    ...Array.from({ length: 200 }, (_, at) => line(at + 1)),
    process(201, "process_stopped", { exitCode: 2, signal: null }),
    pull(50, "opened", "Round the totals"),
    pull(150, "edited", "Round all totals"),
  ]);
  const page = await open(`/processes/slow-build?at=${second(100) + 1}`);
  await soon(() => part(page, "log-state").innerText()).toBe("As it was: 100 lines");
  const rows = page.locator(".log-row");
  await soon(() => rows.last().innerText()).toContain("brick 100");
  expect(await part(page, "process-state").innerText()).toContain("Running");
  expect(await part(page, "line-count").innerText()).toBe("100");
  // What comes now is not of then.
  await post(gateway, "/v1/events", [process(300, "process_output", { stream: "stdout", output: "late", line: 202 })]);
  // Nor is what the gateway finds in the whole log.
  await page.goto(`${page.url()}&q=brick&stderr=true`);
  await soon(() => part(page, "search-hits").innerText()).toMatch(/Line 100\b/);
  expect(await part(page, "search-hits").innerText()).not.toMatch(/Line 1[0-9][1-9]\b/);
  await soon(() => part(page, "stderr-lines").innerText()).toContain("10 on stderr");
  await soon(() => rows.last().innerText()).toContain("brick 100");
  // A later moment, on the way back to now.
  await page.goto(`${gateway.url}/processes/slow-build?at=${second(150) + 1}`);
  await soon(() => rows.last().innerText()).toContain("brick 150");
  await part(page, "past-banner").waitFor();
  await page.keyboard.press("Escape");
  await soon(() => rows.last().innerText()).toContain("late");
  await soon(() => part(page, "process-state").innerText()).toContain("Exit 2");

  // The lists: that of the processes, and those of GitHub.
  await page.goto(`${gateway.url}/processes?at=${second(100) + 1}&q=slow-build`);
  await page.getByRole("row", { name: /make slow-build.*Running/ }).waitFor();
  await page.goto(`${gateway.url}/processes?at=${moments.start - 60_000}`);
  await page.getByText("There were no processes yet").waitFor();
  await page.goto(`${gateway.url}/github?tab=pulls&at=${second(100) + 1}`);
  await page.getByText("Round the totals").waitFor();
  await part(page, "past-banner").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Round all totals").waitFor();
  await page.goto(`${gateway.url}/github?at=${second(0)}`);
  await page.getByText("There were no repositories yet").waitFor();
});

test("what agents wrote is text: no markup runs, links say where they go", async () => {
  const page = await open("/agents/coder");
  const message = part(page, "markdown").first();
  await soon(() => message.innerText()).toContain("Plan");
  expect(await page.locator("main img, main script, main iframe").count()).toBe(0);
  const link = message.getByRole("link", { name: "docs" });
  expect(await link.getAttribute("href")).toBe("https://example.org/cart");
  expect(await link.getAttribute("rel")).toContain("noopener");
  expect(await message.getByRole("link").count()).toBe(1);
  expect(await message.innerText()).toContain("(example.org)");
  expect(await page.evaluate(() => Reflect.get(window, "ran"))).toBeUndefined();
});

test("EXPERIENCE a session with 100,000 events opens, and says how much it shows", async () => {
  const start = Date.now() - 3_600_000;
  for (let batch = 0; batch < 100; batch++) {
    const steps = Array.from({ length: 1_000 }, (_, index) => {
      const at = batch * 1_000 + index;
      const toolCallId = `call-${at >> 1}`;
      return {
        channel: "session:big",
        type: at % 2 === 0 ? "tool_call" : "tool_result",
        timestamp: start + at * 30,
        data: { sessionId: "big", toolCallId, toolName: "read_file", result: at % 2 === 0 ? undefined : "ok" },
      };
    });
    await post(gateway, "/v1/events", steps);
  }
  const page = await open("/sessions/big?tab=timeline");
  await soon(() => part(page, "timeline-count").innerText()).toContain("50,000 bars and marks · from 100,000 events");
  expect(await part(page, "lanes-canvas").getAttribute("data-drawn")).toBe("50000");
});
