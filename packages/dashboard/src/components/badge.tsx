import type { ReactNode } from "react";
import { classes } from "./classes.ts";

interface BadgeProps {
  tone?: "plain" | "run" | "wait" | "stop" | "done";
  children: ReactNode;
}

const tones = {
  plain: "bg-sunken text-ink-2",
  run: "bg-run-soft text-run",
  wait: "bg-wait-soft text-wait",
  stop: "bg-stop-soft text-stop",
  done: "bg-done-soft text-done",
} as const;

/** A word or figure that belongs to what stands before it. */
export function Badge({ tone = "plain", children }: BadgeProps) {
  return (
    <span
      className={classes(
        "inline-flex h-5 items-center rounded px-1.5 text-xs font-medium whitespace-nowrap",
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}
