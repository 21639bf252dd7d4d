/** Looks for what must never be committed: keys, tokens, somebody's home folder, a registry's address. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Finding, lineAt } from "./finding.ts";
import { filesOf, root } from "./repository.ts";

interface Rule {
  /** Which files; absent: all. */
  files?: RegExp;
  pattern: RegExp;
  what: string;
  why: string;
}

const leaked = "whoever reads the repository could use it; revoke it and keep it outside";
const machine = "it exists on one machine only, and says whose";
const registries = "npm ci must use the registry of whoever installs, with no address or token of ours";

const rules: readonly Rule[] = [
  { pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g, what: "holds a private key", why: leaked },
  {
    pattern: /\b(?:npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,})\b/g,
    what: "holds a token",
    why: leaked,
  },
  {
    pattern: /\b(?:AKIA[0-9A-Z]{16}|xox[abprs]-[0-9A-Za-z-]{20,}|sk-ant-[\w-]{20,})\b/g,
    what: "holds a token",
    why: leaked,
  },
  {
    pattern: /(?<![\w.~/-])\/(?:home|Users)\/[a-z][\w.-]*\/|(?<![\w.~/-])\/root\//g,
    what: "names a home folder",
    why: machine,
  },
  { pattern: /\b[A-Z]:\\+Users\\+\w+/g, what: "names a home folder", why: machine },
  { files: /(^|\/)package-lock\.json$/, pattern: /"resolved": "[a-z+]+:/g, what: "names a registry", why: registries },
  {
    files: /(^|\/)\.npmrc$/,
    pattern: /^\s*(?:@[^=\s]+:)?registry\s*=|_auth\w*\s*=|_password\s*=|^\s*\/\//gm,
    what: "names a registry or a token",
    why: registries,
  },
];

/** Larger files are data, not text that people write. */
const largestBytes = 4 * 1_048_576;

export function checkSecrets(at: string = root): Finding[] {
  const all = [...rules, ...ownPlace(at)];
  const findings: Finding[] = [];
  for (const file of filesOf(at)) {
    if (statSync(join(at, file)).size > largestBytes) continue;
    const text = readFileSync(join(at, file), "utf8");
    if (text.includes("\0")) continue;
    for (const { files, pattern, what, why } of all) {
      if (files && !files.test(file)) continue;
      for (const match of text.matchAll(pattern)) findings.push({ file, line: lineAt(text, match.index), what, why });
    }
  }
  return findings;
}

/** The path of this very checkout, where it is long enough not to be a common word. */
function ownPlace(at: string): Rule[] {
  if (at.split(/[\\/]/).filter(Boolean).length < 2) return [];
  const escaped = at.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return [{ pattern: new RegExp(escaped, "g"), what: "names the folder of one checkout", why: machine }];
}
