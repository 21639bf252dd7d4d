/** What exactly is asked about: each of its parts in the form that is easiest to judge, and all of it. */
import type { ReactNode } from "react";
import { AlertIcon } from "../../components/icons.tsx";
import { calm, calmLines } from "../../text/visible.ts";
import { CopyButton } from "./copy-button.tsx";
import { DiffView } from "./diff-view.tsx";
import { hasHidden } from "./hidden.ts";
import { JsonTree } from "./json-tree.tsx";
import { type Shape, shapesOf } from "./shapes.ts";
import { TextBlock } from "./text-block.tsx";

export function Proposal({ data }: { data: unknown }) {
  const shapes = shapesOf(data);
  return (
    <div className="flex min-w-0 flex-col gap-3" data-testid="payload">
      {hasHidden(data) && (
        <p className="flex items-start gap-2 rounded-md bg-wait-soft px-3 py-2 text-[13px]">
          <AlertIcon className="mt-0.5 h-4 w-4 text-wait" />
          There are characters in it that cannot be seen, or that change what is seen. They are written out here, such
          as ^[ or [U+202E].
        </p>
      )}
      {shapes.map((shape, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one payload never move
        <Part key={at} shape={shape} alone={shapes.length === 1} />
      ))}
    </div>
  );
}

function Part({ shape, alone }: { shape: Shape; alone: boolean }) {
  switch (shape.kind) {
    case "command":
      return <CommandPart {...shape} />;
    case "diff":
      return (
        <Titled title="Change">
          <DiffView files={shape.files} />
        </Titled>
      );
    case "write":
      return (
        <Titled title={`Write ${calm(shape.path)}`} beside={<CopyButton text={shape.content} what="the content" />}>
          <TextBlock text={shape.content} what="Content" />
        </Titled>
      );
    case "request":
      return <RequestPart {...shape} />;
    case "sql":
      return (
        <Titled title="SQL" beside={<CopyButton text={shape.text} what="the statement" />}>
          <TextBlock text={shape.text} what="SQL" />
        </Titled>
      );
    case "text":
      return shape.name === undefined ? (
        <TextBlock text={shape.text} what="What is asked" />
      ) : (
        <Titled title={calm(shape.name)}>
          <TextBlock text={shape.text} what={calm(shape.name)} />
        </Titled>
      );
    case "json":
      return (
        <Titled title={alone ? "Data" : "Further data"}>
          <JsonTree value={shape.value} />
        </Titled>
      );
  }
}

interface TitledProps {
  title: string;
  beside?: ReactNode;
  children: ReactNode;
}

function Titled({ title, beside, children }: TitledProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex min-h-6 items-center gap-2">
        <h3 className="min-w-0 flex-1 text-xs font-medium [overflow-wrap:anywhere] text-ink-3">{title}</h3>
        {beside}
      </div>
      {children}
    </div>
  );
}

function CommandPart({ line, cwd, env }: Extract<Shape, { kind: "command" }>) {
  return (
    <Titled title="Command" beside={<CopyButton text={line} what="the command" />}>
      <div className="flex min-w-0 gap-2 rounded-md border border-rule bg-sunken px-3 py-2 font-mono text-[13px] leading-5">
        <span className="text-ink-3 select-none" aria-hidden="true">
          $
        </span>
        <code
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          className="max-h-80 min-w-0 flex-1 overflow-y-auto [overflow-wrap:anywhere] whitespace-pre-wrap"
        >
          {calmLines(line)}
        </code>
      </div>
      {(cwd !== undefined || env.length > 0) && (
        <dl className="flex flex-wrap gap-x-6 gap-y-1 text-[13px]">
          {cwd !== undefined && <Fact name="in">{calm(cwd)}</Fact>}
          {env.length > 0 && <Fact name="with">{env.map(calm).join(" ")}</Fact>}
        </dl>
      )}
    </Titled>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div className="flex min-w-0 gap-1.5">
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 font-mono text-xs leading-5 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}

function RequestPart({ method, url, headers, body }: Extract<Shape, { kind: "request" }>) {
  return (
    <Titled title="Request" beside={<CopyButton text={url} what="the address" />}>
      <p className="rounded-md border border-rule bg-sunken px-3 py-2 font-mono text-[13px] [overflow-wrap:anywhere]">
        <strong>{calm(method)}</strong> {calm(url)}
      </p>
      {headers.length > 0 && (
        <dl className="flex flex-col gap-0.5 px-3 text-[13px]">
          {headers.map(([name, value]) => (
            <Fact key={name} name={calm(name)}>
              {calm(value)}
            </Fact>
          ))}
        </dl>
      )}
      {typeof body === "string" && <TextBlock text={body} what="Body" />}
      {body !== undefined && typeof body !== "string" && <JsonTree value={body} />}
    </Titled>
  );
}
