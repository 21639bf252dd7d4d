/** What is around every view: ways to go, the palette, keys, first words, what to paste; and where the page may come from. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway, withoutOurs } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { type StaticServer, startStaticServer } from "./support/static-server.ts";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "packages/dashboard/dist");

let gateway: Gateway;
let browser: Browser;
let elsewhere: StaticServer;
let folder: string;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-shell-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  elsewhere = await startStaticServer(dist, "/panel");
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ allowedOrigins: [elsewhere.url] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await elsewhere?.close();
  rmSync(folder, { recursive: true, force: true });
});

const live = (page: Page) => page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();

async function open(path: string, { width = 1_280, introduced = true } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 844 } });
  contexts.push(context);
  if (introduced) await context.addInitScript(() => localStorage.setItem("signalbox.introduced", "yes"));
  const page = await context.newPage();
  await page.goto(`${gateway.url}${path}#token=${gateway.token}`);
  await live(page);
  return page;
}

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();

test("the first visit teaches in three steps, once, and is in the way of nothing", async () => {
  const page = await open("/", { introduced: false });
  const introduction = page.getByTestId("introduction");
  await introduction.getByText("One line puts yours on it").waitFor();
  expect(await introduction.getByRole("listitem").count()).toBe(3);
  await page.getByRole("link", { name: "Agents", exact: true }).first().click();
  await heading(page, "Agents");
  expect(await introduction.count()).toBe(0);
  await page.goBack();
  await introduction.getByRole("button", { name: "Got it" }).click();
  await page.reload();
  await live(page);
  await page.getByText("Nothing runs here yet").waitFor();
  expect(await introduction.count()).toBe(0);
});

test("what Connect gives to paste works as pasted, and is seen to arrive", async () => {
  const page = await open("/connect");
  await page.getByText("Listening: the first event that arrives is said here.").waitFor();
  expect(await page.content()).not.toContain(gateway.token);
  await page.getByRole("button", { name: "Show with my token" }).click();
  const arrived = page.getByTestId("arrived");
  const pasted = (id: string) => page.getByTestId(`source-${id}`).locator("code, pre").first().innerText();

  const sh = (line: string) => run("sh", ["-c", line]);
  const script = (name: string, text: string, program: string, args: string[]): Promise<void> => {
    writeFileSync(join(folder, name), text);
    return run(program, [...args, name]);
  };
  const node = ["--conditions=source"];
  const ways: Array<[channel: string, play: () => Promise<void>]> = [
    ["agent:my-curl", async () => sh(await pasted("curl"))],
    ["agent:my-cloudevents", async () => sh(await pasted("cloudevents"))],
    ["agent:my-script", async () => sh(await pasted("publish"))],
    ["process:", async () => sh((await pasted("run")).replace("npm test", "true"))],
    ["agent:my-typescript", async () => script("hello.ts", await pasted("typescript"), process.execPath, node)],
    ["agent:my-agent", async () => script("agent.ts", await pasted("agent"), process.execPath, node)],
    ["agent:my-python", async () => script("hello.py", await pasted("python"), join(root, ".venv/bin/python"), [])],
  ];
  for (const [channel, play] of ways) {
    await play();
    await arrived.getByText("Event received").waitFor();
    await arrived.getByRole("link", { name: channel }).first().waitFor();
  }
  await page.getByRole("button", { name: "HTTP" }).click();
  await page.waitForURL("**/connect?kind=http");
  expect(await page.getByTestId("source-run").count()).toBe(0);
  await arrived.getByRole("link", { name: "agent:my-python" }).first().click();
  await page.waitForURL("**/agents/my-python");
});

