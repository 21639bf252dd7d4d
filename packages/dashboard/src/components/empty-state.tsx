import type { ReactNode } from "react";
import { Signal } from "./signal.tsx";

interface EmptyStateProps {
  title: string;
  children?: ReactNode;
}

/** Nothing to show, and what would change that. */
export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div className="mx-auto flex max-w-xl flex-col items-center gap-3 px-4 py-16 text-center">
      <Signal aspect="dark" className="h-10 w-10" />
      <h2 className="text-base font-semibold">{title}</h2>
      <div className="flex w-full flex-col items-center gap-4 text-ink-2">{children}</div>
    </div>
  );
}
