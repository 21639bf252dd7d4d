/** B2 in the page: what will run is shown as what it is, decided by whoever may, once, and proved to have been applied. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { until } from "./support/until.ts";

let folder: string;
let gateway: Gateway;
let browser: Browser;
let ada: Page;
let bob: Page;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-dashboard-approvals-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
  const page = (who: string) => openDashboard(browser, gateway, "/approvals", tokenOf(who, { role: "approver" }));
  [ada, bob] = await Promise.all([page("ada"), page("bob")]);
});
afterEach(async () => {
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

interface Asker {
  lines: Array<Record<string, unknown>>;
  /** It acts on the next decision that it reads, or has read. */
  act(): void;
}

/** A process beside this one that asks; see support/asker.ts. */
function asker(...questions: object[]): Asker {
  const script = join(import.meta.dirname, "support/asker.ts");
  const words = ["--conditions=source", script, gateway.url, gateway.token, JSON.stringify(questions)];
  const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
  started.push(child);
  const lines: Asker["lines"] = [];
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    const parts = (text + piece).split("\n");
    text = parts.pop() ?? "";
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
  });
  return { lines, act: () => void child.stdin.write("\n") };
}

const go = async (page: Page, path: string): Promise<void> => void (await page.goto(`${gateway.url}${path}`));
const row = (page: Page, id: string) => page.locator(`[data-testid=approval-row][data-id="${id}"]`);
const card = (page: Page, id: string) => page.locator(`[data-testid=approval][data-id="${id}"]`);
const ended = (page: Page, id: string) => page.locator(`[data-testid=approval-ended][data-id="${id}"]`);

const diff = [
  "--- a/src/login.ts",
  "+++ b/src/login.ts",
  "@@ -7,9 +7,9 @@ export function login() {",
  ...[1, 2, 3, 4].map((n) => ` const line${n} = ${n};`),
  "-return <img src=x onerror=alert(1)>;",
  "+return session;",
  ...[5, 6, 7, 8].map((n) => ` const line${n} = ${n};`),
].join("\n");

test("B2 by keyboard alone: a diff is read, the answer edited and approved; the process gets it, and proves that it acted", async () => {
  const process = asker({
    ...{ channel: "agent:coder", checkpointId: "patch-1", title: "Commit it?", risk: "medium" },
    checkpointData: { diff, replicas: 2, env: { region: "eu" } },
    answerSchema: {
      type: "object",
      properties: {
        replicas: { type: "integer", title: "Replicas", maximum: 5 },
        env: { type: "object", title: "Environment", properties: { region: { enum: ["eu", "us"], title: "Region" } } },
      },
    },
  });
  await card(ada, "patch-1").waitFor();
  const change = ada.locator("[data-testid=diff]");
  await change.getByText("src/login.ts").waitFor();
  expect(await change.locator("[data-sign='-']").allInnerTexts()).toEqual([
    expect.stringContaining("return <img src=x onerror=alert(1)>;"),
  ]);
  expect(await change.locator("[data-sign='+']").innerText()).toMatch(/11[\s\S]*\+[\s\S]*return session;/);
  expect(await ada.locator("[data-testid=payload] img").count()).toBe(0);

  await ada.keyboard.press("e");
  await until("the first field has the focus", () =>
    ada.getByLabel("Replicas").evaluate((at) => at === document.activeElement),
  );
  await ada.keyboard.press("Control+A");
  await ada.keyboard.type("9");
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("u");
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("a");
  // What does not fit is said at its field, and nothing is asked yet.
  await ada.locator("[data-testid=answer-form]").getByText("must be at most 5", { exact: true }).waitFor();
  expect(await ada.getByRole("button", { name: "Approve it" }).count()).toBe(0);
  await ada.getByLabel("Replicas").press("Control+A");
  await ada.keyboard.type("3");
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("a");
  const said = ada.getByLabel("Confirm the approval").locator("[data-testid=changes]");
  await said.waitFor();
  expect((await said.locator("li").allInnerTexts()).map((text) => text.replace(/\s+/g, " "))).toEqual([
    "replicas: 2 → 3",
    'env.region: "eu" → "us"',
  ]);
  await ada.keyboard.type("looks right");
  await ada.keyboard.press("Enter");
  await ended(ada, "patch-1").getByText("Approved by you.").waitFor();
  await until("the process has read it", () => process.lines.length === 2);
  expect(process.lines[1]).toMatchObject({
    ...{ decision: "approve", decidedBy: "user:ada", reason: "looks right" },
    answer: { replicas: 3, env: { region: "us" } },
  });

  const applied = ada.locator("[data-testid=applied]");
  await applied.getByText("has not said that it acted on it").waitFor();
  process.act();
  await applied.getByText(/applied it at \d\d:\d\d:\d\d/).waitFor();
  await applied.getByText('"patch-1"').waitFor();
});

