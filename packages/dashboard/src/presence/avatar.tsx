import { classes } from "../components/classes.ts";
import { calm } from "../text/visible.ts";
import { initials } from "./people.ts";

/** Somebody in two letters; whose they are says what stands beside them. */
export function Avatar({ principal, isMe = false }: { principal: string; isMe?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={classes(
        "inline-flex h-6 w-6 shrink-0 items-center justify-center rounded-full border text-[10px] font-semibold",
        isMe ? "border-rule-strong bg-sunken text-ink-2" : "border-run bg-run-soft text-run",
      )}
    >
      {calm(initials(principal))}
    </span>
  );
}
