/** EXPERIENCE "Logs" from a browser page: what real processes wrote is found, listed, gone to and kept, byte for byte. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { post } from "./support/http.ts";
import { tokenOf } from "./support/issuer.ts";
import { until } from "./support/until.ts";
import { node, Workplace } from "./support/workplace.ts";

let work: Workplace;
let browser: Browser;
const contexts: BrowserContext[] = [];
beforeAll(async () => {
  work = await Workplace.open();
  browser = await startBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await work?.close();
});

async function open(path: string, token = work.gateway.token): Promise<Page> {
  const page = await openDashboard(browser, work.gateway, path, token);
  contexts.push(page.context());
  return page;
}

/** Runs it with `signalbox run`, whatever comes of it; returns its page's address. */
async function ran(...command: string[]): Promise<string> {
  const { err } = await work.done("run", "--", process.execPath, ...command);
  const [, path] = /(\/processes\/\S+)/.exec(err) ?? [];
  if (path === undefined) throw new Error(err);
  return path;
}

async function kept(page: Page, form: RegExp): Promise<string> {
  await page.getByRole("button", { name: "Export" }).click();
  const started = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: form }).click();
  return readFileSync(await (await started).path(), "utf8");
}

test("B9 a test run that fails is gone through by errors, by words and by what is on stderr", async () => {
  const file = join(work.folder, "sum.test.mjs");
  writeFileSync(
    file,
    `import assert from "node:assert/strict"; import { test } from "node:test";
for (let n = 0; n < 60; n++) test("adds " + n, () => { if (n === 30) console.error("warning: thirty"); assert.equal(n === 40 ? 1 : 2, 2); });`,
  );
  const path = await ran("--test", "--test-reporter=spec", file);
  const page = await open(path);
  await page.locator("[data-testid=process-state][data-status=failed]").waitFor();
  const marked = page.locator('[data-testid=log] [data-flash="true"]');
  await page.keyboard.press("e");
  await marked.waitFor();
  await page.getByLabel("Search the whole log").fill('"adds 40"');
  await page.keyboard.press("Enter");
  const hits = page.locator("[data-testid=search-hits] li button");
  await hits.first().waitFor();
  await hits.first().click();
  await marked.getByText("adds 40").waitFor();
  // What is on stderr is a list of its own, and has an address.
  await page.goto(
    `${work.gateway.url}${await ran("-e", "console.log('out'); console.error('bad \\x1b[31mred\\x1b[0m'); console.log('more')")}?stderr=true`,
  );
  const errors = page.locator("[data-testid=stderr-lines]");
  await errors.getByText("1 on stderr").waitFor();
  await errors.getByText("bad red").click();
  await marked.getByText("bad red").waitFor();
  expect(await kept(page, /^Text, without/)).toBe("bad red\n");
});

test("downloads are what the process wrote: as text byte for byte, as JSON lines and CSV line by line", async () => {
  const lines = [
    "plain",
    "\u001b[32mgreen\u001b[0m, with comma",
    '"quoted"',
    "",
    "=SUM(A1)",
    "ümläut 漢字 🚦",
    "x".repeat(70_000),
    "last",
  ];
  const written = join(work.folder, "written.txt");
  writeFileSync(written, `${lines.join("\n")}\n`);
  const path = await ran("-e", `require("node:fs").createReadStream(${JSON.stringify(written)}).pipe(process.stdout)`);
  const page = await open(path);
  await page.locator('[data-testid=log] [data-line="8"]').first().waitFor();
  expect(await kept(page, /^Text, as written/)).toBe(readFileSync(written, "utf8"));
  const whole = (records: Array<{ line: unknown; output: string }>): string[] => {
    const joined = new Map<unknown, string>();
    for (const { line, output } of records) joined.set(line, (joined.get(line) ?? "") + output);
    return [...joined.values()];
  };
  const json = await kept(page, /^JSON lines/);
  const records = json
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: number; output: string; stream: string; time: string });
  expect(whole(records)).toEqual(lines);
  expect(records.every(({ stream, time }) => stream === "stdout" && !Number.isNaN(Date.parse(time)))).toBe(true);
  const [header, ...rows] = csvRows(await kept(page, /^CSV/));
  expect(header).toEqual(["line", "time", "stream", "output"]);
  const cells = whole(rows.map(([line, , , output = ""]) => ({ line, output })));
  // What a spreadsheet would run is text there.
  expect(cells).toEqual(lines.map((line) => (line === "=SUM(A1)" ? "'=SUM(A1)" : line)));
});