test("B2 five at once: who was first with one of them stands, and the loser is told who won", async () => {
  const ids = [1, 2, 3, 4, 5].map((n) => `batch-${n}`);
  const process = asker(
    ...ids.map((checkpointId, at) => ({
      ...{
        channel: "agent:coder",
        checkpointId,
        title: `Run step ${at + 1}?`,
        checkpointData: { command: "make", args: [checkpointId] },
      },
      ...(at === 4 && { risk: "critical" }),
    })),
  );
  await go(bob, "/approvals?q=step");
  for (const id of ids) await row(bob, id).waitFor();
  for (const id of ids) {
    await row(bob, id).click();
    await bob.keyboard.press("x");
  }
  await bob.getByText("5 selected").waitFor();
  await bob.keyboard.press("Shift+A");
  const batch = bob.locator("[data-testid=batch]");
  await batch.getByText("make batch-1").waitFor();
  expect(await batch.locator("li").count()).toBe(5);
  // One is dangerous: a click is not enough for all of them.
  const approve = bob.getByRole("button", { name: "Approve 5", exact: true });
  expect(await approve.isDisabled()).toBe(true);

  await go(ada, "/approvals?id=batch-3");
  await card(ada, "batch-3").waitFor();
  await ada.keyboard.press("d");
  await ada.getByRole("button", { name: "Deny it" }).click();
  await ended(ada, "batch-3").getByText("Denied by you.").waitFor();

  await bob.getByLabel("This is dangerous").fill("approve");
  await approve.click();
  await bob.getByText("4 of 5 decided, 1 decided by others before.").waitFor();
  await batch.locator("[data-id=batch-3]").getByText("Already decided: denied by ada").waitFor();
  expect(await batch.locator("[data-testid=outcome][data-phase=decided]").count()).toBe(4);
  await bob.getByRole("button", { name: "Close" }).last().click();
  await until("the process has read all", () => process.lines.filter(({ decision }) => decision).length === 5);
  const read = process.lines.filter(({ decision }) => decision);
  expect(read.filter(({ decidedBy }) => decidedBy === "user:bob").length).toBe(4);
});

test("B2 two people must approve, and nobody is both", async () => {
  await post(gateway, "/v1/checkpoints", {
    ...{ channel: "agent:coder", checkpointId: "pair-1", checkpointData: { sql: "drop table users" }, approvals: 2 },
  });
  for (const page of [ada, bob]) await go(page, "/approvals?id=pair-1");
  await ada.getByRole("button", { name: "Approve…" }).click();
  await ada.getByRole("button", { name: "Approve it" }).click();
  await card(ada, "pair-1").getByText("You approved this already: it takes another person.").waitFor();
  expect(await ada.getByRole("button", { name: "Approve…" }).isDisabled()).toBe(true);
  await card(bob, "pair-1").locator("[data-testid=people]").getByText("1 of 2 approved, by ada").waitFor();
  await bob.getByRole("button", { name: "Approve…" }).click();
  await bob.getByRole("button", { name: "Approve it" }).click();
  for (const page of [ada, bob]) await ended(page, "pair-1").getByText("Approved", { exact: true }).waitFor();
});

