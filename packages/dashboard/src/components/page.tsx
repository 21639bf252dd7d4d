import { type ReactNode, useEffect } from "react";

/** Says in the browser's tab what the page shows. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Signalbox`;
  }, [title]);
}

/** The heading of a view, with what belongs beside it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 pt-4 pb-3 md:px-6">
      <h1 className="text-lg font-semibold">{title}</h1>
      {children}
    </div>
  );
}
