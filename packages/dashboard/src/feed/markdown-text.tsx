/** What an agent wrote, as elements: no HTML of its own, and a link says where it goes. */
import { useMemo } from "react";
import { classes } from "../components/classes.ts";
import { calm, calmLines } from "../text/visible.ts";
import { type Block, type Inline, readMarkdown } from "./markdown.ts";

export function MarkdownText({ text }: { text: string }) {
  const blocks = useMemo(() => readMarkdown(text), [text]);
  return (
    <div className="flex max-w-3xl min-w-0 flex-col gap-2 break-words" data-testid="markdown">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks are places in a text that does not change
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.is) {
    case "heading":
      // The page has headings of its own; an agent's do not stand among them.
      return (
        <p className={classes("font-semibold", block.level <= 2 ? "text-[15px]" : "text-sm")}>
          <Inlines inner={block.inner} />
        </p>
      );
    case "code":
      return (
        <pre className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs" data-language={block.language}>
          {calmLines(block.text)}
        </pre>
      );
    case "list": {
      const items = block.items.map((inner, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <li key={index}>
          <Inlines inner={inner} />
        </li>
      ));
      return block.ordered ? (
        <ol start={block.start} className="list-decimal pl-6">
          {items}
        </ol>
      ) : (
        <ul className="list-disc pl-6">{items}</ul>
      );
    }
    case "quote":
      return (
        <blockquote className="border-l-2 border-rule-strong pl-3 text-ink-2">
          <Inlines inner={block.inner} />
        </blockquote>
      );
    case "rule":
      return <hr className="border-rule" />;
    default:
      return (
        <p className="whitespace-pre-line">
          <Inlines inner={block.inner} />
        </p>
      );
  }
}

function Inlines({ inner }: { inner: readonly Inline[] }) {
  return inner.map((one, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    return <InlineView key={index} inline={one} />;
  });
}

function InlineView({ inline }: { inline: Inline }) {
  switch (inline.is) {
    case "code":
      return <code className="rounded bg-sunken px-1 font-mono text-[0.92em]">{calm(inline.text)}</code>;
    case "strong":
      return (
        <strong>
          <Inlines inner={inline.inner} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Inlines inner={inline.inner} />
        </em>
      );
    case "link":
      return (
        <>
          <a href={inline.href} target="_blank" rel="noopener noreferrer nofollow" className="text-run underline">
            <Inlines inner={inline.inner} />
          </a>{" "}
          <span className="text-xs text-ink-3">({calm(inline.host)})</span>
        </>
      );
    default:
      return calmLines(inline.text);
  }
}
