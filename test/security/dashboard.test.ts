/** The dashboard in a real browser, shown what agents should never have said. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { post } from "../support/http.ts";
import { scripts } from "./support/scripts.ts";
import { startTarget, type Target } from "./support/target.ts";

let target: Target;
let browser: Browser;
beforeAll(async () => {
  target = await startTarget();
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await target?.stop();
});

interface Watched {
  page: Page;
  /** Policy violations, dialogs, errors and places the page was led to. */
  seen: string[];
}

/** A page that tells of everything it should not do. */
async function watched(height = 900): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1280, height } });
  const seen: string[] = [];
  await page.exposeFunction("tellTest", (what: string) => void seen.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      void (globalThis as unknown as { tellTest(what: string): unknown }).tellTest(
        `policy: ${violatedDirective} ${blockedURI} ${sample}`,
      );
    });
  });
  page.on("dialog", (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
  page.on("popup", (popup) => seen.push(`popup: ${popup.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(target.url) && !request.url().startsWith("data:"))
      seen.push(`request: ${request.url()}`);
  });
  await page.goto(`${target.url}/#token=${target.token}`);
  await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
  return { page, seen };
}

const pwned = (page: Page): Promise<unknown> => page.evaluate(() => Reflect.get(globalThis, "__pwn"));

/** Elements and attributes that only a text taken for HTML could have brought. */
const foreign = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter(
        (element) =>
          /^(script|iframe|object|embed|base|meta|link|img|video|audio|marquee|math|template|x)$/i.test(
            element.tagName,
          ) ||
          [...element.attributes].some(
            ({ name, value }) =>
              name.startsWith("on") ||
              name === "srcdoc" ||
              // What is said of something is text, whatever it says.
              (name !== "title" && name !== "aria-label" && /^\s*(javascript|data|vbscript):/i.test(value)),
          ),
      )
      .map((element) => element.outerHTML.slice(0, 200)),
  );

async function expectHarmless({ page, seen }: Watched): Promise<void> {
  expect(await pwned(page)).toBeUndefined();
  expect(await foreign(page)).toEqual([]);
  expect(seen).toEqual([]);
  expect(page.url().startsWith(target.url)).toBe(true);
}

describe("A30 text that a page might run", () => {
  const linesPerPage = 40;
  const logs = Array.from({ length: Math.ceil(scripts.length / linesPerPage) }, (_, at) =>
    scripts.slice(at * linesPerPage, (at + 1) * linesPerPage),
  );

  test("is text as a line of a log, every one of more than 150", async () => {
    expect(scripts.length).toBeGreaterThan(150);
    for (const [at, lines] of logs.entries()) {
      const processId = `log${at}`;
      await post(target, "/v1/events", [
        { type: "process_started", data: { processId, command: "sh", args: [] } },
        ...lines.map((output, i) => ({
          type: "process_output",
          data: { processId, line: i + 1, output, stream: "stdout" },
        })),
      ]);
    }
    const view = await watched(2_000);
    for (const [at, lines] of logs.entries()) {
      await view.page.goto(`${target.url}/processes/log${at}`);
      for (const line of [1, lines.length]) {
        await view.page.locator(`[data-testid=log] [data-line="${line}"]`).first().waitFor();
      }
      expect(await view.page.locator("[data-testid=log] [data-line]").count()).toBeGreaterThanOrEqual(lines.length);
      await expectHarmless(view);
    }
    await view.page.close();
  });

  test("is text as the name of an agent, a session, a command, a task, an error, a key, a stream, a tag", async () => {
    for (let at = 0; at < scripts.length; at += 30) {
      const some = scripts.slice(at, at + 30);
      const events = some.flatMap((evil, i) => {
        const id = `${at + i}`;
        return [
          {
            type: "agent_status",
            channel: `agent:e${id}`,
            data: {
              agentId: `e${id}`,
              name: evil,
              status: "busy",
              currentTask: { id: evil, description: evil, title: evil, progress: 4 },
            },
          },
          { type: "agent_error", channel: `agent:e${id}`, data: { agentId: `e${id}`, error: evil, code: evil } },
          {
            type: "session_started",
            channel: `session:e${id}`,
            data: { sessionId: `e${id}`, name: evil, objective: evil, agents: [evil] },
          },
          {
            type: "process_started",
            channel: `process:e${id}`,
            data: { processId: `e${id}`, command: evil, args: [evil], cwd: evil },
          },
          {
            type: "anything_else",
            channel: `agent:e${id}`,
            data: { [evil]: evil, list: [evil, { [evil]: evil }] },
            metadata: { tags: { evil }, source: evil },
          },
        ];
      });
      await post(target, "/v1/events", events);
    }
    const view = await watched(2_000);
    for (const address of [
      "/",
      "/agents",
      "/sessions",
      "/processes",
      "/agents/e0",
      "/agents/e29",
      "/sessions/e1",
      "/processes/e2",
      "/processes/e30",
    ]) {
      await view.page.goto(target.url + address);
      await view.page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor();
      await view.page.getByText("__pwn").locator("visible=true").first().waitFor();
      await expectHarmless(view);
    }
    await view.page.close();
  });

  test("is text in the address, and in what is searched for", async () => {
    const view = await watched();
    for (const evil of scripts.filter((_, at) => at % 12 === 0)) {
      await view.page.goto(`${target.url}/processes/${encodeURIComponent(evil)}?q=${encodeURIComponent(evil)}`);
      await expectHarmless(view);
    }
    await view.page.close();
  });
});

test("A29 what a terminal would obey is not in the page, even where chunks cut it", async () => {
  const obeyed = [
    "\u001b]52;c;ZXZpbA==\u0007",
    "\u001b]8;;http://evil.test\u0007a\u001b]8;;\u0007",
    "\u001b[2J",
    "\u009b31m",
    "\u202e\u2066abc",
    "a\rb\b\b",
    "\u0000\u007f",
  ];
  const outputs = obeyed.flatMap((text) => [
    text,
    ...Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]).flat(),
  ]);
  await post(target, "/v1/events", [
    { type: "process_started", data: { processId: "ansi", command: "sh", args: [] } },
    ...outputs.map((output, i) => ({
      type: "process_output",
      data: {
        processId: "ansi",
        line: i + 1,
        output: `${output}.`,
        stream: "stdout",
        ...(i % 2 === 0 ? {} : { partial: true }),
      },
    })),
  ]);
  const view = await watched(4_000);
  await view.page.goto(`${target.url}/processes/ansi`);
  await view.page.locator('[data-testid=log] [data-line="1"]').waitFor();
  const shown = await view.page.locator("[data-testid=log]").evaluate((log) => log.textContent ?? "");
  expect(shown.length).toBeGreaterThan(20);
  // Controls, and what turns the reading direction round.
  expect([...shown].filter((letter) => /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(letter) && letter !== "\n")).toEqual(
    [],
  );
  await expectHarmless(view);
  await view.page.close();
});

