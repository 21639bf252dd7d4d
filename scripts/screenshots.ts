/**
 * `npm run screenshots`: a gateway, the story of scripts/showcase, and a picture of every view at desktop and phone width, dark and
 * light, into docs/images/dashboard/. With names of views: only those. `--png DIR`: as PNG into that directory instead.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "../test/support/browser.ts";
import { type Gateway, startGateway } from "../test/support/gateway.ts";
import { buildDashboard } from "./dashboard.ts";
import { root } from "./repository.ts";
import { tellStory } from "./showcase/tell.ts";
import { type View, views } from "./showcase/views.ts";

const looks = [
  { name: "dark", colorScheme: "dark", width: 1_280, height: 800 },
  { name: "light", colorScheme: "light", width: 1_280, height: 800 },
  { name: "phone-dark", colorScheme: "dark", width: 390, height: 844 },
  { name: "phone-light", colorScheme: "light", width: 390, height: 844 },
] as const;
/** Agents that the story is not about. */
const others = 30;
const webpQuality = 82;
const idleWithinMs = 3_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { png: { type: "string" } } });
const chosen = positionals.length === 0 ? views : views.filter(({ name }) => positionals.includes(name));
const unknown = positionals.filter((name) => !views.some((view) => view.name === name));
if (unknown.length > 0) {
  console.error(`No such view: ${unknown.join(", ")}. There are: ${views.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}
const problem = await buildDashboard();
if (problem !== undefined) throw new Error(problem);
const directory = values.png ?? join(root, "docs/images/dashboard");
mkdirSync(directory, { recursive: true });

const gateway = await startGateway();
const browser = await startBrowser();
try {
  await tellStory(gateway, { nowMs: Date.now(), others });
  await showPage(browser, gateway);
  let failed = 0;
  for (const look of looks) {
    const context = await browser.newContext({
      colorScheme: look.colorScheme,
      viewport: { width: look.width, height: look.height },
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await page.goto(`${gateway.url}/#token=${gateway.token}`);
    await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
    for (const view of chosen) {
      const file = join(directory, `${view.name}-${look.name}.${values.png === undefined ? "webp" : "png"}`);
      try {
        await show(page, view);
        await keep(page, file, values.png !== undefined);
        console.log(file.replace(`${root}/`, ""));
      } catch (error) {
        failed++;
        console.error(`${view.name}, ${look.name}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
        if (values.png !== undefined) await keep(page, file, true);
      }
    }
    await context.close();
  }
  if (values.png === undefined && positionals.length === 0)
    writeFileSync(join(root, "docs/dashboard/pictures.md"), picturePage());
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await browser.close();
  await gateway.stop();
}

/** All pictures on one page. */
function picturePage(): string {
  const of = ({ name, title }: View): string =>
    [
      `## ${title}`,
      "",
      ...looks.map((look) => `![${title}, ${look.name}](../images/dashboard/${name}-${look.name}.webp)`),
    ].join("\n");
  const about =
    "Every view at 1280 and at 390 px, dark and light. Made by `npm run screenshots` from a real gateway and the story in scripts/showcase; do not edit.";
  return `${["# What the dashboard looks like", about, ...views.map(of)].join("\n\n")}\n`;
}

async function show(page: Page, { path, shown, opened = [], opens }: View): Promise<void> {
  await page.goto(gateway.url + path);
  await page.getByText(shown).locator("visible=true").first().waitFor({ timeout: 10_000 });
  for (const control of opened) {
    if (control.startsWith("key:")) await page.keyboard.press(control.slice("key:".length));
    else await page.getByText(control).locator("visible=true").first().click();
  }
  if (opens !== undefined) await page.getByText(opens).locator("visible=true").first().waitFor({ timeout: 10_000 });
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  // The audit always has a request open.
  await page.waitForLoadState("networkidle", { timeout: idleWithinMs }).catch(() => {});
  await page.evaluate(() => document.fonts.ready);
}

async function keep(page: Page, file: string, asPng: boolean): Promise<void> {
  if (asPng) return void (await page.screenshot({ path: file }));
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: webpQuality });
  writeFileSync(file, Buffer.from(data, "base64"));
  await devtools.detach();
}

/** A browser that an agent watches: its newest picture is of a page that is really drawn. */
async function showPage(watched: Browser, { url, token }: Gateway): Promise<void> {
  const page = await watched.newPage({ viewport: { width: 960, height: 600 } });
  await page.setContent(
    "<body style='font:16px sans-serif;margin:40px;background:#fff;color:#222'><h1>acme shop</h1><p>Your cart: 2 things, 39.98 €</p><label>Coupon <input value='SPRING-5'></label> <button>Apply</button></body>",
  );
  const screenshot = (await page.screenshot({ type: "jpeg", quality: 70 })).toString("base64");
  await page.close();
  const data = { sessionId: "shop", url: "https://shop.example/cart", title: "Cart", width: 960, height: 600 };
  const answer = await fetch(`${url}/v1/events`, {
    method: "POST",
    body: JSON.stringify([{ type: "browser_update", data: { ...data, mediaType: "image/jpeg", screenshot } }]),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(`the picture was not taken: ${await answer.text()}`);
}
