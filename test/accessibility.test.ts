/** EXPERIENCE: "screen readers (axe: no serious finding)": each page, in both themes, at desktop and phone width. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let gateway: Gateway;
let browser: Browser;
beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
  const process = { processId: "p1", command: "npm", args: ["test"] };
  const line = (line: number, output: string, stream = "stdout") => ({
    type: "process_output",
    data: { processId: "p1", line, output, stream },
  });
  await post(gateway, "/v1/events", [
    { type: "session_started", data: { sessionId: "s1", name: "Checkout", agents: ["coder-001"] } },
    { type: "agent_status", data: { agentId: "coder-001", status: "waiting_approval" } },
    { type: "agent_status", data: { agentId: "coder-002", status: "busy", currentTask: { id: "t", progress: 40 } } },
    { type: "agent_error", data: { agentId: "coder-002", error: "no such file" } },
    { type: "process_started", data: process },
    line(1, "\u001b[32m✓\u001b[39m adds \u001b[1;31mtwo\u001b[0m numbers"),
    line(2, "Error: boom", "stderr"),
    { type: "process_stopped", data: { processId: "p1", exitCode: 1, signal: null } },
    { type: "budget_set", data: { scope: "session:s1", limits: { tokens: 1_000 } } },
    { type: "agent_usage", data: { agentId: "coder-002", sessionId: "s1", inputTokens: 850, costUsd: 0.02 } },
    { type: "process_started", data: { processId: "p2", command: "sleep", args: ["9"] } },
    { type: "process_started", data: { processId: "p3", command: "top", args: [], pty: true } },
    { type: "process_output", data: { processId: "p3", line: 1, output: "\u001b[1;32mready\u001b[0m", stream: "pty" } },
    { type: "tdd_phase_change", data: { agentId: "coder-001", currentPhase: "red" } },
    {
      type: "test_result",
      data: {
        ...{ agentId: "coder-001", suite: "till", total: 2, passing: 1, failing: 1 },
        failures: [{ name: "rounds totals", message: "expected 10.01", file: "till.test.ts" }],
      },
    },
    { type: "coverage_update", data: { agentId: "coder-001", coverage: { lines: 71, branches: 60 } } },
    { type: "memory_update", data: { sessionId: "s1", key: "rules", version: 1, value: "Two spaces", author: "ada" } },
    { type: "memory_update", data: { sessionId: "s1", key: "rules", version: 2, value: "Tabs", author: "ada" } },
    {
      type: "github_pr_update",
      data: {
        repository: "acme/shop",
        number: 42,
        action: "opened",
        title: "Round totals",
        url: "https://github.com/a/b",
      },
    },
    {
      type: "agent_commands",
      data: {
        agentId: "coder-001",
        commands: [
          { name: "deploy", title: "Deploy", args: { type: "object", properties: { n: { type: "integer" } } } },
        ],
      },
    },
  ]);
  const screenshot = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGM4UcFwogIAB9YCgWEwKIsAAAAASUVORK5CYII=";
  await post(gateway, "/v1/events", [
    { type: "browser_update", data: { sessionId: "b1", mediaType: "image/png", screenshot } },
  ]);
  await post(gateway, "/v1/checkpoints", {
    ...{ channel: "agent:coder-001", checkpointId: "c1", title: "Deploy to production?", risk: "high" },
    checkpointData: { command: "terraform apply", changes: 3 },
    answerSchema: { type: "object", properties: { replicas: { type: "integer" }, region: { enum: ["eu", "us"] } } },
  });
  await post(gateway, "/v1/checkpoints", { channel: "agent:coder-001", checkpointId: "c2", checkpointData: "Go on?" });
  await post(gateway, "/v1/checkpoints/c2/decision", { decision: "deny" });
  const lines = Array.from({ length: 12 }, (_, at) => `line ${at}\n`).join("");
  await post(gateway, "/v1/checkpoints", {
    ...{ channel: "agent:coder-001", checkpointId: "c3", risk: "medium", deadline: Date.now() + 3_600_000 },
    checkpointData: { path: "a.txt", before: `${lines}a`, after: `${lines}b` },
  });
  await post(gateway, "/v1/events", [{ type: "session_note", data: { sessionId: "s1", noteId: "n1", text: "Look." } }]);
  await post(gateway, "/v1/commands", { target: "agent:coder-001", name: "deploy", commandId: "k1", args: { n: 1 } });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const pages: Array<[address: string, shown: string]> = [
  ["/", "coder-001"],
  ["/?view=board&state=waiting", "Save this filter"],
  ["/?view=table", "coder-001"],
  ["/agents/coder-002?tab=tasks", "Showing 1 of 1"],
  ["/agents/coder-001?tab=around", "Checkout"],
  ["/browsers", "b1"],
  ["/browsers/b1", "2 × 2"],
  ["/browsers/none", "No picture of this browser"],
  ["/processes", "npm"],
  ["/processes/p1", "boom"],
  ["/agents/coder-001", "coder-001"],
  ["/sessions/s1", "Checkout"],
  ["/sessions/s1?tab=timeline", "As a list"],
  ["/sessions/s1?tab=logs", "No process of this session is known"],
  ["/sessions/s1?at=1700000000000", "You look at the past"],
  ["/timeline?processes=true", "As a list"],
  ["/processes/p2", "Nobody is at work as this process"],
  ["/approvals", "Deploy to production?"],
  ["/approvals?id=c1", "terraform apply"],
  ["/metrics-and-cost", "Time to publish"],
  ["/metrics-and-cost?tab=work", "How long connections lasted"],
  ["/metrics-and-cost?tab=cost", "By session"],
  ["/metrics-and-cost?tab=budgets", "Nearly used up"],
  ["/alerts", "Process failed"],
  ["/approvals?id=gone", "This is not open"],
  ["/connect", "Listening"],
  ["/settings", "Density"],
  ["/settings?section=browser", "Kept in this browser"],
  ["/gallery", "Needs your approval"],
  ["/nowhere", "There is nothing at this address"],
  ["/audit", "gave a command"],
  ["/connections", "This page's link"],
  ["/messages?channel=agent:*&since=earliest", "agent_error"],
  ["/messages?tab=own&types=subscribe", "subscribe"],
  ["/settings?section=keys", "API keys"],
  ["/settings?section=limits", "How long things are kept"],
  ["/processes/p1?stderr=true", "1 on stderr"],
  ["/processes/p3?view=terminal", "80 × 24"],
  ["/tests?channel=agent:coder-001&test=till%20%E2%80%BA%20rounds%20totals", "expected 10.01"],
  ["/memory?session=s1&entry=rules", "Version 2"],
  ["/github", "Pull request #42 opened"],
  ["/github?tab=pulls", "Round totals"],
  ["/settings?section=notifications", "There is none yet"],
  ["/approvals?list=decided&id=c2", "Not yet applied"],
  ["/approvals?id=c3", "unchanged lines"],
];
/** What is opened on a page, and what then stands there. */
const opened: Array<[address: string, buttons: string[], shown: string]> = [
  ["/?state=waiting", ["Save this filter…"], "of 20 are used"],
  ["/", ["Stop…"], "Stop what is shown"],
  ["/", ["Show"], "Watch for amber"],
  ["/agents/coder-001", ["Let it wait", "Deploy…"], "n (optional)"],
  ["/approvals?id=c1", ["Approve…"], "This is dangerous"],
  ["/settings?section=notifications", ["Add a webhook"], "Address"],
  ["/metrics-and-cost?tab=budgets", ["Set a budget"], "See what it does"],
  ["/approvals?id=c1", ["Edit the answer…"], "Nothing is changed so far"],
  ["/agents/coder-001", ["Drive…"], "Only you can give it input then"],
];
/** What depends on colours: the rest is the same in both themes. */
const colourRules = ["color-contrast", "link-in-text-block"];

