/** EXPERIENCE: "screen readers (axe: no serious finding)": each page, in both themes, at desktop and phone width. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser } from "playwright-core";
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
  ]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const pages: Array<[address: string, shown: string]> = [
  ["/", "coder-001"],
  ["/processes", "npm"],
  ["/processes/p1", "boom"],
  ["/agents/coder-001", "coder-001"],
  ["/sessions/s1", "Checkout"],
];
const looks = [
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 390 },
  { colorScheme: "light", width: 390 },
] as const;

test.each(looks)("no page has a serious finding: $colorScheme, $width px", async ({ colorScheme, width }) => {
  // The page's own policy lets no foreign script in, not even axe.
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 }, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${gateway.url}/#token=${gateway.token}`);
  // The page keeps a token once the gateway has taken it.
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  for (const [address, shown] of pages) {
    await page.goto(`${gateway.url}${address}`);
    await page.getByText(shown).locator("visible=true").first().waitFor();
    await page.addScriptTag({ content: axe });
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(
      serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      address,
    ).toEqual([]);
  }
  await context.close();
});
