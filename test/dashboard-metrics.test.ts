/** X17 S14 B12 in a browser page: figures of a gateway at work, what agents used and may use, and what went wrong. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";

let gateway: Gateway;
let browser: Browser;
const children: ChildProcess[] = [];
/** What pages complained of: the content policy among it. */
const complaints: string[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await browser?.close();
  await gateway?.stop();
});

async function open(path: string): Promise<Page> {
  const page = await openDashboard(browser, gateway, path);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  return page;
}

/** A process beside this one; resolves with its first line. */
async function other(script: string, ...words: string[]): Promise<ChildProcess> {
  const file = join(import.meta.dirname, "support", script);
  const child = spawn(process.execPath, [file, gateway.url, gateway.token, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  child.stdout.resume();
  return child;
}

async function scraped(name: string): Promise<number> {
  const answer = await fetch(`${gateway.url}/metrics`, { headers: bearer(gateway.token) });
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await answer.text())?.[1]);
}

interface Series {
  series: { events?: number[] };
  at: number[];
  startedMs: number;
}

/** A machine may be busy. */
const patient = { timeout: 20_000 };

const usage = (agentId: string, sessionId: string, data: object) => ({
  type: "agent_usage",
  data: { agentId, sessionId, ...data },
});

test("X17 curves get points that agree with /metrics, as a table too, with no word of the content policy", async () => {
  const page = await open("/metrics-and-cost?range=15m");
  const chart = page.getByRole("slider", { name: "Throughput: time" });
  const notes = Array.from({ length: 500 }, (_, n) => ({ type: "note", channel: "global", data: { n } }));
  await post(gateway, "/v1/events", notes);
  /** What was kept in all steps, as the series add it up. */
  const summed = async (): Promise<number> => {
    const answer = await fetch(`${gateway.url}/v1/metrics/series?names=events`, { headers: bearer(gateway.token) });
    const { series, at, startedMs } = (await answer.json()) as Series;
    const seconds = at.map((ms, row) => (ms - (at[row - 1] ?? startedMs)) / 1_000);
    return (series.events ?? []).reduce((all, perS, row) => all + perS * (seconds[row] ?? 0), 0);
  };
  await expect.poll(summed, { timeout: 30_000 }).toBeGreaterThanOrEqual(500);
  await expect
    .poll(async () => Number(await chart.getAttribute("data-points")), { timeout: 30_000 })
    .toBeGreaterThan(0);
  const kept = await scraped("signalbox_events_kept_total");
  // The first step begins a little after the gateway, by whose start it is measured here.
  expect(Math.abs((await summed()) - kept)).toBeLessThan(kept * 0.3);
  // The arrow keys walk over the times; all of it stands in a table as well.
  await chart.press("ArrowLeft");
  expect(await chart.getAttribute("aria-valuetext")).toMatch(/events kept [\d.,]+ \/s/);
  await page.getByRole("figure", { name: "Throughput" }).getByText("As a table").click();
  await page.getByRole("region", { name: "Throughput as a table" }).getByText("deliveries").waitFor();
  await page.getByTestId("metrics-now").getByText("OK").or(page.getByText("Loaded")).first().waitFor();
  // Another theme is drawn in its own colours, and said by the address what is looked at.
  await page.getByRole("button", { name: "24 hours" }).click();
  await page.waitForURL(/range=24h/);
  await page.getByRole("tab", { name: "Work" }).click();
  await page.getByText("How long connections lasted").waitFor();
  await page.context().close();
}, 60_000);

test("W10 the cost table is what agents said they used; what was not said is not 0", async () => {
  await post(gateway, "/v1/events", [
    usage("spender-1", "cost-1", { inputTokens: 1_000, outputTokens: 50, costUsd: 0.25, model: "large-1" }),
    usage("spender-1", "cost-1", { inputTokens: 2_000, outputTokens: 25, costUsd: 0.5, model: "large-1" }),
    usage("spender-2", "cost-2", { inputTokens: 7 }),
  ]);
  const page = await open("/metrics-and-cost?tab=cost&by=session&sort=tokens");
  const row = (name: string) => page.getByRole("row").filter({ hasText: name });
  await expect
    .poll(() => row("cost-1").innerText(), patient)
    .toMatch(/cost-1\s+\$0\.75\s+3,000\s+0\s+75\s+not said\s+2/);
  await expect.poll(() => row("cost-2").innerText(), patient).toMatch(/cost-2\s+not said\s+7/);
  // It goes on as agents do.
  await post(gateway, "/v1/events", [usage("spender-2", "cost-2", { inputTokens: 3, costUsd: 0.1 })]);
  await expect.poll(() => row("cost-2").innerText(), patient).toMatch(/cost-2\s+≥ \$0\.10\s+10/);
  await page.getByRole("button", { name: "model", exact: true }).click();
  await row("large-1").waitFor();
  await page.context().close();
}, 30_000);

test("B12 a budget that is set on the page pauses a real agent, and says who did it", async () => {
  await other("token-eater.ts", "eater-1", "obedient", "eaten");
  const page = await open("/metrics-and-cost?tab=budgets");
  await page.getByRole("button", { name: "Set a budget" }).click();
  await page.getByLabel("Scope").fill("agent:eater-1");
  await page.getByLabel("Tokens").fill("3000");
  await page.getByLabel("Cancel at").fill("");
  await page.getByRole("button", { name: "See what it does" }).click();
  await page.getByText("agent:eater-1 may use 3,000 tokens").waitFor();
  await page.getByRole("button", { name: "Set it" }).click();
  const card = page.getByRole("region", { name: "agent:eater-1" });
  await card.getByText("Used up: told to pause").waitFor();
  // The agent's answer is an event of its own, a moment later.
  await expect
    .poll(
      async () => {
        await card.getByRole("button", { name: /who did it/i }).click();
        return card.getByText(/1 agent: 1 done/).count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await card.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await card.waitFor({ state: "detached" });
  await page.context().close();
}, 60_000);

test("S14 an agent that is killed is an alert; seen in one browser it is seen in the other, and comes back", async () => {
  const one = await open("/alerts?q=doomed-1");
  const two = await open("/alerts?q=doomed-1");
  const alert = (page: Page) => page.locator('[data-alert^="agent_lost agent:doomed-1"]');
  const kill = async (): Promise<void> => {
    const agent = await other("lease-holder.ts", "doomed-1", "doomed-1", "1000", "takeOver");
    agent.kill("SIGKILL");
  };
  await kill();
  await alert(one).getByText("Agent lost").waitFor();
  await alert(two).getByText("1 time").waitFor();
  // In the bar at the side it counts as what nobody has seen.
  await one.getByRole("link", { name: /Alerts.*[1-9]/ }).waitFor();
  await alert(one).getByRole("button", { name: "Acknowledge" }).click();
  await alert(two).waitFor({ state: "detached" });
  await two.getByRole("button", { name: /Acknowledged/ }).click();
  await alert(two)
    .getByText(/Acknowledged\s+by/)
    .waitFor();
  await kill();
  await alert(one).getByText("2 times").waitFor({ timeout: 30_000 });
  const listed = cli(["alerts", "--json"], {
    cwd: gateway.dataDir,
    env: { SIGNALBOX_URL: gateway.url, SIGNALBOX_TOKEN: gateway.token },
  });
  expect(await listed.ended).toBe(0);
  expect(listed.stdout()).toContain("agent:doomed-1");
  await one.context().close();
  await two.context().close();
}, 60_000);

test("no page broke the content policy, or had an error", () => {
  expect(complaints).toEqual([]);
});