test.each([1_280, 390])("no page has a serious finding in either theme: %i px", async (width) => {
  // The page's own policy lets no foreign script in, not even axe.
  const viewport = { width, height: 844 };
  const context = await browser.newContext({ colorScheme: "dark", reducedMotion: "reduce", viewport, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${gateway.url}/#token=${gateway.token}`);
  // The page keeps a token once the gateway has taken it.
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  const grounds = { dark: await groundOf(page, "dark"), light: await groundOf(page, "light") };
  expect(grounds.dark).not.toBe(grounds.light);
  for (const [address, shown] of pages) {
    await page.goto(`${gateway.url}${address}`);
    await page.getByText(shown).locator("visible=true").first().waitFor();
    await expectNothingSerious(page, grounds, address);
  }
  for (const [address, controls, shown] of opened) {
    await page.goto(`${gateway.url}${address}`);
    for (const control of controls) await page.getByText(control).locator("visible=true").first().click();
    await page.getByText(shown).locator("visible=true").first().waitFor();
    await expectNothingSerious(page, grounds, `${address}, ${shown}`);
  }
  await context.close();
});

async function groundOf(page: Page, colorScheme: "dark" | "light"): Promise<string> {
  await page.emulateMedia({ colorScheme });
  return page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => resolve(getComputedStyle(document.body).backgroundColor)),
        ),
      ),
  );
}

async function expectNothingSerious(
  page: Page,
  grounds: Readonly<Record<"dark" | "light", string>>,
  where: string,
): Promise<void> {
  await page.addScriptTag({ content: axe });
  for (const [colorScheme, runOnly] of [
    ["dark", undefined],
    ["light", colourRules],
  ] as const) {
    expect(await groundOf(page, colorScheme)).toBe(grounds[colorScheme]);
    const { violations } = await page.evaluate(
      (options) => (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(options),
      { resultTypes: ["violations"], ...(runOnly && { runOnly }) },
    );
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(
      serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      `${where}, ${colorScheme}`,
    ).toEqual([]);
  }
}