test("100,000 lines: the end, a line, the search and a file on disk are each there at once", async () => {
  const most = 100_001;
  await post(work.gateway, "/v1/events", [
    { type: "process_started", data: { processId: "long", command: "make", args: [] } },
  ]);
  for (let from = 1; from <= most; from += 1_000) {
    const many = Math.min(1_000, most - from + 1);
    await post(
      work.gateway,
      "/v1/events",
      Array.from({ length: many }, (_, at) => ({
        type: "process_output",
        data: { processId: "long", line: from + at, output: from + at === 31_337 ? "the needle" : `step ${from + at}` },
      })),
    );
  }
  const page = await open("/processes/long");
  const line = (number: number) => page.locator(`[data-testid=log] [data-line="${number}"]`);
  await line(most).waitFor();
  await page.getByLabel("Go to line").fill("50000");
  await page.keyboard.press("Enter");
  await line(50_000).waitFor();
  await page.getByLabel("Copy the address of line 50000").waitFor();
  expect(page.url()).toMatch(/line=50000/);
  await page.locator("[data-testid=log]").press("Home");
  await line(1).waitFor();
  await page.keyboard.press("End");
  await line(most).waitFor();
  await page.getByLabel("Search the whole log").fill("needle");
  await page.keyboard.press("Enter");
  await page.locator("[data-testid=search-hits] li button").first().click();
  await line(31_337).waitFor();
  // So many lines go to a file that a person chose, piece by piece: here one of the browser's own.
  await page.evaluate(() => {
    const pick = async ({ suggestedName }: { suggestedName: string }) =>
      (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
    Object.defineProperty(globalThis, "showSaveFilePicker", { value: pick, configurable: true });
  });
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: /^JSON lines, 100,001 lines/ }).click();
  await page.getByText("written to disk as it came").waitFor();
  const last = await page.evaluate(async () => {
    const directory = await navigator.storage.getDirectory();
    const text = await (await (await directory.getFileHandle("make.jsonl")).getFile()).text();
    const all = text.trimEnd().split("\n");
    return { lines: all.length, last: all.at(-1) ?? "" };
  });
  expect(last.lines).toBe(most);
  expect(JSON.parse(last.last)).toMatchObject({ line: most, output: `step ${most}` });
});

/** Draws on its screen, tries what a page must not do, and answers what is typed. */
const drawing = `
  const say = (text) => process.stdout.write(text);
  say("\\x1b[2J\\x1b[H\\x1b[1;32mready\\x1b[0m\\r\\n");
  say("\\x1b]0;evil title\\x07\\x1b]52;c;ZXZpbA==\\x07\\x1b]8;;javascript:alert(1)\\x07a link\\x1b]8;;\\x07\\r\\n");
  say("<img src=x onerror=alert(1)>\\r\\n");
  process.stdin.on("data", (data) => say("\\x1b[6;3Hheard " + JSON.stringify(String(data).trim()) + "\\n"));
  setInterval(() => {}, 1e6);`;