/** As in a terminal of a checkout. */
async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, {
    cwd: folder,
    env: {
      ...withoutOurs(process.env),
      PATH: [join(root, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter),
      XDG_STATE_HOME: join(folder, "state"),
      PYTHONPATH: join(root, "sdks/python/src"),
      npm_config_offline: "true",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code] = await once(child, "close");
  expect(code, `${program} ${args.join(" ")}\n${errors}`).toBe(0);
}

test("the palette finds an agent, a view and an action by keyboard, what was used last first", async () => {
  const title = "Ship \u202eit";
  await post(gateway, "/v1/events", [
    { type: "session_started", data: { sessionId: "s-palette", name: title } },
    { type: "agent_status", data: { agentId: "palette-agent", status: "busy" } },
  ]);
  const page = await open("/");
  await page.locator('[data-key="agent:palette-agent"]').waitFor();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Go to, or do" });
  const chosen = page.getByRole("dialog").getByRole("option", { selected: true });
  await field.fill("palag");
  await expect.poll(() => chosen.innerText()).toContain("palette-agent");
  expect(await field.getAttribute("aria-activedescendant")).toBe(await chosen.getAttribute("id"));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/agents/palette-agent");
  await field.waitFor({ state: "detached" });

  await page.keyboard.press("Control+k");
  await expect.poll(() => chosen.innerText()).toContain("palette-agent");
  await field.fill("ship");
  // Marks that reorder text are shown, not obeyed.
  await expect.poll(() => chosen.innerText()).toContain("Ship [U+202E]it");
  await field.fill("theme dark");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe("dark");

  await page.getByTestId("find").click();
  await field.fill("stop");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("Stop what is shown").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("keys go to views and are listed, but never while somebody writes, and g a decides nothing", async () => {
  await post(gateway, "/v1/checkpoints", {
    ...{ channel: "agent:palette-agent", checkpointId: "keys", title: "Deploy?", risk: "high", checkpointData: {} },
  });
  const page = await open("/connect");
  await page.keyboard.press("?");
  const map = page.getByRole("dialog", { name: "Keys" });
  await map.getByText("Everywhere").waitFor();
  await page.keyboard.press("Escape");
  await map.waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForURL("**/approvals?id=keys");
  await page.keyboard.press("?");
  await map.getByText("In this view").waitFor();
  await map.getByRole("button", { name: "Close" }).click();
  await map.waitFor({ state: "detached" });
  const question = page.getByText("This is dangerous");
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  expect(await question.count()).toBe(0);
  await page.keyboard.press("a");
  await question.waitFor();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await heading(page, "Fleet");
  const words = page.getByPlaceholder("Filter by words");
  await words.fill("");
  await words.press("g");
  await words.press("p");
  await page.waitForURL("**/?q=gp");
  // Whoever waits is told at its place, and still waits.
  await page.getByRole("link", { name: "Approvals 1 waiting for you" }).waitFor();
  await post(gateway, "/v1/checkpoints/keys/decision", { decision: "approve" });
});

test("on a phone four places stand under the thumb, and all of them in a sheet", async () => {
  const page = await open("/", { width: 390 });
  const bar = page.getByRole("navigation", { name: "Views" });
  expect(await bar.getByRole("link").allInnerTexts()).toMatchObject([/Fleet/, /Approvals/, /Timeline/, /Sessions/]);
  await bar.getByRole("button", { name: "More" }).click();
  const sheet = page.getByRole("dialog", { name: "All views" });
  expect(await sheet.getByRole("link").count()).toBe(17);
  await sheet.locator('a[href="/connect"]').click();
  await heading(page, "Connect");
  await sheet.waitFor({ state: "detached" });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await overflow()).toBe(0);
});

test("C9 no view does what the content policy forbids, and none says an error", async () => {
  const page = await open("/");
  const wrong: string[] = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  await page.exposeFunction("violated", (what: string) => wrong.push(what));
  await page.evaluate(() =>
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
      (globalThis as unknown as { violated(what: string): void }).violated(
        `${violatedDirective} ${blockedURI} ${sample}`,
      ),
    ),
  );
  const links = page.getByRole("navigation", { name: "Views" }).getByRole("link");
  const all = await links.all();
  expect(all).toHaveLength(17);
  for (const link of all.reverse()) {
    const [label = ""] = (await link.innerText()).split("\n");
    await link.click();
    // Each view has the name of its place: that of another one may stand there until it is fetched.
    await expect.poll(() => page.locator("main h1").first().innerText()).toContain(label);
  }
  for (const name of ["gallery", "keyboard map"]) {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").fill(name);
    await page.keyboard.press("Enter");
  }
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await heading(page, "Gallery");
  expect(await page.getByText("All pairs have the contrast that AA asks for.").count()).toBe(2);
  expect(wrong).toEqual([]);
  // What is listened for is heard.
  await page.evaluate(() => {
    const style = document.createElement("style");
    style.textContent = "body { color: red }";
    document.head.append(style);
  });
  await expect.poll(() => wrong.length).toBeGreaterThan(0);
});

test("settings say whose token it is and what is kept, and forget it all", async () => {
  const page = await open("/settings?section=browser");
  await page.getByText("admin (user)").waitFor();
  await page.getByText("signalbox.token:/").waitFor();
  await page.getByRole("tab", { name: "Appearance" }).click();
  await page.waitForURL("**/settings?section=appearance");
  await page.getByLabel("Compact").check();
  await expect.poll(() => page.locator("html").getAttribute("data-density")).toBe("compact");
  await page.getByRole("tab", { name: "This browser" }).click();
  await page.getByRole("button", { name: "Forget everything…" }).click();
  await page.getByRole("button", { name: "Forget everything", exact: true }).click();
  await page.getByTestId("token-page").waitFor();
});

test("a view that cannot be fetched says so, and comes when the gateway has it", async () => {
  const page = await open("/");
  await page.route(/memory-page-[^/]+\.js$/, (route) => route.fulfill({ status: 404 }));
  await page.getByRole("link", { name: "Memory", exact: true }).click();
  await page.getByText("This view could not be fetched").waitFor();
  await page.getByRole("link", { name: "Approvals", exact: true }).click();
  await heading(page, "Approvals");
  await page.unroute(/memory-page-[^/]+\.js$/);
  await page.getByRole("link", { name: "Memory", exact: true }).click();
  await page.getByRole("button", { name: "Load the page again" }).click();
  await heading(page, "Memory");
});

test("any server may have the files: the gateway is named once, views have addresses behind #", async () => {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 800 } });
  contexts.push(context);
  const page = await context.newPage();
  const there = `${elsewhere.url}/panel/`;
  await page.goto(`${there}?gateway=${encodeURIComponent(gateway.url)}`);
  await page.getByTestId("other-gateway").getByText(gateway.url).waitFor();
  await page.getByLabel("Token or address").fill(gateway.token);
  await page.keyboard.press("Enter");
  await live(page);
  expect(await page.getByTestId("elsewhere").innerText()).toBe(gateway.url.replace("http://", ""));
  await page.getByRole("link", { name: "Connect", exact: true }).click();
  await page.getByText(`curl -sS ${gateway.url}/v1/events`).first().waitFor();
  expect(page.url()).toBe(`${there}#/connect`);
  // Sent to somebody, or opened again: the same view.
  await page.goto("about:blank");
  await page.goto(`${there}#/settings?section=browser`);
  await page.getByText("Kept in this browser").first().waitFor();
  await live(page);
});

test("a gateway that does not know the page's origin: what to configure is said", async () => {
  const stranger = await startStaticServer(dist);
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  await page.goto(`${stranger.url}/?gateway=${encodeURIComponent(gateway.url)}#token=${gateway.token}`);
  await page.getByTestId("gateway-away").waitFor();
  await page.getByText(`"allowedOrigins": ["${stranger.url}"]`).waitFor();
  await page.getByRole("button", { name: "Forget this gateway" }).click();
  // Its server has nothing but the files.
  await page.getByTestId("no-gateway").waitFor();
  await page.getByLabel("Address of the gateway").fill(gateway.url);
  await page.keyboard.press("Enter");
  await page.getByTestId("gateway-away").waitFor();
  await stranger.close();
});
