/** The fleet, an agent's page and a browser's picture in a browser page, with 200 agents, some of them real processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
let folder: string;
const started: ChildProcess[] = [];
const contexts: BrowserContext[] = [];

const status = (agentId: string, status: string, more: object = {}) => ({
  type: "agent_status",
  data: { agentId, agentType: "coder", status, ...more },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-dashboard-fleet-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
  const states = ["running", "idle", "done", "failed"];
  const agents = Array.from({ length: 200 }, (_, n) =>
    status(`coder-${String(n).padStart(3, "0")}`, n === 137 ? "waiting_approval" : (states[n % 4] ?? ""), {
      sessionId: n % 2 === 0 ? "even" : "odd",
      ...(n === 137 ? { reason: "wants to deploy" } : { currentTask: { id: `t${n}`, progress: n % 100 } }),
    }),
  );
  await post(gateway, "/v1/events", agents);
  await post(gateway, "/v1/events", [
    { type: "agent_usage", data: { agentId: "coder-044", inputTokens: 90_000, outputTokens: 9_000, costUsd: 1.5 } },
    { type: "agent_usage", data: { agentId: "coder-048", inputTokens: 1_000, outputTokens: 100, costUsd: 0.1 } },
  ]);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string, token = gateway.token): Promise<Page> {
  const page = await openDashboard(browser, gateway, path, token);
  contexts.push(page.context());
  return page;
}

/** An agent in a process of its own, which holds its lease and does what it is told; see obedient.ts. */
function obedient(channel: string): ChildProcess & { did: string[] } {
  const script = join(import.meta.dirname, "support/obedient.ts");
  const words = ["--conditions=source", script, gateway.url, gateway.token, "obey", channel];
  const child = Object.assign(spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] }), {
    did: [] as string[],
  });
  started.push(child);
  child.stdout?.setEncoding("utf8").on("data", (text: string) => child.did.push(...text.split("\n").filter(Boolean)));
  return child;
}

const rows = (page: Page) => page.locator("[data-testid=fleet-row]");
const row = (page: Page, key: string) => page.locator(`[data-testid=fleet-row][data-key="${key}"]`);
const counted = (page: Page) => page.locator("[data-testid=fleet-count]");

test("of 200 agents the one that waits is first in every shape, with what for and how long", async () => {
  const page = await open("/");
  const columns = page.locator("[data-testid=board-column]");
  for (const shape of ["Lanes", "Board", "Table"]) {
    await page.getByRole("button", { name: shape }).click();
    await page.locator(`[data-testid=fleet][data-shape=${shape.toLowerCase()}]`).waitFor();
    await counted(page).getByText("Showing 200 of 200").waitFor();
    const first = rows(page).first();
    await first
      .getByText(/^Waiting approval for \d+/)
      .locator("visible=true")
      .waitFor();
    expect(await first.getAttribute("data-key")).toBe("agent:coder-137");
    // Only those in view are drawn.
    expect(await rows(page).count()).toBeLessThan(60);
    if (shape !== "Board") continue;
    const ranks = await columns.evaluateAll((all) => all.map((one) => one.getAttribute("data-rank")));
    expect(ranks).toEqual(["needs-you", "running", "trouble", "idle", "done"]);
  }
  await page.locator("[data-testid=attention][data-condition=waiting]").getByText("1 approval").waitFor();
  // The table's order is in its address.
  await page.getByRole("button", { name: "Tokens" }).click();
  await page.waitForURL("**/?view=table&sort=-tokens");
  await page.reload();
  await page.locator('th[aria-sort="descending"]').getByText("Tokens").waitFor();
  const shown = await rows(page).evaluateAll((all) => all.slice(0, 2).map((one) => one.getAttribute("data-key")));
  expect(shown).toEqual(["agent:coder-044", "agent:coder-048"]);
  expect(await page.locator("table").getAttribute("aria-rowcount")).toBe("201");
  await page.getByRole("button", { name: "State" }).click();
  await rows(page).first().getByRole("link").click();
  await page.locator("[data-testid=agent-state][data-condition=waiting]").waitFor();
  await page.getByText("Why wants to deploy").waitFor();
});

