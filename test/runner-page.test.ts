/** DESIGN §9 from a browser page: what a runner's processes are told there, with a real gateway, runner and processes. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { isGone, processState, standsStill } from "./support/process-state.ts";
import { until } from "./support/until.ts";
import { echo, node, type Runner, Workplace } from "./support/workplace.ts";

/** Writes the numbers from 1 on, the first of them at once: more than a page has room for. */
const counting = `
  let n = 0;
  while (n < 100) console.log(String(++n));
  setInterval(() => console.log(String(++n)), 100);`;

let work: Workplace;
let runner: Runner;
let browser: Browser;
beforeAll(async () => {
  work = await Workplace.open();
  runner = await work.runner({ echo: node(echo, { stdin: true, title: "Echo" }), count: node(counting) });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await work?.close();
});

/** A lease ends 15 s after its last renewal, on a machine that may be busy. */
const patience = { timeout: 120_000 };

const button = (page: Page, name: string): Locator => page.locator(`[data-testid=steering] [data-command=${name}]`);
const shows = (page: Page, status: string): Promise<void> =>
  page.locator(`[data-testid=process-state][data-status=${status}]`).waitFor(patience);
const line = (page: Page, text: string): Locator => page.locator(".log-text").getByText(text, { exact: true });
/** What it was told and how that went, newest first. */
const told = (page: Page): Promise<string[]> =>
  page
    .locator("[data-testid=command]")
    .evaluateAll((rows) => rows.map((row) => `${row.getAttribute("data-name")} ${row.getAttribute("data-state")}`));

const openPage = (channel: string): Promise<Page> =>
  openDashboard(browser, work.gateway, `/processes/${encodeURIComponent(channel.slice("process:".length))}`);

test("a log that follows its end goes on doing so when a form above it opens and closes", async () => {
  const { channel } = await work.start("count");
  const page = await openPage(channel);
  const log = page.locator("[data-testid=log]");
  const top = async (): Promise<number> => Number(await log.getAttribute("data-top-offset"));
  await until("it has more than there is room for", async () => (await top()) > 100);
  for (let times = 1; times <= 5; times++) {
    await button(page, "cancel").click();
    await page.getByRole("button", { name: "Yes, cancel" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[data-testid=command-form]").waitFor({ state: "detached" });
    const before = await top();
    await until("more was written", async () => (await top()) > before);
    expect(await log.getAttribute("data-follow")).toBe("true");
  }
});

test("X4 V3 of two processes one is paused, resumed, given input and cancelled on its page while the other runs on; with their runner they are lost", async () => {
  const [one, two] = await Promise.all([work.start("echo"), work.start("count")]);
  const page = await openDashboard(browser, work.gateway, "/processes");
  await page.getByRole("link", { name: "Echo" }).click();
  const other = await openPage(two.channel);
  await shows(page, "running");
  await shows(other, "running");
  await line(page, "ready").waitFor();

  await button(page, "pause").click();
  await shows(page, "paused");
  await standsStill(one.pid);
  // What is typed meanwhile waits in its pipe.
  await button(page, "input").click();
  await page.keyboard.type("hello $(id)");
  await page.keyboard.press("Enter");
  await page.locator("[data-testid=command][data-name=input][data-state=done]").waitFor();
  const counted = (await work.outputs(two.channel)).length;
  await until("the other counts on", async () => (await work.outputs(two.channel)).length > counted);
  expect(processState(one.pid)).toBe("T");
  expect(processState(two.pid)).not.toBe("T");
  expect(await work.outputs(one.channel)).toEqual(["ready"]);

  await button(page, "resume").click();
  await shows(page, "running");
  await line(page, 'heard "hello $(id)\\n"').waitFor();
  expect(processState(one.pid)).not.toBe("T");

  await button(page, "cancel").click();
  await page.getByRole("button", { name: "Yes, cancel" }).click();
  await shows(page, "cancelled");
  await page.getByText("cancelled by user:admin", { exact: true }).waitFor();
  await line(page, "asked to end").waitFor();
  await isGone(one.pid);
  // Nobody tells anything to what is over.
  await button(page, "pause").waitFor({ state: "detached" });
  await until("all that was told is done", async () => (await told(page)).every((row) => row.endsWith(" done")));
  expect(await told(page)).toEqual(["cancel done", "resume done", "input done", "pause done"]);

  await shows(other, "running");
  expect(await other.locator("[data-testid=command]").count()).toBe(0);
  runner.process.kill("SIGKILL");
  await runner.ended;
  await shows(other, "lost");
  await other.getByText("Nobody is at work as this process").waitFor();
  expect(await button(other, "pause").isDisabled()).toBe(true);
  await isGone(two.pid);
  await shows(page, "cancelled");
  // It was never held up, nor told anything.
  const numbers = (await work.outputs(two.channel)).map(Number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(await work.events(two.channel, "process_paused")).toEqual([]);
  expect(await work.events(two.channel, "command_queued")).toEqual([]);
});
