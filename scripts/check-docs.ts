/** Docs that can fail: links, anchors, paths, npm scripts and examples of every Markdown file. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { hasExamples, pasted, runnable } from "./doc-examples.ts";
import type { Finding } from "./finding.ts";
import { type Markdown, readMarkdown } from "./markdown.ts";
import { filesOf, packagesOf, readManifest, root } from "./repository.ts";

const why = {
  link: "a reader who follows it finds nothing",
  path: "the file was moved or never written, and the text still sends people there",
  script: "the command does not work as printed",
  example: "every example a reader may paste is run by test/docs.test.ts, or says why it is not",
};

interface Page extends Markdown {
  file: string;
  text: string;
}

export function checkDocs(at: string = root): Finding[] {
  const files = filesOf(at);
  const folders = new Set(files.flatMap(ancestors));
  const pages = files
    .filter((file) => file.endsWith(".md"))
    .map((file): Page => {
      const text = readFileSync(join(at, file), "utf8");
      return { file, text, ...readMarkdown(text) };
    });
  const exists = (path: string): boolean => files.includes(path) || folders.has(path.replace(/\/$/, ""));
  const anchors = new Map(pages.map((page) => [page.file, page.anchors]));
  const scripts = scriptsOf(at);
  return pages.flatMap((page) => [
    ...brokenLinks(page, exists, anchors),
    ...missingPaths(page, exists, folders),
    ...missingScripts(page, scripts),
    ...untestedExamples(page),
  ]);
}

function ancestors(file: string): string[] {
  const folder = dirname(file);
  return folder === "." ? [] : [folder, ...ancestors(folder)];
}

function scriptsOf(at: string): Set<string> {
  const manifest = join(at, "package.json");
  const own = existsSync(manifest) ? Object.keys(readManifest(manifest).scripts) : [];
  const inner = existsSync(join(at, "packages")) ? packagesOf(at) : [];
  return new Set([...own, ...inner.flatMap((one) => Object.keys(one.manifest.scripts))]);
}

function brokenLinks(page: Page, exists: (path: string) => boolean, anchors: Map<string, Set<string>>): Finding[] {
  const findings: Finding[] = [];
  for (const { text, line } of page.links) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith("//")) continue;
    const [path = "", anchor] = text.split("#");
    const target = path === "" ? page.file : posix.join(dirname(page.file), decodeURIComponent(path));
    if (!exists(target))
      findings.push({ file: page.file, line, what: `links to ${text}: no such file`, why: why.link });
    else if (anchor && anchors.has(target) && !anchors.get(target)?.has(decodeURIComponent(anchor))) {
      findings.push({ file: page.file, line, what: `links to ${text}: no such heading`, why: why.link });
    }
  }
  return findings;
}

/** Code spans that look like a path of this repository: `packages/core/src/ports.ts`, not `packages/X` or `a/*`. */
function missingPaths(page: Page, exists: (path: string) => boolean, folders: ReadonlySet<string>): Finding[] {
  return page.codeSpans
    .filter(({ text }) => /^[a-z.][\w.-]*(?:\/[\w.@-]+)+\/?$/.test(text) && folders.has(text.split("/")[0] ?? ""))
    .filter(({ text }) => !text.split("/").some((part) => /^[A-Z]$|^NAME|^\.\.\.$|^dist$|^\.bin$/.test(part)))
    .filter(({ text }) => !exists(text))
    .map(({ text, line }) => ({ file: page.file, line, what: `names ${text}: no such file`, why: why.path }));
}

function missingScripts(page: Page, scripts: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  for (const [index, text] of page.text.split(/\r?\n/).entries()) {
    for (const match of text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)) {
      const name = match[1] ?? match[2] ?? "";
      if (scripts.has(name)) continue;
      findings.push({ file: page.file, line: index + 1, what: `says ${match[0]}: no such script`, why: why.script });
    }
  }
  return findings;
}

function untestedExamples(page: Page): Finding[] {
  if (!hasExamples(page.file)) return [];
  const names = new Set<string>();
  const findings: Finding[] = [];
  for (const { language, info, line } of page.fences) {
    const problem = problemOf(language, info, names);
    if (problem) findings.push({ file: page.file, line, what: problem, why: why.example });
    if (info.run) names.add(info.run);
  }
  return findings;
}

function problemOf(language: string, info: Record<string, string>, names: ReadonlySet<string>): string | undefined {
  if (info.norun) return undefined;
  if (info.run === undefined) {
    return pasted.includes(language) ? `${language} block says neither run=NAME nor norun="reason"` : undefined;
  }
  if (info.run === "") return "run without a name: write run=NAME";
  if (!runnable.includes(language)) return `run=${info.run}: only ${runnable.join(", ")} blocks can be run`;
  return names.has(info.run) ? `run=${info.run}: another block of this page has that name` : undefined;
}
