import { describe, expect, test } from "vitest";
import { type Block, type Inline, longestMarkdown, readMarkdown } from "../../src/feed/markdown.ts";

const text = (one: string): Inline => ({ is: "text", text: one });

/** Everything that would be an element with an address. */
function links(blocks: readonly Block[]): string[] {
  const within = (inner: readonly Inline[]): string[] =>
    inner.flatMap((one) =>
      one.is === "link" ? [one.href, ...within(one.inner)] : "inner" in one ? within(one.inner) : [],
    );
  return blocks.flatMap((block) =>
    block.is === "list" ? block.items.flatMap(within) : "inner" in block ? within(block.inner) : [],
  );
}

describe("what agents write", () => {
  test("headings, paragraphs, lists, quotes, rules, code", () => {
    const blocks = readMarkdown(
      "# One\n\na\nb\n\n- x\n- y\n  z\n\n3. c\n4. d\n\n> q\n> r\n\n---\n\n```ts\nlet a = `1`;\n```",
    );
    expect(blocks).toEqual([
      { is: "heading", level: 1, inner: [text("One")] },
      { is: "paragraph", inner: [text("a\nb")] },
      { is: "list", ordered: false, start: 1, items: [[text("x")], [text("y\nz")]] },
      { is: "list", ordered: true, start: 3, items: [[text("c")], [text("d")]] },
      { is: "quote", inner: [text("q\nr")] },
      { is: "rule" },
      { is: "code", language: "ts", text: "let a = `1`;" },
    ]);
  });

  test("emphasis and code within a line; names with underscores are names", () => {
    expect(readMarkdown("**a** *b* `c*d*` snake_case_name 2 * 3 * 4")).toEqual([
      {
        is: "paragraph",
        inner: [
          { is: "strong", inner: [text("a")] },
          text(" "),
          { is: "emphasis", inner: [text("b")] },
          text(" "),
          { is: "code", text: "c*d*" },
          text(" snake_case_name 2 * 3 * 4"),
        ],
      },
    ]);
  });

  test("a fence that is never closed goes to the end", () => {
    expect(readMarkdown("```\na\n# b")).toEqual([{ is: "code", language: "", text: "a\n# b" }]);
  });

  test("links say where they go", () => {
    expect(readMarkdown("see https://example.org/a?b=1, [here](http://x.example/y)")[0]).toMatchObject({
      inner: [
        text("see "),
        { is: "link", href: "https://example.org/a?b=1", host: "example.org" },
        text(", "),
        { is: "link", href: "http://x.example/y", host: "x.example", inner: [text("here")] },
      ],
    });
  });
});

describe("what must not run or mislead", () => {
  test.each([
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](  javascript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:x)",
    "[a](//evil.example)",
    "[a](https://bank.example@evil.example/)",
    "[a](https://user:pass@evil.example/)",
    "![a](https://evil.example/pixel.png)".replace("!", "\\!").replace("https://", "ftp://"),
    "[a](https://)",
    "[a](\u0001javascript:alert(1))",
    "<https://x.example onclick=alert(1)>".replace("https://", "java\nscript:"),
  ])("%j makes no link", (hostile) => {
    expect(links(readMarkdown(hostile))).toEqual([]);
  });

  test.each(["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>x</b>", "&lt;b&gt;"])(
    "%j is text",
    (html) => {
      expect(readMarkdown(html)).toEqual([{ is: "paragraph", inner: [text(html)] }]);
    },
  );

  test("an image is never one: its address is at most a link", () => {
    const blocks = readMarkdown("![a](https://evil.example/p.png)");
    expect(blocks).toMatchObject([{ inner: [text("!"), { is: "link", host: "evil.example" }] }]);
  });

  test("a link within a link is none", () => {
    expect(links(readMarkdown("[see https://evil.example/a](https://good.example/)"))).toEqual([
      "https://good.example/",
    ]);
  });

  test("texts made to take forever come to an end", () => {
    for (const piece of ["[", "*", "_", "**a ", "`", "[a](", "> ", "#", "- ", "1. "]) {
      readMarkdown(piece.repeat(Math.floor(longestMarkdown / piece.length)));
      readMarkdown(`${piece}\n`.repeat(Math.floor(longestMarkdown / (piece.length + 1))));
    }
    expect(readMarkdown("x".repeat(longestMarkdown + 1))).toMatchObject([{ is: "code" }]);
  });
});
