/** How the link is, in a mark and few words: always in sight. */
import type { ComponentProps } from "react";
import { classes } from "../components/classes.ts";
import { timeOfDay } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { byGateway } from "../stores/gateway-clock.ts";
import { type LinkWords, linkWords } from "../stores/link.ts";
import { useReadable } from "../stores/use-readable.ts";

export function LinkFace(props: ComponentProps<"button">) {
  const link = useReadable(useClient().link);
  const words = linkWords(link, (ms) => timeOfDay(byGateway(ms)));
  return (
    <button
      type="button"
      data-testid="link-state"
      data-transport={link.transport}
      title={words.detail}
      className={classes(
        "flex h-8 min-w-0 cursor-pointer items-center gap-2.5 rounded-md px-2 text-left text-[13px] font-medium hover:bg-sunken",
        ink[words.state],
      )}
      {...props}
      data-state={words.state}
    >
      <Mark state={words.state} />
      <span className="truncate" aria-live="polite">
        {words.label}
      </span>
    </button>
  );
}

const ink: Readonly<Record<LinkWords["state"], string>> = {
  live: "text-ink-2",
  polling: "text-ink-2",
  "catching-up": "text-run",
  connecting: "text-ink-2",
  offline: "text-stop",
  stopped: "text-stop",
};

/** Whole line: live. Dashes: not every moment. Broken: no link. */
function Mark({ state }: { state: LinkWords["state"] }) {
  const broken = state === "offline" || state === "stopped";
  const dashes = state === "live" ? undefined : "2.5 2.5";
  return (
    <svg
      viewBox="0 0 16 16"
      className="h-4 w-4 shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      aria-hidden="true"
    >
      {broken ? (
        <path d="M1 8h4.5M10.5 8H15M6.4 10.8l3.2-5.6" strokeLinecap="round" />
      ) : (
        <path
          d="M1 8h14"
          strokeDasharray={dashes}
          className={state === "live" ? "text-done" : undefined}
          stroke="currentColor"
        />
      )}
      {!broken && (
        <circle
          cx="8"
          cy="8"
          r="3"
          fill={state === "live" ? "var(--done)" : "var(--panel)"}
          stroke="currentColor"
          className={state === "live" ? "text-done" : undefined}
        />
      )}
    </svg>
  );
}
