/**
 * The part of Markdown that agents write, read into a tree: headings, lists, quotes, code, emphasis, links. No HTML, no images;
 * whatever is not understood is text. The tree is made into elements, never into HTML.
 */

export type Inline =
  | { is: "text"; text: string }
  | { is: "code"; text: string }
  | { is: "strong" | "emphasis"; inner: Inline[] }
  | { is: "link"; href: string; host: string; inner: Inline[] };

export type Block =
  | { is: "paragraph"; inner: Inline[] }
  | { is: "heading"; level: number; inner: Inline[] }
  | { is: "code"; language: string; text: string }
  | { is: "list"; ordered: boolean; start: number; items: Inline[][] }
  | { is: "quote"; inner: Inline[] }
  | { is: "rule" };

/** Beyond this a text is shown as it is: reading it would take longer than a frame. */
export const longestMarkdown = 50_000;

const fence = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]{0,30})/;
const heading = /^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$/;
const bullet = /^ {0,6}[-*+]\s+(.+)$/;
const numbered = /^ {0,6}(\d{1,9})[.)]\s+(.+)$/;
const quote = /^ {0,3}>\s?(.*)$/;
const rule = /^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/;

export function readMarkdown(text: string): Block[] {
  if (text.length > longestMarkdown) return [{ is: "code", language: "", text }];
  const lines = text.split(/\r\n|\r|\n/);
  const blocks: Block[] = [];
  let at = 0;
  const paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ is: "paragraph", inner: inlines(paragraph.join("\n")) });
    paragraph.length = 0;
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const opened = fence.exec(line);
    if (opened !== null) {
      flush();
      const mark = opened[1] ?? "```";
      const code: string[] = [];
      at++;
      while (at < lines.length && !closes(lines[at] ?? "", mark)) code.push(lines[at++] ?? "");
      at++;
      blocks.push({ is: "code", language: opened[2] ?? "", text: code.join("\n") });
      continue;
    }
    const head = heading.exec(line);
    const quoted = quote.exec(line);
    const isItem = bullet.test(line) || numbered.test(line);
    if (rule.test(line)) {
      flush();
      blocks.push({ is: "rule" });
    } else if (head !== null) {
      flush();
      blocks.push({ is: "heading", level: head[1]?.length ?? 1, inner: inlines(head[2] ?? "") });
    } else if (isItem) {
      flush();
      at = takeList(lines, at, blocks);
      continue;
    } else if (quoted !== null) {
      flush();
      const inner: string[] = [];
      while (at < lines.length && quote.test(lines[at] ?? "")) inner.push(quote.exec(lines[at++] ?? "")?.[1] ?? "");
      blocks.push({ is: "quote", inner: inlines(inner.join("\n")) });
      continue;
    } else if (line.trim() === "") flush();
    else paragraph.push(line.trim());
    at++;
  }
  flush();
  return blocks;
}

const closes = (line: string, mark: string): boolean => line.trim().startsWith(mark) && /^\s*[`~]+\s*$/.test(line);

/** Items that follow one another; a line that is set in goes on with the item before it. Returns where it goes on. */
function takeList(lines: readonly string[], from: number, blocks: Block[]): number {
  const ordered = numbered.test(lines[from] ?? "");
  const items: string[] = [];
  let at = from;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const item = ordered ? numbered.exec(line)?.[2] : bullet.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    else if (/^ {2,}\S/.test(line) && items.length > 0) items[items.length - 1] += `\n${line.trim()}`;
    else break;
  }
  const start = Number(numbered.exec(lines[from] ?? "")?.[1] ?? 1);
  blocks.push({ is: "list", ordered, start, items: items.map(inlines) });
  return at;
}

/** Nested emphasis beyond this is text. */
const depthMost = 4;
/** A link or emphasis longer than this is not looked for: each opening bracket would look to the end. */
const spanMost = 2_000;

function inlines(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") found.push({ is: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const one = depth < depthMost ? spanAt(text, at, depth) : undefined;
    if (one === undefined) {
      plain += text[at++];
      continue;
    }
    flush();
    found.push(one.inline);
    at = one.end;
  }
  flush();
  return found;
}

function spanAt(text: string, at: number, depth: number): { inline: Inline; end: number } | undefined {
  const here = text[at];
  if (here === "`") {
    const end = closing(text, at + 1, "`");
    return end === undefined ? undefined : { inline: { is: "code", text: text.slice(at + 1, end) }, end: end + 1 };
  }
  if (here === "*" || (here === "_" && !/\w/.test(text[at - 1] ?? ""))) {
    const mark = text[at + 1] === here ? here + here : here;
    const begin = at + mark.length;
    if (/\s/.test(text[begin] ?? " ")) return undefined;
    const end = closing(text, begin + 1, mark);
    if (end === undefined || (here === "_" && /\w/.test(text[end + mark.length] ?? ""))) return undefined;
    const inner = inlines(text.slice(begin, end), depth + 1);
    return { inline: { is: mark.length === 2 ? "strong" : "emphasis", inner }, end: end + mark.length };
  }
  if (here === "[") return linkAt(text, at, depth);
  if (here === "h" && !/\w/.test(text[at - 1] ?? "")) return addressAt(text, at);
  return undefined;
}

function closing(text: string, from: number, mark: string): number | undefined {
  const end = text.slice(from, from + spanMost).indexOf(mark);
  return end < 0 ? undefined : from + end;
}

function linkAt(text: string, at: number, depth: number): { inline: Inline; end: number } | undefined {
  const close = closing(text, at + 1, "](");
  const end = close === undefined ? undefined : closing(text, close + 2, ")");
  if (close === undefined || end === undefined) return undefined;
  const link = safeLink(text.slice(close + 2, end).trim());
  if (link === undefined) return undefined;
  const inner = inlines(text.slice(at + 1, close), depth + 1).filter(({ is }) => is !== "link");
  return { inline: { is: "link", ...link, inner }, end: end + 1 };
}

function addressAt(text: string, at: number): { inline: Inline; end: number } | undefined {
  const found = /^https?:\/\/[^\s<>"'`)\]]+/.exec(text.slice(at, at + spanMost))?.[0].replace(/[.,;:!?]+$/, "");
  const link = found === undefined ? undefined : safeLink(found);
  if (found === undefined || link === undefined) return undefined;
  return { inline: { is: "link", ...link, inner: [{ is: "text", text: found }] }, end: at + found.length };
}

/** Only to the web, and never with a name and password in it, which hide where it goes. */
function safeLink(address: string): { href: string; host: string } | undefined {
  if (!/^https?:\/\//i.test(address)) return undefined;
  try {
    const url = new URL(address);
    if ((url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "" || url.password !== "") {
      return undefined;
    }
    return { href: url.href, host: url.host };
  } catch {
    return undefined;
  }
}
