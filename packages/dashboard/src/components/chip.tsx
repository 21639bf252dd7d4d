import type { ReactNode } from "react";
import { count } from "./figures.ts";

interface ChipProps {
  pressed: boolean;
  onPress: () => void;
  icon?: ReactNode;
  /** How many there are. */
  many?: number;
  children: ReactNode;
}

/** A count that is a filter. */
export function Chip({ pressed, onPress, icon, many, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className="flex h-8 cursor-pointer items-center gap-2 rounded-md border border-rule bg-panel px-2.5 text-[13px] whitespace-nowrap hover:border-rule-strong aria-pressed:border-run aria-pressed:bg-run-soft"
    >
      {icon}
      {many !== undefined && <span className="font-semibold">{count(many)}</span>}
      <span className="text-ink-2">{children}</span>
    </button>
  );
}
