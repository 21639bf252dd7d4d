/** The lamp of a state. Shape, icon and word say the same as the colour. */
import type { ReactNode } from "react";
import { type Condition, conditionWord } from "../fleet/condition.ts";
import { classes } from "./classes.ts";

export const conditionInk: Readonly<Record<Condition, string>> = {
  waiting: "text-wait",
  running: "text-run",
  stuck: "text-stop",
  lost: "text-stop",
  failed: "text-stop",
  idle: "text-idle",
  paused: "text-idle",
  unknown: "text-idle",
  done: "text-done",
};

const stroke = { fill: "none", stroke: "currentColor", strokeWidth: 1.6, strokeLinecap: "round" } as const;
const cut = { fill: "none", stroke: "var(--panel)", strokeWidth: 1.8, strokeLinecap: "round" } as const;

const shapes: Readonly<Record<Condition, ReactNode>> = {
  running: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M6.4 5v6l4.8-3z" fill="var(--panel)" />
    </>
  ),
  waiting: (
    <>
      <path d="M8 .6 15.4 8 8 15.4.6 8z" fill="var(--wait-lit)" />
      <path d="M8 4.2v4.4M8 11.2v.3" stroke="#241a02" strokeWidth="1.8" strokeLinecap="round" />
    </>
  ),
  stuck: (
    <>
      <rect x="1.2" y="1.2" width="13.6" height="13.6" rx="2.5" fill="currentColor" />
      <path d="M4.6 8h6.8" {...cut} />
    </>
  ),
  lost: (
    <>
      <circle cx="8" cy="8" r="6.4" {...stroke} strokeDasharray="2.6 2.4" />
      <path d="M5.4 10.6l5.2-5.2" {...stroke} />
    </>
  ),
  failed: (
    <>
      <path d="M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5z" fill="currentColor" />
      <path d="M5.6 5.6l4.8 4.8m0-4.8-4.8 4.8" {...cut} />
    </>
  ),
  idle: (
    <>
      <circle cx="8" cy="8" r="5.4" {...stroke} />
      <circle cx="8" cy="8" r="1.7" fill="currentColor" />
    </>
  ),
  paused: (
    <>
      <circle cx="8" cy="8" r="6.4" {...stroke} />
      <path d="M6.4 5.8v4.4m3.2-4.4v4.4" {...stroke} />
    </>
  ),
  done: (
    <>
      <circle cx="8" cy="8" r="6.4" {...stroke} />
      <path d="M5.2 8.2l2 2 3.6-4.2" {...stroke} strokeLinejoin="round" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.4" {...stroke} strokeDasharray="1.2 2.6" />
      <circle cx="8" cy="8" r="1.2" fill="currentColor" />
    </>
  ),
};

interface LampProps {
  condition: Condition;
  /** Pixels across. */
  size?: number;
  className?: string;
  /** Nothing is read out: the word stands beside it. */
  silent?: boolean;
}

export function Lamp({ condition, size = 16, className, silent = false }: LampProps) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={classes("lit shrink-0", conditionInk[condition], className)}
      data-condition={condition}
      role="img"
      aria-label={conditionWord[condition]}
      aria-hidden={silent}
    >
      {shapes[condition]}
    </svg>
  );
}

/** Lamp and word. */
export function LampWord({ condition, word, className }: { condition: Condition; word?: string; className?: string }) {
  return (
    <span
      className={classes(
        "inline-flex items-center gap-2 align-middle whitespace-nowrap",
        conditionInk[condition],
        className,
      )}
    >
      <Lamp condition={condition} silent />
      <span className="font-medium">{word ?? conditionWord[condition]}</span>
    </span>
  );
}
