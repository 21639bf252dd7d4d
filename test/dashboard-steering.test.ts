/** X4 X7 B2 B7 from a browser page: what processes ask is decided there, what people tell them is carried out. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
const started: ChildProcess[] = [];
const contexts: BrowserContext[] = [];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-dashboard-steering-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
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

interface Other {
  lines: Array<Record<string, unknown>>;
  next(): void;
  kill(): void;
}

/** A process beside this one; see obedient.ts. */
function other(...words: string[]): Other {
  const script = join(import.meta.dirname, "support/obedient.ts");
  const child = spawn(process.execPath, ["--conditions=source", script, gateway.url, gateway.token, ...words], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  started.push(child);
  const lines: Other["lines"] = [];
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    const parts = (text + piece).split("\n");
    text = parts.pop() ?? "";
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
  });
  return { lines, next: () => void child.stdin.write("\n"), kill: () => void child.kill("SIGKILL") };
}

async function open(path: string, token = gateway.token): Promise<Page> {
  const page = await openDashboard(browser, gateway, path, token);
  contexts.push(page.context());
  return page;
}

const row = (page: Page, id: string) => page.locator(`[data-testid=approval-row][data-id="${id}"]`);
const outcome = (page: Page, phase: string) => page.locator(`[data-testid=outcome][data-phase=${phase}]`);

test("what a process asks is decided in the page, gone in another, and read by the process", async () => {
  const first = await open("/approvals");
  const second = await open("/");
  const asker = other("ask", "execution:run-1", "deploy-1");
  // Everywhere, without a reload: in the list, in the strip, in the tab.
  await row(first, "deploy-1").click();
  const strip = second.locator("[data-testid=needs-you]");
  await strip.getByText("Deploy to production?").waitFor();
  await until("the tab says so", async () => (await second.title()).startsWith("(1)"));
  // What is asked stands there as text.
  await first.locator("[data-testid=payload]").getByText("<img src=x onerror=alert(1)>").waitFor();
  expect(await first.locator("[data-testid=payload] img").count()).toBe(0);
  await first.keyboard.press("e");
  await first.getByLabel("Replicas").fill("3");
  await first.locator("[data-testid=changes]").getByText("replicas").waitFor();
  await first.locator("[data-testid=approval] h2").click();
  await first.keyboard.press("a");
  const confirm = first.getByRole("button", { name: "Approve it" });
  // Dangerous: a click is not enough.
  expect(await confirm.isDisabled()).toBe(true);
  await first.getByLabel("This is dangerous").fill("approve");
  await first.getByLabel("Reason").fill("as planned");
  await first.keyboard.press("Enter");
  await outcome(first, "decided").waitFor();
  await strip.waitFor({ state: "detached" });
  await row(first, "deploy-1").waitFor({ state: "detached" });
  await until("the asker has read it", () => asker.lines.length === 2);
  expect(asker.lines[1]).toMatchObject({
    ...{ state: "decided", decision: "approve", decidedBy: "user:admin", reason: "as planned" },
    answer: { replicas: 3 },
  });
});

