/** A line that is too long for a row. */
import { useEffect, useRef } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { CloseIcon } from "../components/icons.tsx";
import { plainText } from "../text/ansi.ts";
import type { LogRow } from "./row.ts";

/** More than this of one text makes a page slow; the download has all of it. */
const shownLength = 200_000;

export function WholeLine({ row, onClose }: { row: LogRow; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const text = plainText(row.text);
  return (
    <dialog
      ref={dialog}
      aria-label="The whole line"
      onClose={onClose}
      className="m-auto max-h-[80vh] w-[min(64rem,92vw)] rounded-lg border border-rule bg-panel p-0 text-ink shadow-float backdrop:bg-black/50"
    >
      <div className="flex items-center gap-3 border-b border-rule py-1.5 pr-2 pl-4 text-[13px]">
        <h2 className="flex-1 font-semibold">{row.line === undefined ? "Whole line" : `Line ${count(row.line)}`}</h2>
        <span className="text-ink-3">
          {text.length > shownLength
            ? `Showing ${count(shownLength)} of ${count(text.length)} characters; the download has all`
            : `${count(text.length)} characters`}
        </span>
        <Button look="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
          <CloseIcon />
        </Button>
      </div>
      <pre className="max-h-[70vh] overflow-auto px-4 py-3 font-mono text-[13px] break-all whitespace-pre-wrap">
        {text.slice(0, shownLength)}
      </pre>
    </dialog>
  );
}
