/** Tests, memory and GitHub in a browser page: what was told, how it changed, and what is kept of it as files. */
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";

let gateway: Gateway;
let browser: Browser;
const contexts: BrowserContext[] = [];
beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function open(path: string): Promise<Page> {
  const page = await openDashboard(browser, gateway, path);
  contexts.push(page.context());
  return page;
}

async function kept<Row>(page: Page): Promise<Row[]> {
  await page.getByRole("button", { name: "Export" }).click();
  const started = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: /^JSON/ }).click();
  return JSON.parse(readFileSync(await (await started).path(), "utf8")) as Row[];
}

const publish = (events: unknown[]): Promise<unknown> => post(gateway, "/v1/events", events);

/** As the pytest plugin tells a run: each test as it ends, then the failures with what they said. */
function told(runId: string, at: number, outcomes: Readonly<Record<string, string>>, more: object = {}): object[] {
  const where = { agentId: "coder-001", sessionId: "s1", runId, suite: "till" };
  const counts = { total: 0, passing: 0, failing: 0, skipped: 0 };
  const events: object[] = Object.entries(outcomes).map(([name, outcome], index) => {
    counts.total++;
    counts[outcome === "passed" ? "passing" : outcome === "failed" ? "failing" : "skipped"]++;
    return {
      type: "test_result",
      timestamp: at + index,
      data: { ...where, ...counts, test: { name, outcome, durationMs: 5 } },
    };
  });
  const failures = Object.entries(outcomes)
    .filter(([, outcome]) => outcome === "failed")
    .map(([name]) => ({
      name,
      file: "till_test.py",
      line: 7,
      message: `E  assert 10.01 == 10.02\n  in ${name} <img src=x onerror=alert(1)>`,
    }));
  return [...events, { type: "test_result", timestamp: at + 100, data: { ...where, ...counts, failures, ...more } }];
}

const phase = (currentPhase: string, at: number) => ({
  type: "tdd_phase_change",
  timestamp: at,
  data: { agentId: "coder-001", currentPhase },
});

test("W10 red, green, refactor: phases, each test's runs, what failed and the way back to when it did", async () => {
  const start = Date.now() - 600_000;
  const at = (minute: number): number => start + minute * 60_000;
  await publish([
    { type: "session_started", data: { sessionId: "s1", name: "Till", agents: ["coder-001"] } },
    phase("red", at(0)),
    ...told("r0", at(1), { adds: "passed", rounds: "failed", prints: "skipped" }),
    phase("green", at(2)),
    ...told("r1", at(3), { adds: "passed", rounds: "passed", prints: "skipped" }),
    {
      type: "coverage_update",
      timestamp: at(3) + 500,
      data: { agentId: "coder-001", coverage: { lines: 71, branches: 60 } },
    },
    ...told("r2", at(4), { adds: "passed", rounds: "failed", prints: "skipped" }),
  ]);
  const page = await open("/tests");
  const blocks = page.locator("[data-testid=phases] [data-phase]");
  await expect
    .poll(() => blocks.evaluateAll((all) => all.map((one) => one.getAttribute("data-phase"))))
    .toEqual(["red", "green"]);
  const table = page.getByRole("table", { name: "Tests" });
  const row = (name: string) => table.locator(`tr[data-key="till › ${name}"]`);
  // Failing first.
  await expect.poll(() => table.locator("tbody tr").first().getAttribute("data-key")).toBe("till › rounds");
  await row("rounds").getByLabel("Last 3 runs, newest first: failed, passed, failed").waitFor();
  await row("adds").getByLabel("Last 3 runs, newest first: passed, passed, passed").waitFor();
  await page.getByRole("img", { name: /^Coverage .*Lines 71 %; Branches 60 %/ }).waitFor();
  // It goes on while somebody looks: with a third change of its mind the test is called flaky.
  await publish([
    ...told("r3", at(5), { adds: "passed", rounds: "passed", prints: "skipped" }),
    {
      type: "coverage_update",
      timestamp: at(5) + 500,
      data: { agentId: "coder-001", coverage: { lines: 80, branches: 66 } },
    },
    ...told("r4", at(6), { adds: "passed", rounds: "failed", prints: "skipped" }),
    phase("refactor", at(7)),
  ]);
  await page.getByRole("button", { name: "1 flaky" }).waitFor();
  await page.getByRole("img", { name: /Lines from 71 % to 80 %/ }).waitFor();
  await row("rounds").getByRole("button", { name: "rounds" }).click();
  const beside = page.locator("[data-testid=beside]");
  await beside.getByText("changed between passed and failed 4 times in its last 5 runs").waitFor();
  expect(await beside.locator("[data-testid=failure]").innerText()).toContain("in rounds <img src=x onerror=alert(1)>");
  expect(await beside.locator("img[src]").count()).toBe(0);
  // The address has it all; the way back leads to the session as it was.
  expect(decodeURIComponent(page.url())).toMatch(/test=till.*rounds/);
  const [failure] = await kept<{ name: string; failedAt: number; marks: Array<{ outcome: string }> }>(page);
  expect(failure?.name).toBe("rounds");
  expect(failure?.marks.map(({ outcome }) => outcome)).toEqual(["failed", "passed", "failed", "passed", "failed"]);
  const rewind = beside.locator("[data-testid=rewind]");
  expect(await rewind.getAttribute("href")).toBe(`/sessions/s1?at=${failure?.failedAt}`);
  // A phase leads to its moment: the view is what it was then.
  await blocks.nth(1).click();
  await expect.poll(() => page.url()).toContain(`at=${at(2)}`);
  await row("rounds").getByLabel("Last run: failed").waitFor();
  expect(await blocks.count()).toBe(2);
});

