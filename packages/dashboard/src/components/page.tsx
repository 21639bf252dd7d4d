import { type ReactNode, useEffect } from "react";
import { cell } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";

/** How many wait for a person: said in the browser's tab, whatever the view. */
export const waitingCount = cell(0);
/** How many checkpoints are open. */
export const approvalCount = cell(0);

/** Says in the browser's tab what the page shows. */
export function useTitle(title: string): void {
  // Agents that wait have often asked: whom both name is not counted twice.
  const waiting = Math.max(useReadable(waitingCount), useReadable(approvalCount));
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${calm(title)} · Signalbox`;
  }, [title, waiting]);
}

/** The heading of a view, with what belongs beside it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 pt-4 pb-3 md:px-6">
      <h1 className="line-clamp-3 min-w-0 text-lg font-semibold wrap-anywhere">{title}</h1>
      {children}
    </div>
  );
}