describe("A31 the page's policy", () => {
  test("holds even against a script that is in the page: nothing inline runs, nothing foreign loads", async () => {
    const { page, seen } = await watched();
    const tried = await page.evaluate(async () => {
      const outcome: Record<string, string> = {};
      const attempt = (name: string, act: () => void): void => {
        try {
          act();
          outcome[name] = "done";
        } catch (error) {
          outcome[name] = error instanceof Error ? error.name : "thrown";
        }
      };
      attempt("innerHTML", () => {
        document.body.innerHTML += "<img src=x onerror='window.__pwn=1'>";
      });
      // What a debugger evaluates may evaluate; what runs later is the page's own again.
      await new Promise((resolve) => setTimeout(resolve, 0));
      attempt("Function", () => void new Function("window.__pwn=1")());
      attempt("script", () => {
        const script = document.createElement("script");
        script.textContent = "window.__pwn=1";
        document.body.append(script);
      });
      attempt("handler", () => {
        const image = new Image();
        image.setAttribute("onerror", "window.__pwn=1");
        image.src = "/nowhere.png";
        document.body.append(image);
      });
      attempt("base", () => {
        const base = document.createElement("base");
        base.href = "https://evil.test/";
        document.head.append(base);
      });
      const fetched = await fetch("https://evil.test/").then(
        () => "answered",
        () => "refused",
      );
      return { ...outcome, fetched, base: document.baseURI.startsWith(location.origin) };
    });
    expect(tried).toMatchObject({
      innerHTML: "TypeError",
      script: "TypeError",
      Function: "EvalError",
      fetched: "refused",
      base: true,
    });
    expect(await pwned(page)).toBeUndefined();
    // It can be seen to have been refused: the test above would see it too.
    expect(seen.filter((what) => what.startsWith("policy: ")).length).toBeGreaterThan(3);
    await page.close();
  });

  test("has nothing to make exceptions for: no inline script, style or handler in what is built", () => {
    const built = resolve(import.meta.dirname, "../../packages/dashboard/dist");
    const pages = readdirSync(built).filter((name) => name.endsWith(".html"));
    expect(pages).toContain("index.html");
    for (const name of pages) {
      const html = readFileSync(join(built, name), "utf8");
      expect(html.match(/<script(?![^>]*\ssrc=)[^>]*>/gi) ?? []).toEqual([]);
      expect(html.match(/<style|\sstyle=|\son[a-z]+=|javascript:/gi) ?? []).toEqual([]);
      for (const [, address = ""] of html.matchAll(/\s(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^\.\//);
    }
  });
});