test("two pages decide at once: one wins, the other is told who, and nothing changes under the hand", async () => {
  const pages = await Promise.all([open("/approvals"), open("/approvals")]);
  for (const id of ["race-1", "next-1"])
    await post(gateway, "/v1/checkpoints", { executionId: "race", checkpointId: id, checkpointData: { id } });
  for (const page of pages) {
    await row(page, "race-1").click();
    await page.getByRole("button", { name: "Deny…" }).click();
  }
  // Neither knows of the other's decision before its own was given.
  const [ours, theirs] = pages as [Page, Page];
  await theirs.context().setOffline(true);
  await theirs.getByRole("button", { name: "Deny it" }).click();
  await outcome(theirs, "sending").waitFor();
  await ours.getByRole("button", { name: "Deny it" }).click();
  await outcome(ours, "decided").waitFor();
  await theirs.context().setOffline(false);
  await outcome(theirs, "lost").getByText("Already decided: denied by admin").waitFor({ timeout: 120_000 });
  for (const page of pages) {
    // What was looked at is still what is looked at, and cannot be pressed any more.
    await page.locator('[data-testid=approval-ended][data-id="race-1"]').getByText("Denied", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Approve…" }).count()).toBe(0);
  }
  await ours.getByRole("button", { name: "Next that waits" }).waitFor();
  await ours.keyboard.press("j");
  await ours.locator('[data-testid=approval][data-id="next-1"]').waitFor();
  await ours.keyboard.press("d");
  await ours.getByRole("button", { name: "Deny it" }).click();
  await row(theirs, "next-1").waitFor({ state: "detached" });
});

test("a command from the page is carried out by a process, and its whole life is seen, in another page too", async () => {
  await post(gateway, "/v1/events", [
    { type: "process_started", data: { processId: "p1", command: "sleep", args: ["9"] } },
  ]);
  const page = await open("/processes/p1");
  const steering = page.locator("[data-testid=steering]");
  await steering.getByText("Nobody is at work as this process").waitFor();
  expect(await steering.locator("[data-command=pause]").isDisabled()).toBe(true);
  const process = other("obey", "process:p1");
  await steering.locator("[data-command=pause]:enabled").waitFor();
  const watching = await open("/processes/p1");
  await watching.locator("[data-command=pause]:enabled").waitFor();
  await steering.locator("[data-command=input]").click();
  await page.getByLabel("Text").fill("yes");
  await page.getByRole("button", { name: "Input", exact: true }).click();
  for (const state of ["delivered", "started", "done"]) {
    for (const each of [page, watching]) await each.locator(`[data-testid=command][data-state=${state}]`).waitFor();
    if (state === "started") {
      process.next();
      await page.locator("[data-testid=command]").getByText("doing input").waitFor();
    }
    process.next();
  }
  await page.locator("[data-testid=command]").getByText('"text":"yes\\n"').first().waitFor();
  const types = (await history(gateway, "process:p1")).map(({ type }) => type).filter((type) => /^command/.test(type));
  expect(types).toEqual(["queued", "delivered", "started", "progress", "done"].map((step) => `command_${step}`));
  // One that fails says why.
  await steering.locator("[data-command=cancel]").click();
  await page.getByRole("button", { name: "Yes, cancel" }).click();
  for (let step = 0; step < 3; step++) process.next();
  await page.locator("[data-testid=command][data-state=failed]").getByText("It does not want to (stubborn)").waitFor();
  // Whoever is killed hears nothing any more, and the page says so.
  process.kill();
  await steering.getByText("Nobody is at work as this process").waitFor();
});

test("who may only watch sees what is asked and told, and why the buttons are off", async () => {
  await post(gateway, "/v1/events", [{ type: "agent_status", data: { agentId: "seen", status: "running" } }]);
  await post(gateway, "/v1/checkpoints", { channel: "agent:seen", checkpointId: "seen-1", checkpointData: { n: 1 } });
  const page = await open("/approvals?id=seen-1", tokenOf("watcher", { role: "viewer" }));
  await page.getByText("This token may not decide here").waitFor();
  expect(await page.getByRole("button", { name: "Approve…" }).isDisabled()).toBe(true);
  await page.keyboard.press("a");
  expect(await page.getByRole("button", { name: "Approve it" }).count()).toBe(0);
  await page.goto(`${gateway.url}/agents/seen`);
  await page.getByText("This token may not give commands here").waitFor();
  for (const button of await page.locator("[data-command]").all()) expect(await button.isDisabled()).toBe(true);
});

test("an agent's declared commands are forms; what is not begun can be taken back; absence is said", async () => {
  const commands = [
    {
      name: "deploy",
      title: "Deploy",
      args: { type: "object", required: ["n"], properties: { n: { type: "integer", title: "How many" } } },
    },
  ];
  await post(gateway, "/v1/events", [
    { type: "agent_status", data: { agentId: "shy", status: "idle" } },
    { type: "agent_commands", data: { agentId: "shy", commands } },
  ]);
  const page = await open("/agents/shy");
  await page.getByText("Nobody is at work as this agent").waitFor();
  await page.getByLabel("Let it wait").check();
  await page.getByRole("button", { name: "Deploy…" }).click();
  await page.getByLabel("How many").fill("two");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByText("How many must be a whole number").waitFor();
  await page.getByLabel("How many").fill("2");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.locator("[data-testid=command][data-state=queued]").getByRole("button", { name: "Take back" }).click();
  await page.locator("[data-testid=command][data-state=cancelled]").waitFor();
  expect((await history(gateway, "agent:shy")).map(({ type }) => type).slice(2)).toEqual([
    "command_queued",
    "command_cancelled",
  ]);
});

test("Stop… tells all that are shown, and shows who did", async () => {
  await post(
    gateway,
    "/v1/events",
    ["stop-a", "stop-b"].map((agentId) => ({ type: "agent_status", data: { agentId, status: "running" } })),
  );
  const page = await open("/?q=stop-");
  await page.locator("[data-testid=fleet-row]").nth(1).waitFor();
  await page.getByRole("button", { name: "Stop…" }).click();
  await page.getByLabel("Cancel: they end").check();
  await page.getByLabel("Pause: they can be resumed").check();
  await page.getByRole("button", { name: "Pause 2 agents" }).click();
  const stop = page.locator("[data-testid=stop]");
  await stop.locator("li[data-state=queued]").getByText("2", { exact: true }).waitFor();
  const agent = other("obey", "agent:stop-a");
  for (let step = 0; step < 3; step++) agent.next();
  await stop.getByText("1 of 2 did pause.").waitFor();
  await stop.locator("li[data-state=done]").getByText("1", { exact: true }).waitFor();
  await stop.getByRole("button", { name: "Take back what has not begun" }).click();
  await stop.locator("[data-testid=stop-state][data-state=failed]").waitFor();
  await stop.getByText("agent:stop-b").waitFor();
});
