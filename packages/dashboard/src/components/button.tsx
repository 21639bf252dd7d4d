import type { ButtonHTMLAttributes } from "react";
import { classes } from "./classes.ts";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "strong" | "stop" | "quiet";
}

const looks = {
  plain: "border-rule bg-raised text-ink hover:border-rule-strong",
  strong: "border-run bg-run text-panel hover:opacity-90",
  stop: "border-stop bg-stop text-panel hover:opacity-90",
  quiet: "border-transparent bg-transparent text-ink-2 hover:bg-sunken hover:text-ink",
} as const;

/** Toggles say so with `aria-pressed`; it is drawn as pressed. */
export function Button({ look = "plain", className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={classes(
        "inline-flex h-8 cursor-pointer items-center justify-center gap-1.5 rounded-md border px-2.5 text-[13px] font-medium whitespace-nowrap",
        "disabled:cursor-default disabled:opacity-50",
        "aria-pressed:border-run aria-pressed:bg-run-soft aria-pressed:text-run",
        looks[look],
        className,
      )}
      {...rest}
    />
  );
}
