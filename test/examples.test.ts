/** S7 D4 D5: the example pages as people use them, in Chromium against a real gateway, runner and process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { root } from "../scripts/repository.ts";
import { projectEnv, run } from "../scripts/run.ts";
import { startBrowser } from "./support/browser.ts";
import { bearer, post } from "./support/http.ts";
import { checkPageTypes } from "./support/page-types.ts";
import { until } from "./support/until.ts";
import { echo, node, Workplace } from "./support/workplace.ts";

/** Of showing a log and leaving it again. */
const times = 1_000;

let work: Workplace;
let browser: Browser;
const servers: ChildProcess[] = [];
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  work = await Workplace.open();
  await work.runner({ echo: node(echo, { stdin: true, title: "Echo" }) });
  browser = await startBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  for (const server of servers.splice(0)) {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  }
});
afterAll(async () => {
  await browser?.close();
  await work?.close();
});

/** Built as for publishing, and served by Vite with the gateway behind it; returns the address. */
async function serve(example: string): Promise<string> {
  const cwd = join(root, "examples", example);
  const built = await run("vite", ["build", "--logLevel", "warn"], { cwd, env: { NODE_ENV: "production" } });
  expect(built.code, built.output).toBe(0);
  const server = spawn("vite", ["preview", "--host", "127.0.0.1", "--port", "0"], {
    cwd,
    env: { ...projectEnv(), SIGNALBOX_URL: work.gateway.url, NO_COLOR: "1" },
    // It tells of each connection that a closed page leaves.
    stdio: ["ignore", "pipe", "ignore"],
  });
  servers.push(server);
  let said = "";
  server.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const address = (): string | undefined => /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
  await until("the page's server says where it is", () => address() !== undefined);
  return address() ?? "";
}

interface Opened {
  page: Page;
  /** Errors and warnings of the page. */
  complaints: string[];
}

async function open(address: string, width: number, colorScheme: "dark" | "light"): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  // For a machine that does much else.
  context.setDefaultTimeout(120_000);
  contexts.push(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${address}#token=${work.gateway.token}`);
  await page.locator("header [data-state=live]").waitFor();
  return { page, complaints };
}

async function subscriptions(): Promise<number> {
  const answer = await fetch(`${work.gateway.url}/metrics`, { headers: bearer(work.gateway.token) });
  const line = (await answer.text()).split("\n").find((each) => each.startsWith("signalbox_subscriptions "));
  return Number(line?.split(" ")[1]);
}

const log = (page: Page): Promise<string[]> => page.locator("pre > div").allTextContents();
const members = (page: Page, count: number): Promise<void> => page.locator(`[data-members="${count}"]`).waitFor();

describe.each(["react", "vue"])("examples/%s", (example) => {
  test("is used by two people, at once and late, and leaves nothing behind", async () => {
    const address = await serve(example);
    const before = await subscriptions();
    const { channel } = await work.start("echo");
    const name = channel.slice("process:".length);
    const [desk, phone] = [await open(address, 1_280, "dark"), await open(address, 390, "light")];
    for (const { page } of [desk, phone]) await members(page, 2);

    // A line of input goes to the process, and what it answers comes to the page.
    await desk.page.locator("nav button", { hasText: name }).click();
    for (const line of ["one", "two"]) {
      await desk.page.getByLabel("Input").fill(line);
      await desk.page.getByRole("button", { name: "Send" }).click();
      await until(line, async () => (await log(desk.page)).some((each) => each.includes(line)));
    }
    await desk.page.locator("[data-command=done]").waitFor();
    // Who comes late sees the same, and where the other one looks.
    await phone.page.locator("nav button", { hasText: name }).click();
    await phone.page.getByText(`looks at ${name} · `).waitFor();
    await until("both show the same", async () => `${await log(phone.page)}` === `${await log(desk.page)}`);
    expect(await phone.page.evaluate("document.documentElement.scrollWidth")).toBe(390);

    // What is asked is asked on both pages, and decided once.
    const body = {
      channel: `execution:${example}`,
      checkpointId: example,
      title: "Deploy?",
      checkpointData: { to: "production" },
    };
    await post(work.gateway, "/v1/checkpoints", body);
    for (const { page } of [desk, phone]) await page.getByText("1 waiting for you").waitFor();
    await phone.page.getByRole("button", { name: "Approve" }).click();
    for (const { page } of [desk, phone]) await page.getByText("Deploy?: approved by user:admin").waitFor();

    // Mounted and unmounted again and again nothing is left, neither here nor there.
    await desk.page.locator("nav button", { hasText: name }).click();
    await desk.page.getByText("Choose a process.").waitFor();
    await phone.page.close();
    await members(desk.page, 1);
    let listing = 0;
    await until("the log's subscription has ended", async () => {
      const now = await subscriptions();
      const same = now === listing;
      listing = now;
      return same;
    });
    await desk.page.evaluate(async (clicks) => {
      const { port1, port2 } = new MessageChannel();
      for (let n = 0; n < clicks; n++) {
        document.querySelector<HTMLElement>("nav button")?.click();
        // A turn in which effects run; a frame for each would take half a minute.
        await new Promise((resolve) => {
          port1.onmessage = resolve;
          port2.postMessage(n);
        });
      }
    }, 2 * times);
    await desk.page.getByText("Choose a process.").waitFor();
    await until("its subscriptions are what they were", async () => (await subscriptions()) === listing);

    // Stop ends the process, and then it cannot be told anything any more.
    await desk.page.locator("nav button", { hasText: name }).click();
    await desk.page.getByRole("button", { name: "Stop" }).click();
    await desk.page.locator("nav button", { hasText: name }).getByText("cancelled").waitFor();
    await until("nothing can be sent", () => desk.page.getByRole("button", { name: "Send" }).isDisabled());
    expect([...desk.complaints, ...phone.complaints]).toEqual([]);
    await desk.page.close();
    await until("nothing is left on the gateway", async () => (await subscriptions()) === before);
  });
});

test("what the templates of examples/vue use fits the packages", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-example-vue-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    cpSync(join(root, "examples/vue/src"), folder, { recursive: true });
    expect(await checkPageTypes(folder)).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
