/** S13 S14 X17: audit, connections, the message inspector, keys and limits, as pages over a real gateway. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
let browser: Browser;
let folder: string;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-dashboard-admin-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  browser = await startBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
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

async function exported(page: Page, label: RegExp): Promise<string> {
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: label }).click(),
  ]);
  return readFileSync(await download.path(), "utf8");
}

test("a decision and a command of somebody's appear in the audit, by whom and from where; filters are the address", async () => {
  const audit = await open("/audit");
  await audit.getByTestId("audit-entry").filter({ hasText: "started" }).first().waitFor();
  const ada = tokenOf("ada", { role: ["operator", "approver"] });
  await post(gateway, "/v1/checkpoints", { channel: "agent:a", checkpointId: "c1", checkpointData: { run: "rm" } });
  await post(gateway, "/v1/leases/agent:a", { producer: "a", ttlMs: 600_000 }, "PUT");
  const steering = await open("/agents/a", ada);
  await steering.getByRole("button", { name: "Pause" }).first().click();
  const entry = (text: RegExp) => audit.getByTestId("audit-entry").filter({ hasText: text });
  await entry(/user:ada.*gave a command.*pause.*agent:a.*done/s).waitFor();
  await post({ url: gateway.url, token: ada }, "/v1/checkpoints/c1/decision", { decision: "deny" });
  await entry(/user:ada.*decided.*deny.*agent:a/s).waitFor();
  await entry(/decided.*deny/s).click();
  expect(await audit.getByText(/sha256:[0-9a-f]{64}/).count()).toBe(1);
  await audit.getByRole("link", { name: "Go to the approval" }).waitFor();
  // Newest at the top, and what is read stays where it is.
  await audit.getByLabel("Did what").selectOption("command_queued");
  await expect.poll(() => audit.url()).toContain("what=command_queued");
  await expect.poll(() => audit.getByTestId("audit-entry").count()).toBe(1);
  const json = JSON.parse(await exported(audit, /JSON/)) as Array<Record<string, unknown>>;
  expect(json).toMatchObject([{ who: "user:ada", what: "command_queued", target: "agent:a", result: "ok" }]);
  const lines = (await exported(audit, /CSV/)).trim().split("\r\n");
  expect([lines.length, lines[0]]).toEqual([2, expect.stringMatching(/^position,time,who,/)]);
});

test("a token without admin is told what it lacks, on each page", async () => {
  const page = await open("/audit", tokenOf("eve", { role: "viewer" }));
  for (const [path, what] of [
    ["/audit", "see the audit"],
    ["/connections", "see the connections"],
    ["/settings?section=keys", "see or make keys"],
  ] as const) {
    await page.goto(gateway.url + path);
    await page.getByRole("heading", { name: `This token may not ${what}` }).waitFor();
    expect(await page.getByText("It lacks the verb admin on all channels").first().isVisible()).toBe(true);
  }
});

test("a key made in the page works, is shown once, and is cut when it is revoked", async () => {
  const page = await open("/settings?section=keys");
  await page.getByRole("button", { name: "Make a key…" }).click();
  await page.getByRole("textbox", { name: /^Name/ }).fill("board");
  await page.getByRole("radio", { name: /Rights of your own/ }).check();
  await page.getByRole("textbox", { name: /^Channels/ }).fill("agent:*");
  await page.getByRole("button", { name: "Make the key" }).click();
  const token = await page.getByTestId("made-token").locator("code").innerText();
  expect(token).toMatch(/^sbk_[0-9a-z]{12}_[0-9A-Za-z]{43}$/);
  const ask = (path: string) => fetch(gateway.url + path, { headers: bearer(token) });
  expect((await ask("/v1/channels")).status).toBe(200);
  expect((await ask("/v1/audit")).status).toBe(403);
  const stream = await ask("/v1/events?channel=agent:*").then(({ body }) => body?.getReader());
  await stream?.read();
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByText("subscribe, history on agent:*").waitFor();
  expect(await page.content()).not.toContain(token.slice(-30));
  await page.getByRole("button", { name: "Revoke board" }).click();
  await page.getByTestId("will-cut").filter({ hasText: "1 connection is open with it now" }).waitFor();
  await page.getByRole("button", { name: "Revoke it" }).click();
  await page.getByText("revoked", { exact: true }).waitFor();
  for (;;) if ((await stream?.read())?.done !== false) break;
  expect((await ask("/v1/channels")).status).toBe(401);
});

test("a slow viewer is shown as slow, with what was left out for it; it is ended from the page", async () => {
  const script = join(import.meta.dirname, "support/slow-viewer.ts");
  const viewer = spawn(process.execPath, ["--conditions=source", script, gateway.url, gateway.token], {
    stdio: "inherit",
  });
  try {
    const page = await open("/connections?q=molasses");
    const row = page.getByTestId("connection");
    await row.waitFor();
    await page.getByTestId("link-history").getByText("Connected").waitFor();
    let isShown = false;
    const flooding = (async () => {
      while (!isShown) {
        // Each of them is for it: what the network holds for one that does not read is soon full.
        const data = { agentId: "a", level: "info", message: "x".repeat(2_000) };
        await post(
          gateway,
          "/v1/events",
          Array.from({ length: 200 }, () => ({ type: "agent_log", data })),
        );
      }
    })();
    try {
      await row.locator("[data-grade=behind], [data-grade=dropping]").waitFor();
    } finally {
      isShown = true;
      await flooding;
    }
    viewer.kill("SIGUSR2");
    await until("something was left out for it", async () => (await row.getByTestId("left-out").innerText()) !== "0");
    await row.locator("[data-grade=dropping]").waitFor();
    await row.click();
    await page.getByTestId("connection-details").getByText("agent:a").first().waitFor();
    await page.getByRole("button", { name: "End it…" }).click();
    await page.getByLabel(/Why/).fill("too slow");
    const [[code]] = await Promise.all([
      once(viewer, "exit"),
      page.getByRole("button", { name: "End it", exact: true }).click(),
    ]);
    // It exits with what it was closed with, less 3000.
    expect(code).toBe(11);
    await page.getByText("It has ended.").waitFor();
    await page.goto(`${gateway.url}/audit?what=connection_closed`);
    await page.getByTestId("audit-entry").filter({ hasText: "too slow" }).waitFor();
  } finally {
    viewer.kill("SIGKILL");
  }
});

test("the page's own frames go by without its token; a refused publish says why", async () => {
  const page = await open("/messages?tab=own&types=auth_request,subscribe,connect");
  await page.getByTestId("record").filter({ hasText: "auth_request" }).click();
  await page.getByTestId("record-json").getByText("[masked]").waitFor();
  expect(await page.content()).not.toContain(gateway.token);
  await page.getByRole("button", { name: "Publish an event…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Type").fill("agent_log");
  await expect.poll(() => dialog.getByLabel("Data, as JSON").inputValue()).toContain("Cloned the repository");
  await dialog.getByLabel("Data, as JSON").fill('{"agentId":7}');
  await dialog.getByRole("button", { name: "Publish for real" }).click();
  await dialog
    .getByRole("alert")
    .filter({ hasText: /\/\w+ .*invalid_message/ })
    .waitFor();
  await dialog.getByLabel("Data, as JSON").fill('{"agentId":"hand","level":"info","message":"by hand"}');
  await dialog.getByRole("button", { name: "Publish for real" }).click();
  await dialog.getByText("agent:hand").waitFor();
  await dialog.getByRole("button", { name: "Show the channel" }).click();
  await page.getByTestId("record").filter({ hasText: "by hand" }).waitFor();
});

test("S14 filters live while 12,000 messages go by; a cap says what it dropped; the export is what was kept", async () => {
  const page = await open("/messages?channel=process:*&q=needle");
  await page.getByTestId("record-count").waitFor();
  await until("the page watches", async () => {
    const { connections } = await post<{ connections: Array<{ id: string }> }>(
      gateway,
      "/v1/connections",
      undefined,
      "GET",
    );
    for (const { id } of connections) {
      const one = await post<{ interests: Array<{ channel: string; kind: string }> }>(
        ...([gateway, `/v1/connections/${id}`, undefined, "GET"] as const),
      );
      if (one.interests.some(({ channel, kind }) => channel === "process:*" && kind === "pattern")) return true;
    }
    return false;
  });
  const total = 12_000;
  const counts = page.getByTestId("record-count");
  for (let line = 0; line < total; line += 500) {
    // No faster than the page takes them: what a slow page is not sent is another test's business.
    if (line % 1_000 === 0) await counts.filter({ hasText: `${line.toLocaleString("en")} went by` }).waitFor();
    const events = Array.from({ length: 500 }, (_, n) => ({
      type: "process_output",
      data: { processId: "p", line: line + n + 1, stream: "stdout", output: (line + n) % 2 === 0 ? "needle" : "hay" },
    }));
    await post(gateway, "/v1/events", events);
  }
  await counts.filter({ hasText: "Kept 5,000 of 6,000 that fit, the oldest 1,000 dropped · 12,000 went by" }).waitFor();
  expect(await page.getByTestId("record").count()).toBeLessThan(100);
  await page.getByRole("button", { name: "Pause" }).click();
  const lines = (await exported(page, /JSON lines/)).trim().split("\n");
  const numbers = lines.map((text) => (JSON.parse(text) as { data: { line: number } }).data.line);
  expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([5_000, 2_001, total - 1]);
  // Paused: what comes is counted and does not move what is read.
  const more = { processId: "p", line: total + 1, stream: "stdout", output: "needle" };
  await post(gateway, "/v1/events", [{ type: "process_output", data: more }]);
  await page.getByRole("button", { name: "1 new" }).click();
  await page
    .getByTestId("record")
    .first()
    .filter({ hasText: String(total + 1) })
    .waitFor();
});

test("limits say what is allowed, what of it is used, and where it is set", async () => {
  const page = await open("/settings?section=limits");
  await page.getByLabel("Only limits with these words").fill("connectionsPerPrincipal");
  await page.getByRole("row", { name: /connectionsPerPrincipal 20,000 \d+ \(/ }).waitFor();
  await page.getByRole("row", { name: /^audit fsync 30 d/ }).waitFor();
});

test("the settings say what this token may do", async () => {
  const viewer = await open("/settings?section=browser", tokenOf("vera", { role: "viewer" }));
  const may = viewer.getByRole("table", { name: "What you may do" });
  await may.getByRole("row", { name: /^subscribe see what happens/ }).waitFor();
  expect(await may.getByText("publish").count()).toBe(0);
  const admin = await open("/settings?section=browser");
  await admin.getByRole("row", { name: /^admin .* every channel$/ }).waitFor();
});