test("a process in a terminal shows its screen, hears keys where the token may, and acts on nothing else", async () => {
  await work.runner({ draw: node(drawing, { pty: true, stdin: true }) });
  const { channel } = await work.start("draw");
  const path = `/processes/${encodeURIComponent(channel.slice("process:".length))}`;
  const page = await open(path);
  const policy: string[] = [];
  page.on("console", (message) => message.type() === "error" && policy.push(message.text()));
  await page.getByRole("tab", { name: "Terminal" }).click();
  const screen = page.locator("[data-testid=terminal]");
  await screen.getByText("ready").waitFor();
  expect(page.url()).toMatch(/view=terminal/);
  await page.locator("[data-testid=terminal-size]").getByText("80 × 24").waitFor();
  await page.getByLabel("Type into the terminal").fill("hello");
  await page.keyboard.press("Enter");
  await screen.getByText('heard "hello"').waitFor();
  // The sixth line of the screen, third column: a log has no such places.
  const rows = (await screen.innerText()).split("\n");
  await expect
    .poll(async () => (await screen.innerText()).split("\n").some((row) => row.startsWith('  heard "hello"')))
    .toBe(true);
  expect(rows.join("\n")).toContain("<img src=x onerror=alert(1)>");
  expect(await screen.locator("a, img").count()).toBe(0);
  expect(await page.title()).not.toContain("evil");
  expect(policy).toEqual([]);
  const viewer = tokenOf("ada", { capabilities: [{ channels: "*", verbs: ["subscribe", "history"] }] });
  const watched = await open(`${path}?view=terminal`, viewer);
  await watched.locator("[data-testid=terminal]").getByText("ready").waitFor();
  await watched.getByText("it lacks the verb command").first().waitFor();
  expect(await watched.getByLabel("Type into the terminal").count()).toBe(0);
});

/** RFC 4180, as far as it is used. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (quoted === undefined && plain === "" && end === "") break;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

test("logs of several processes are one by time, which goes on and stays where somebody reads", async () => {
  const start = Date.now() - 60_000;
  const line = (processId: string, line: number, second: number) => ({
    type: "process_output",
    timestamp: start + second * 1_000,
    data: { processId, line, output: `${processId} ${line}` },
  });
  const many = Array.from({ length: 200 }, (_, at) => at + 1);
  await post(
    work.gateway,
    "/v1/events",
    many.map((n) => line("left", n, n * 0.2)),
  );
  await post(
    work.gateway,
    "/v1/events",
    many.map((n) => line("right", n, n * 0.2 + 0.1)),
  );
  const page = await open("/logs?process=left,right");
  const log = page.locator("[data-testid=merged-log]");
  const texts = () => log.locator(".log-text").allInnerTexts();
  await log.getByText("right 200", { exact: true }).waitFor();
  expect((await texts()).slice(-4)).toEqual(["left 199", "right 199", "left 200", "right 200"]);
  await post(work.gateway, "/v1/events", [line("left", 201, 60), line("right", 201, 61)]);
  await log.getByText("right 201", { exact: true }).waitFor();
  await log.hover();
  await page.mouse.wheel(0, -800);
  await page.getByRole("button", { name: "Follow the end" }).waitFor();
  await post(work.gateway, "/v1/events", [line("left", 202, 62)]);
  await page.getByRole("button", { name: "1 new line" }).click();
  await log.getByText("left 202", { exact: true }).waitFor();
  await log.getByRole("link", { name: "right" }).last().click();
  await page.locator('[data-testid=log] [data-flash="true"]').getByText("right 201").waitFor();
});

test("many processes are sorted and filtered by their address, and kept as a table", async () => {
  const page = await open("/processes?sort=-lines");
  const rows = page.getByRole("table", { name: "Processes" }).locator("tbody tr[data-key]");
  await until("the longest log is first", async () => (await rows.first().getAttribute("data-key")) === "process:long");
  await page.getByRole("button", { name: "Exit" }).click();
  expect(page.url()).toMatch(/sort=-exit/);
  await page.getByLabel("Only rows with these words").fill("sum.test");
  await expect.poll(() => rows.count()).toBe(1);
  const [header, row] = csvRows(await kept(page, /^CSV, 1 row/));
  expect(row?.[header?.indexOf("exit_code") ?? -1]).toBe("1");
  expect(row?.[header?.indexOf("status") ?? -1]).toBe("failed");
});
