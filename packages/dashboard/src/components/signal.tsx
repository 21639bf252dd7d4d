/** A two-aspect signal on its mast: the mark of this place, and of decisions that wait. */
import { classes } from "./classes.ts";

interface SignalProps {
  aspect: "clear" | "caution" | "danger" | "dark";
  className?: string;
}

const light: Readonly<Record<SignalProps["aspect"], string>> = {
  clear: "var(--done)",
  caution: "var(--wait-lit)",
  danger: "var(--stop)",
  dark: "var(--rule-strong)",
};

export function Signal({ aspect, className }: SignalProps) {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" className={classes("shrink-0", className)} aria-hidden="true">
      <path d="M2 20.5h20" stroke="var(--rule-strong)" strokeWidth="2" strokeLinecap="round" />
      <path d="M2 20.5h7" stroke="var(--run)" strokeWidth="2" strokeLinecap="round" />
      <path d="M14 20V8" stroke="var(--ink-3)" strokeWidth="2" />
      <rect x="10" y="1.5" width="8" height="12" rx="4" fill="var(--ink)" />
      <circle cx="14" cy="5.4" r="2.3" fill={aspect === "danger" || aspect === "dark" ? light[aspect] : "#4a5560"} />
      <circle cx="14" cy="9.9" r="2.3" fill={aspect === "clear" || aspect === "caution" ? light[aspect] : "#4a5560"} />
    </svg>
  );
}