test("B2 at the deadline the default applies, and a link says of each what became of it", async () => {
  const asked = { channel: "agent:coder", checkpointData: { command: "ls" } };
  await go(ada, "/approvals?id=late-1");
  await ended(ada, "late-1").getByText("This is not open").waitFor();
  const process = asker({ ...asked, checkpointId: "late-1", default: "approve", deadline: Date.now() + 4_000 });
  const clock = card(ada, "late-1").locator("[data-testid=deadline][data-soon=true]");
  await clock.getByText("If nobody decides by then, it is approved.").waitFor();
  await ended(ada, "late-1").getByText("Nobody decided in time: it counts as approved").waitFor();
  await until("the process has read it", () => process.lines.length === 2);
  expect(process.lines[1]).toMatchObject({ state: "expired", decision: "approve", decidedBy: "gateway:deadline" });
  await post(gateway, "/v1/checkpoints", { ...asked, checkpointId: "back-1" });
  await post(gateway, "/v1/events", [
    { type: "checkpoint_withdrawn", channel: asked.channel, data: { checkpointId: "back-1" } },
  ]);
  await go(ada, "/approvals?id=back-1");
  await ended(ada, "back-1").getByText("It was withdrawn before anybody decided").waitFor();
});

test("what is new shifts nothing; the filter stands in the address; what was decided is exported", async () => {
  const ask = (checkpointId: string, more: object) =>
    post(gateway, "/v1/checkpoints", { channel: "session:s9", checkpointId, checkpointData: { n: 1 }, ...more });
  await ask("calm-1", { title: "Calm one" });
  await ask("calm-2", { title: "Calm two" });
  await go(ada, "/approvals?q=calm");
  await card(ada, "calm-1").waitFor();
  await row(ada, "calm-2").click();
  await ask("urgent-1", { title: "Not so calm", risk: "high", deadline: Date.now() + 300_000 });
  await ada.getByText("1 new · put in order").waitFor();
  const order = () =>
    ada.locator("[data-testid=approval-row]").evaluateAll((rows) => rows.map((one) => one.getAttribute("data-id")));
  expect(await order()).toEqual(["calm-1", "calm-2", "urgent-1"]);
  await card(ada, "calm-2").waitFor();
  await ada.getByText("1 new · put in order").click();
  await expect.poll(order).toEqual(["urgent-1", "calm-1", "calm-2"]);
  await ada.getByLabel("Risk").selectOption("high");
  await expect.poll(order).toEqual(["urgent-1"]);
  expect(new URL(ada.url()).searchParams.get("risk")).toBe("high");
  await ada.getByLabel("No filter").click();

  await ada.getByRole("tab", { name: "Decided" }).click();
  await row(ada, "patch-1")
    .getByText(/applied \d\d:\d\d:\d\d/)
    .waitFor();
  await row(ada, "late-1").getByText("not yet applied").waitFor();
  await ada.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([ada.waitForEvent("download"), ada.getByText(/^CSV, \d+ rows$/).click()]);
  const table = readFileSync(await download.path(), "utf8");
  expect(table).toMatch(/patch-1,Commit it\?,medium,agent:coder,coder,.*,approved,approve,user:ada,/);
});

test("on a phone the list leads to the question, its buttons stay under the thumb, and back again", async () => {
  const lines = Array.from({ length: 600 }, (_, at) => `line ${at}`).join("\n");
  await post(gateway, "/v1/checkpoints", {
    ...{ channel: "agent:coder", checkpointId: "phone-1", title: "Write it?" },
    checkpointData: { path: "long.txt", content: lines },
  });
  await bob.setViewportSize({ width: 390, height: 844 });
  await go(bob, "/approvals?q=write");
  await row(bob, "phone-1").click();
  await bob.locator("[data-testid=cap]").getByText("Showing 400 of 600 lines").waitFor();
  const approve = bob.getByRole("button", { name: "Approve…" });
  const box = await approve.boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(44);
  // In sight without scrolling, and nothing is wider than the screen.
  expect((box?.y ?? 900) + (box?.height ?? 0)).toBeLessThan(844);
  expect(await bob.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await bob.getByRole("button", { name: /^← All that waits/ }).click();
  await row(bob, "phone-1").click();
  await approve.click();
  await bob.getByRole("button", { name: "Approve it" }).click();
  await ended(bob, "phone-1").getByText("Approved by you.").waitFor();
});
