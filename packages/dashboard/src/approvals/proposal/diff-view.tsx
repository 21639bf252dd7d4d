/** A diff: which files, and in each the lines with their numbers; signs say the same as the colours. */
import { memo, useMemo, useRef, useState } from "react";
import { classes } from "../../components/classes.ts";
import { count } from "../../components/figures.ts";
import { calm } from "../../text/visible.ts";
import { type DiffRow, diffRows, linesIn } from "./diff-rows.ts";
import { ShowWhole } from "./text-block.tsx";
import type { DiffFile, DiffLine } from "./unified-diff.ts";

/** Lines drawn before somebody asks for the rest. */
const linesShown = 400;

export function DiffView({ files }: { files: readonly DiffFile[] }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => diffRows(files, opened), [files, opened]);
  const shown = whole ? rows : rows.slice(0, linesShown);
  const goTo = (at: number) => {
    setWhole((before) => before || !shown.some((row) => row.row === "file" && row.at === at));
    requestAnimationFrame(() =>
      place.current?.querySelector(`[data-file="${at}"]`)?.scrollIntoView({ block: "nearest" }),
    );
  };
  return (
    <div className="flex min-w-0 flex-col gap-2" data-testid="diff">
      {files.length > 1 && <FileList files={files} onGo={goTo} />}
      <div
        ref={place}
        className="min-w-0 overflow-hidden rounded-md border border-rule bg-sunken font-mono text-xs leading-5"
      >
        {shown.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and none is ever moved
          <Row key={at} row={row} onOpen={(id) => setOpened(new Set([...opened, id]))} />
        ))}
      </div>
      {shown.length < rows.length && (
        <ShowWhole
          shown={shown.filter(({ row }) => row === "line").length}
          all={linesIn(files)}
          onShow={() => setWhole(true)}
        />
      )}
    </div>
  );
}

const whatWord = { added: "new", deleted: "deleted", changed: "", renamed: "renamed" } as const;

function FileList({ files, onGo }: { files: readonly DiffFile[]; onGo: (at: number) => void }) {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return (
    <details className="text-[13px]" open={files.length <= 8}>
      <summary className="cursor-pointer text-ink-2">
        {count(files.length)} files, <Figures added={added} removed={removed} />
      </summary>
      <ul className="mt-1 flex max-h-48 flex-col overflow-y-auto" aria-label="Files changed">
        {files.map((file, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a diff may name a file twice
          <li key={at}>
            <button
              type="button"
              onClick={() => onGo(at)}
              className="flex w-full cursor-pointer items-baseline gap-2 rounded px-1 py-0.5 text-left hover:bg-sunken"
            >
              <span className="min-w-0 flex-1 truncate font-mono text-xs" title={calm(file.path)}>
                {calm(file.path) || "a text"}
              </span>
              <Figures added={file.added} removed={file.removed} />
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Figures({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="font-mono text-xs whitespace-nowrap">
      <span className="text-done">+{count(added)}</span> <span className="text-stop">−{count(removed)}</span>
    </span>
  );
}

const Row = memo(function Row({ row, onOpen }: { row: DiffRow; onOpen: (id: string) => void }) {
  switch (row.row) {
    case "file":
      return <FileHead at={row.at} file={row.file} />;
    case "note":
      return <p className="px-3 [overflow-wrap:anywhere] whitespace-pre-wrap text-ink-3">{calm(row.text)}</p>;
    case "hunk":
      return (
        <p className="truncate bg-run-soft px-3 text-ink-2" title={calm(row.heading)}>
          {row.from !== undefined && `line ${count(row.from)}`} {calm(row.heading)}
        </p>
      );
    case "fold":
      return (
        <button
          type="button"
          onClick={() => onOpen(row.id)}
          className="w-full cursor-pointer bg-panel px-3 text-left text-ink-2 hover:bg-raised hover:text-ink focus-visible:outline-offset-[-2px]"
        >
          ⋯ {count(row.count)} unchanged lines
        </button>
      );
    case "line":
      return <Line line={row.line} />;
  }
});

function FileHead({ at, file }: { at: number; file: DiffFile }) {
  const { path, from, what, added, removed } = file;
  if (path === "" && from === undefined) return null;
  return (
    <p data-file={at} className="flex items-baseline gap-2 border-b border-rule bg-panel px-3 py-1 not-first:border-t">
      <span className="min-w-0 flex-1 font-semibold [overflow-wrap:anywhere]">
        {from !== undefined && `${calm(from)} → `}
        {calm(path)}
        {whatWord[what] !== "" && <span className="font-normal text-ink-2"> ({whatWord[what]})</span>}
      </span>
      <Figures added={added} removed={removed} />
    </p>
  );
}

const looks = { "+": "bg-done-soft", "-": "bg-stop-soft", " ": "" } as const;
const inks = { "+": "text-done", "-": "text-stop", " ": "text-ink-3" } as const;
const spoken = { "+": "added: ", "-": "removed: ", " ": "" } as const;

function Line({ line: { sign, text, oldNo, newNo } }: { line: DiffLine }) {
  return (
    <div data-sign={sign} className={classes("flex min-w-0", looks[sign])}>
      <span className="w-10 shrink-0 pr-1 text-right text-ink-2 select-none max-md:hidden">{oldNo}</span>
      <span className="w-10 shrink-0 pr-1 text-right text-ink-2 select-none">{newNo ?? ""}</span>
      <span className={classes("w-5 shrink-0 text-center font-semibold select-none", inks[sign])} aria-hidden="true">
        {sign === "-" ? "−" : sign}
      </span>
      <span className="min-w-0 flex-1 pr-2 [overflow-wrap:anywhere] whitespace-pre-wrap">
        {spoken[sign] !== "" && <span className="sr-only">{spoken[sign]}</span>}
        {calm(text)}
      </span>
    </div>
  );
}
