import { type ReactNode, useId } from "react";
import { classes } from "./classes.ts";

interface PanelProps {
  title: string;
  /** Beside the title. */
  beside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A part of a view, with a heading of its own. */
export function Panel({ title, beside, className, children }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={classes("flex min-w-0 flex-col gap-3 rounded-lg border border-rule bg-panel p-4", className)}
    >
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id={id} className="text-[13px] font-semibold">
          {title}
        </h2>
        {beside}
      </div>
      {children}
    </section>
  );
}

interface StatProps {
  label: string;
  value: ReactNode;
  /** What it is of, or compared with. */
  says?: ReactNode;
  tone?: "plain" | "wait" | "stop" | "done";
}

const tones = { plain: "text-ink", wait: "text-wait", stop: "text-stop", done: "text-done" } as const;

/** One figure that people look for. */
export function Stat({ label, value, says, tone = "plain" }: StatProps) {
  return (
    <div className="flex min-w-28 flex-col gap-0.5">
      <span className="text-xs text-ink-3">{label}</span>
      <span className={classes("text-xl leading-7 font-semibold", tones[tone])}>{value}</span>
      {says !== undefined && <span className="text-xs text-ink-2">{says}</span>}
    </div>
  );
}
