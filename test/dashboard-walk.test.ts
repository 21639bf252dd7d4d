/** A person's walk through the dashboard: the blocked session among 200 agents, a decision from a phone, the way back to a failing test, its log. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { storyOf } from "../scripts/showcase/story.ts";
import { tellStory } from "../scripts/showcase/tell.ts";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
let asker: ChildProcess;
const story = { nowMs: Date.now(), others: 192 };
const told: Array<Record<string, unknown>> = [];

beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
  await tellStory(gateway, story);
  // A real process waits for an answer, in the name of the agent whose session is blocked.
  const script = join(import.meta.dirname, "support/obedient.ts");
  const words = [gateway.url, gateway.token, "ask", "agent:coder-001", "deploy-1"];
  asker = spawn(process.execPath, ["--conditions=source", script, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  if (asker.stdout) createInterface({ input: asker.stdout }).on("line", (line) => told.push(JSON.parse(line)));
});
afterAll(async () => {
  if (asker?.exitCode === null && asker.signalCode === null) {
    const ended = once(asker, "exit");
    asker.kill("SIGKILL");
    await ended;
  }
  await browser?.close();
  await gateway?.stop();
});

const open = (path: string): Promise<Page> => openDashboard(browser, gateway, path);

test("which of 200 is blocked: it stands first, and leads to its session", async () => {
  const page = await open("/");
  await page.getByText(/Showing 2\d\d of 2\d\d/).waitFor();
  const fleet = page.getByTestId("fleet");
  await fleet.getByText("coder-001").first().waitFor();
  // Above the first of those that run.
  const words = await fleet.innerText();
  expect(words.indexOf("coder-001")).toBeLessThan(words.indexOf("Running"));
  expect(words).toMatch(/coder-001\s+Waiting approval/);
  await fleet.getByText("coder-001").first().click();
  await page.getByRole("link", { name: "checkout-coupons" }).first().click();
  await expect.poll(() => page.url()).toContain("/sessions/checkout-coupons");
  await page.getByTestId("session-head").getByText("Coupons in the checkout").waitFor();
  await page.context().close();
});

test("approved from a phone: the process that asked goes on", async () => {
  const page = await open("/");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("link", { name: "Approvals" }).first().click();
  await page.locator('[data-testid=approval-row][data-id="deploy-1"]').click();
  await page.getByTestId("payload").getByText("terraform apply").waitFor();
  await page.getByRole("button", { name: "Approve…" }).click();
  await page.getByLabel("This is dangerous").fill("approve");
  await page.getByRole("button", { name: "Approve it" }).click();
  await page.locator("[data-testid=outcome][data-phase=decided]").waitFor();
  await until("the process was told", () => told.some(({ decision }) => decision === "approve"));
  await page.context().close();
});

test("back to the failing test: the session as it was then, and the log of that run", async () => {
  const page = await open("/tests?channel=agent:coder-001");
  await page.getByRole("button", { name: "takes a coupon only once" }).click();
  await page.getByTestId("beside").getByTestId("rewind").click();
  await expect.poll(() => page.url()).toMatch(/\/sessions\/checkout-coupons\?.*at=/);
  await page.getByTestId("past-banner").waitFor();
  await page.setViewportSize({ width: 1_440, height: 900 });
  await page
    .getByTestId("test-counts")
    .first()
    .getByText(/of 43 pass/)
    .waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("test-counts").first().getByText("44 of 44 pass").waitFor();

  await page.goto(`${gateway.url}/processes/checkout-tests-red`);
  await page.locator("[data-testid=log] [data-line]").getByText("expected 409, got 200").first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: /^Text, as written/ }).click(),
  ]);
  const lines = storyOf(story).filter(
    ({ type, data }) => type === "process_output" && data.processId === "checkout-tests-red",
  );
  expect(readFileSync(await download.path(), "utf8")).toBe(lines.map(({ data }) => `${data.output}\n`).join(""));
  await page.context().close();
});