test("a filter is in the address, is kept under a name, and counts live", async () => {
  const page = await open("/");
  await page.getByRole("group", { name: "Only these states" }).getByText("Failed").click();
  await page.getByLabel("Only this session").selectOption("odd");
  await counted(page).getByText("Showing 50 of 200").waitFor();
  await page.reload();
  await counted(page).getByText("Showing 50 of 200").waitFor();
  await page.getByRole("button", { name: "Save this filter…" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Odd ones that failed");
  await page.keyboard.press("Enter");
  const chip = page.locator("[data-testid=saved-filter]");
  await chip.getByText("50").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await counted(page).getByText("Showing 200 of 200").waitFor();
  await post(gateway, "/v1/events", [status("coder-003", "running", { sessionId: "odd" })]);
  await chip.getByText("49").waitFor();
  await post(gateway, "/v1/events", [status("coder-003", "failed", { sessionId: "odd" })]);
  await chip.click();
  await page.waitForURL("**/?state=failed&session=odd");
  await page.getByRole("button", { name: "Edit saved filters" }).click();
  await page.getByLabel("Name of Odd ones that failed").fill("Odd");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("button", { name: "Delete Odd", exact: true }).click();
  await chip.waitFor({ state: "detached" });
});

test("while somebody reads nothing moves, and what would is counted", async () => {
  const page = await open("/?q=coder-0&state=idle,done,running,waiting");
  await rows(page).nth(5).waitFor();
  await rows(page).first().hover();
  const before = await rows(page).evaluateAll((all) => all.map((one) => one.getAttribute("data-key")));
  const last = before[5] ?? "";
  await post(gateway, "/v1/events", [status(last.slice("agent:".length), "waiting_input")]);
  await row(page, last).and(page.locator("[data-condition=waiting]")).waitFor();
  await page.locator("[data-testid=fleet-held]").getByText("1 change held").waitFor();
  expect(await rows(page).evaluateAll((all) => all.map((one) => one.getAttribute("data-key")))).toEqual(before);
  await page.mouse.move(5, 5);
  await until("it stands first", async () => (await rows(page).first().getAttribute("data-key")) === last);
  await post(gateway, "/v1/events", [status(last.slice("agent:".length), "running")]);
});

test("those that are chosen are told together, after a confirmation, and each one's receipt is seen", async () => {
  await post(
    gateway,
    "/v1/events",
    ["batch-a", "batch-b", "batch-c"].map((id) => status(id, "running")),
  );
  const agents = ["agent:batch-a", "agent:batch-b"].map(obedient);
  await until("both are at work", () => agents.every(({ did }) => did.length > 0));
  const page = await open("/?q=batch-");
  await rows(page).nth(2).waitFor();
  // By keyboard: the first two; with a click and Shift: all three.
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  const batch = page.locator("[data-testid=batch]");
  await batch.getByText("2 selected").waitFor();
  const boxes = page.locator("[data-testid=fleet-row] input[type=checkbox]");
  await boxes.nth(1).click();
  await boxes.nth(0).click({ modifiers: ["Shift"] });
  await boxes.nth(2).click({ modifiers: ["Shift"] });
  await batch.getByText("3 selected").waitFor();
  // A filter chooses nothing and drops nothing: what it hides is said.
  await page.getByLabel("Only rows with these words").fill("batch-a");
  await batch.getByText("2 of them not shown by the filter").waitFor();
  await page.getByLabel("Only rows with these words").fill("batch-");
  await batch.getByText("not shown").waitFor({ state: "detached" });
  await batch.getByRole("button", { name: "Pause…" }).click();
  const confirm = page.locator("[data-testid=batch-confirm]");
  for (const id of ["batch-a", "batch-b", "batch-c"]) await confirm.getByText(id, { exact: true }).waitFor();
  await confirm.getByRole("button", { name: "Pause 3 agents" }).click();
  for (const agent of agents) agent.stdin?.write("\n\n\n");
  await batch.getByText("2 of 3 did pause.").waitFor();
  await batch.getByRole("list", { name: "Those that have not done it" }).getByText("agent:batch-c").waitFor();
  for (const { did } of agents) expect(did.some((line) => line.includes("command_done"))).toBe(true);
});

test("an agent whose process was killed is shown as lost, and for how long", async () => {
  await post(gateway, "/v1/events", [status("mortal", "running")]);
  const agent = obedient("agent:mortal");
  await until("it is at work", () => agent.did.length > 0);
  const page = await open("/?q=nothing-has-these-words");
  const lost = page.locator("[data-testid=attention][data-condition=lost]");
  agent.kill("SIGKILL");
  // Also where the filter shows no row of it.
  await lost.getByText(/[1-9] lost/).waitFor();
  await lost.click();
  await row(page, "agent:mortal")
    .getByText(/^Lost for \d/)
    .locator("visible=true")
    .waitFor();
  await row(page, "agent:mortal").getByRole("link").click();
  await page.locator("[data-testid=lease]").getByText("the heartbeats of obedient, epoch 1 ended").waitFor();
  await page.getByRole("tab", { name: /^Tasks/ }).click();
  await page.waitForURL("**/agents/mortal?tab=tasks");
});

test("a browser's newest picture is drawn, what is none is said, and control goes from one to the other", async () => {
  const page = await open("/browsers/b1");
  await page.getByText("No picture of this browser has come").waitFor();
  const publish = (data: object) =>
    post(gateway, "/v1/events", [
      { type: "browser_update", data: { sessionId: "b1", mediaType: "image/png", ...data } },
    ]);
  const film = await browser.newPage({ viewport: { width: 640, height: 480 } });
  contexts.push(film.context());
  await film.setContent('<body style="margin:0;background:rgb(10,200,30)">');
  await publish({
    screenshot: (await film.screenshot()).toString("base64"),
    url: "https://shop.example",
    title: "Cart",
  });
  const frame = page.locator("[data-testid=frame]");
  await frame.and(page.locator("[data-offset]")).waitFor();
  await page.getByText("640 × 480").waitFor();
  await page.locator("[data-testid=viewers]").getByText("1 connection").waitFor();
  const pixel = () =>
    frame.evaluate((canvas: HTMLCanvasElement) => [...(canvas.getContext("2d")?.getImageData(9, 9, 1, 1).data ?? [])]);
  expect(await pixel()).toEqual([10, 200, 30, 255]);
  await publish({ screenshot: btoa("no picture") });
  await page.locator("[data-testid=frame-fault]").getByText("not a picture").waitFor();
  expect(await pixel()).toEqual([10, 200, 30, 255]);

  const driver = page.locator("[data-testid=driver]");
  await page.getByRole("button", { name: "Take control" }).click();
  await driver.getByText("You").waitFor();
  const other = await open("/browsers/b1", tokenOf("ada", { role: "operator" }));
  await other.locator("[data-testid=driver]").getByText("user:admin").waitFor();
  await other.getByRole("button", { name: "Take control…" }).click();
  await other.getByRole("button", { name: "Take it from user:admin" }).click();
  await driver.getByText("user:ada").waitFor();
  await other.getByRole("button", { name: "Hand over to user:admin" }).click();
  await driver.getByText("You").waitFor();
  await page.getByRole("button", { name: "Release" }).click();
  await other.locator("[data-testid=driver]").getByText("Nobody").waitFor();
  await other.goto(`${gateway.url}/browsers`);
  await other.getByRole("link", { name: "b1" }).waitFor();
});
