/** How the link is: always in sight, more on request. */
import { Popover } from "radix-ui";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { count, timeOfDay } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { type LinkWords, linkWords } from "../stores/link.ts";
import { useReadable } from "../stores/use-readable.ts";

export function LinkStateView() {
  const client = useClient();
  const link = useReadable(client.link);
  const words = linkWords(link, timeOfDay);
  return (
    <Popover.Root>
      <Popover.Trigger
        data-testid="link-state"
        data-state={words.state}
        data-transport={link.transport}
        title={words.detail}
        className={classes(
          "flex h-8 min-w-0 cursor-pointer items-center gap-2.5 rounded-md px-2 text-left text-[13px] font-medium hover:bg-sunken",
          ink[words.state],
        )}
      >
        <Mark state={words.state} />
        <span className="truncate" aria-live="polite">
          {words.label}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-40 w-72 rounded-lg border border-rule bg-raised p-3 text-[13px] shadow-float"
        >
          <p className="font-semibold">{words.label}</p>
          <p className="mt-1 text-ink-2">{words.detail}</p>
          {link.queued > 0 && <p className="mt-1 text-ink-2">{link.queued} messages of yours wait for an answer.</p>}
          {link.notSent > 0 && (
            <p className="mt-1 text-ink-2" data-testid="not-sent">
              {count(link.notSent)} events were not sent: this connection is too slow for them.
            </p>
          )}
          {link.retryAtMs !== undefined && <Retry atMs={link.retryAtMs} onNow={() => client.wake()} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Retry({ atMs, onNow }: { atMs: number; onNow: () => void }) {
  const seconds = Math.max(0, Math.ceil((atMs - useNow()) / 1_000));
  return (
    <div className="mt-2 flex items-center justify-between gap-2">
      <span className="text-ink-2">Next attempt in {seconds} s</span>
      <Button onClick={onNow}>Try now</Button>
    </div>
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
