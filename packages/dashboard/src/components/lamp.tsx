/** The lamp of a state. Shape, icon and word say the same as the colour. */
import type { ReactNode } from "react";
import { conditionWord, type LampName } from "../fleet/condition.ts";
import { classes } from "./classes.ts";

export const lampInk: Readonly<Record<LampName, string>> = {
  waiting: "text-wait",
  waiting_approval: "text-wait",
  waiting_input: "text-wait",
  waiting_auth: "text-wait",
  queued: "text-idle",
  cancelled: "text-idle",
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

/** A signal at caution, and what it waits for. */
const caution = (mark: string) => (
  <>
    <path d="M8 .6 15.4 8 8 15.4.6 8z" fill="var(--wait-lit)" />
    <path d={mark} fill="none" stroke="#241a02" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
  </>
);

const shapes: Readonly<Record<LampName, ReactNode>> = {
  running: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M6.4 5v6l4.8-3z" fill="var(--panel)" />
    </>
  ),
  waiting: caution("M8 4.2v4.4M8 11.2v.3"),
  waiting_approval: caution("M5 8.3l2.1 2.1 3.9-4.6"),
  waiting_input: caution("M5 5.8 7.2 8 5 10.2M8.6 10.4h2.6"),
  waiting_auth: caution("M6.4 9.6a1.9 1.9 0 1 0 0-3.2 1.9 1.9 0 0 0 0 3.2M7.6 8h4.2M10.4 8v1.6"),
  queued: (
    <>
      <rect x="1.8" y="1.8" width="12.4" height="12.4" rx="3.5" {...stroke} />
      <path d="M8 4.8V8l2.2 1.6" {...stroke} strokeLinejoin="round" />
    </>
  ),
  cancelled: (
    <>
      <rect x="1.8" y="1.8" width="12.4" height="12.4" rx="3.5" {...stroke} />
      <path d="M5.4 5.4l5.2 5.2m0-5.2-5.2 5.2" {...stroke} />
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

const lampWord: Readonly<Record<LampName, string>> = {
  ...conditionWord,
  waiting_approval: "Needs your approval",
  waiting_input: "Needs your input",
  waiting_auth: "Needs you to sign in",
  queued: "Queued",
  cancelled: "Cancelled",
};

interface LampProps {
  name: LampName;
  /** Pixels across. */
  size?: number;
  className?: string;
  /** Nothing is read out: the word stands beside it. */
  silent?: boolean;
}

export function Lamp({ name, size = 16, className, silent = false }: LampProps) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={classes("lit shrink-0", lampInk[name], className)}
      data-lamp={name}
      role="img"
      aria-label={lampWord[name]}
      aria-hidden={silent}
    >
      {shapes[name]}
    </svg>
  );
}

/** Lamp and word. */
export function LampWord({ name, word, className }: { name: LampName; word?: string; className?: string }) {
  return (
    <span
      className={classes(
        "inline-flex max-w-full min-w-0 items-center gap-2 align-middle whitespace-nowrap",
        lampInk[name],
        className,
      )}
    >
      <Lamp name={name} silent />
      <span className="max-w-[40ch] truncate font-medium" title={word}>
        {word ?? lampWord[name]}
      </span>
    </span>
  );
}