test("5,000 tests are one table", async () => {
  const result = (n: number) => ({
    type: "test_result",
    data: {
      ...{ sessionId: "many", runId: "r", suite: "all", total: n + 1, passing: n + 1, failing: 0 },
      test: { name: `test ${n}`, outcome: "passed" },
    },
  });
  for (let from = 0; from < 5_000; from += 1_000)
    await publish(Array.from({ length: 1_000 }, (_, at) => result(from + at)));
  // Found without anybody naming it.
  const page = await open("/tests");
  await page.getByRole("combobox", { name: "of" }).selectOption("session:many");
  await page.locator("[data-testid=tests-shown]").getByText("Showing 5,000 of 5,000 tests").waitFor();
  const table = page.getByRole("table", { name: "Tests" });
  expect(await table.getAttribute("aria-rowcount")).toBe("5001");
  expect(await table.locator("tbody tr").count()).toBeLessThan(100);
  await page.getByRole("region", { name: "Tests" }).press("End");
  await table.getByText("test 4999", { exact: true }).waitFor();
  await page.getByLabel("Only tests with these words").fill("test 123");
  await page.getByText("Showing 15 of 5,000 tests").waitFor();
});

test("V5 an entry of a memory: who wrote it, what each version changed, and the whole of what is long", async () => {
  const write = (data: object) => ({ type: "memory_update", data: { sessionId: "m1", ...data } });
  const long = `${"word ".repeat(2_000)}end of it`;
  await publish([
    write({ key: "rules", version: 1, value: "Two spaces\nTests first", author: "coder-001" }),
    write({ key: "rules", version: 2, value: "Two spaces\nTests first, always", author: "ada" }),
    write({ key: "rules", version: 2, value: "too late", author: "lin" }),
    write({ key: "plan", scope: "till", value: { step: 1, open: ["round"] }, author: "coder-001" }),
    write({ key: "plan", scope: "till", value: { step: 2, open: [] }, author: "coder-001" }),
    write({ key: "gone", value: "x" }),
    write({ key: "gone", deleted: true }),
    write({ key: "long", value: long, author: "<b>bold</b>" }),
  ]);
  const page = await open("/memory");
  const table = page.getByRole("table", { name: "Memory" });
  await page.locator("[data-testid=entries-shown]").getByText("Showing 3 of 4 entries").waitFor();
  await table.getByRole("button", { name: "rules" }).click();
  const beside = page.locator("[data-testid=beside]");
  await beside.getByText("1 write came too late and changed nothing; the last was by lin").waitFor();
  const second = beside.locator('[data-version="2"]');
  expect(await second.locator("[data-testid=diff]").innerText()).toMatch(
    /At line 2[\s\S]*Tests first[\s\S]*Tests first, always/,
  );
  await second.getByText("ada").waitFor();
  await beside.locator('[data-version="1"]').getByRole("button", { name: "What it said" }).click();
  await expect
    .poll(() => beside.locator('[data-version="1"] [data-testid=value]').innerText())
    .toBe("Two spaces\nTests first");
  await table.getByRole("button", { name: "till › plan" }).click();
  await expect.poll(() => beside.locator("[data-testid=diff]").innerText()).toMatch(/"step": 2/);
  await table.getByRole("button", { name: "long" }).click();
  await beside.getByText(/Showing 4,096 of 10,009 characters/).waitFor();
  await beside.getByRole("button", { name: "Show the whole value" }).click();
  await expect.poll(() => beside.locator("[data-testid=value]").innerText()).toBe(long);
  // Live, and without losing what is open.
  await publish([write({ key: "rules", version: 3, value: "Tabs", author: "ada" })]);
  await expect.poll(() => table.locator('tr[data-key="rules"]').innerText()).toMatch(/3/);
  await page.getByRole("button", { name: "1 forgotten, too" }).click();
  const rows = await kept<{ key: string; value?: unknown; deleted: boolean }>(page);
  expect(rows.map(({ key }) => key).sort()).toEqual(["gone", "long", "plan", "rules"]);
  expect(rows.find(({ key }) => key === "rules")).toMatchObject({ value: "Tabs", version: 3, conflicts: 1 });
});

