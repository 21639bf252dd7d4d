/** The few things of Markdown that the checks need: fenced blocks, headings with their anchors, links, code spans. */

export interface Fence {
  language: string;
  /** What follows the language: `run=NAME expect="…"`. */
  info: Record<string, string>;
  text: string;
  /** Line of the opening fence, from 1. */
  line: number;
}

export interface Spot {
  text: string;
  line: number;
}

export interface Markdown {
  fences: Fence[];
  /** As GitHub makes them. */
  anchors: Set<string>;
  links: Spot[];
  codeSpans: Spot[];
}

export function readMarkdown(text: string): Markdown {
  const fences: Fence[] = [];
  const anchors = new Set<string>();
  const links: Spot[] = [];
  const codeSpans: Spot[] = [];
  let open: { fence: Fence; mark: string; indent: number } | undefined;
  let line = 0;
  for (const raw of text.split(/\r?\n/)) {
    line++;
    const mark = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(raw);
    if (open) {
      if (mark && mark[3] === "" && mark[2]?.startsWith(open.mark)) {
        fences.push(open.fence);
        open = undefined;
      } else {
        open.fence.text += `${raw.slice(Math.min(open.indent, raw.search(/\S|$/)))}\n`;
      }
      continue;
    }
    if (mark) {
      const [, indent = "", fenceMark = "", info = ""] = mark;
      open = { fence: { ...infoOf(info), text: "", line }, mark: fenceMark, indent: indent.length };
      continue;
    }
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(raw);
    if (heading) anchors.add(fresh(anchors, anchorOf(heading[1] ?? "")));
    for (const match of raw.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? "");
    for (const match of raw.matchAll(/`([^`]+)`/g)) codeSpans.push({ text: match[1] ?? "", line });
    const bare = raw.replace(/`[^`]*`/g, "");
    for (const match of bare.matchAll(/\]\(<?([^\s)>]+)>?(?:\s+"[^"]*")?\)/g))
      links.push({ text: match[1] ?? "", line });
    const definition = /^\s*\[[^\]]+\]:\s+<?([^\s>]+)/.exec(bare);
    if (definition) links.push({ text: definition[1] ?? "", line });
    for (const match of bare.matchAll(/\b(?:src|href)="([^"]+)"/g)) links.push({ text: match[1] ?? "", line });
  }
  if (open) fences.push(open.fence);
  return { fences, anchors, links, codeSpans };
}

function infoOf(text: string): { language: string; info: Record<string, string> } {
  const [language = "", ...rest] = text.split(/\s+/);
  const info: Record<string, string> = {};
  for (const match of rest.join(" ").matchAll(/([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    info[match[1] ?? ""] = match[2] ?? match[3] ?? "";
  }
  return { language, info };
}

/** GitHub's way: lower case, punctuation away, each space a hyphen. */
function anchorOf(heading: string): string {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*`]/g, "");
  return plain
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, "")
    .replace(/ /g, "-");
}

function fresh(taken: ReadonlySet<string>, anchor: string): string {
  if (!taken.has(anchor)) return anchor;
  let n = 1;
  while (taken.has(`${anchor}-${n}`)) n++;
  return `${anchor}-${n}`;
}