test("GitHub: pull requests with what their checks say, everything that happens, and ways out that are https only", async () => {
  const page = await open("/github");
  // Before anything was told it says how that is done.
  await page.getByText("npx signalbox publish repo:acme/shop").waitFor();
  const shop = { repository: "acme/shop" };
  const of = (type: string, data: object) => ({ type, channel: "repo:acme/shop", data: { ...shop, ...data } });
  const run = (workflow: string, runId: number, status: string, conclusion: string | null) =>
    of("github_workflow_update", { workflow, runId, status, conclusion, headSha: "abc", headRef: "round" });
  await publish([
    of("github_pr_update", {
      number: 42,
      action: "opened",
      state: "open",
      title: "Round totals",
      author: "lin",
      headSha: "abc",
      url: "https://github.com/acme/shop/pull/42",
    }),
    run("CI", 1, "completed", "failure"),
    run("CI", 2, "in_progress", null),
    run("Lint", 3, "completed", "success"),
    of("github_issue_update", {
      number: 41,
      action: "opened",
      state: "open",
      title: "Fails on Safari",
      actor: "ada",
      url: "javascript:alert(1)",
    }),
    of("push", { ref: "refs/heads/main", pusher: { name: "lin" }, head_commit: { message: "Mend the till" } }),
  ]);
  await page.getByText("Push to main").waitFor();
  await page.getByText("Issue #41 opened").waitFor();
  expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
  await page.getByRole("tab", { name: "Pull requests 1" }).click();
  await page.locator("[data-checks=running]").getByText("1 of 2 run").waitFor();
  await publish([run("CI", 2, "completed", "failure")]);
  await page.locator("[data-checks=failed]").getByText("1 of 2 failed").waitFor();
  const link = page.getByRole("link", { name: /Pull request 42, on github.com/ });
  expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
  const [pull] = await kept(page);
  expect(pull).toMatchObject({ repo: "acme/shop", number: 42, checks: { says: "failed", failed: 1, passed: 1 } });
  await publish([of("github_pr_update", { number: 42, action: "merged", merged: true })]);
  await page.getByText("Showing 0 of 1 pull requests").waitFor();
  await page.getByRole("button", { name: "1 closed, too" }).click();
  await page.getByText("Merged").waitFor();
  expect(page.url()).toMatch(/tab=pulls&closed=true/);
  await page.goto(`${gateway.url}/github?author=ada`);
  await page.getByText("Showing 1 of 8 activity").waitFor();
});
