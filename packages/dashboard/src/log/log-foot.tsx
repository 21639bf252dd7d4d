/** The line below a log: where one is, what arrives meanwhile. */
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { EndIcon } from "../components/icons.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import type { LogSource, LogStatus } from "./source.ts";
import type { Viewport } from "./viewport.ts";

const stateWords: Readonly<Record<LogStatus["state"], string>> = {
  loading: "Asking the gateway",
  live: "Live",
  "catching-up": "Catching up",
  offline: "Offline: lines follow when the link is back",
  refused: "Refused",
};

interface LogFootProps {
  source: LogSource;
  viewport: Viewport;
  totalLines: number;
  /** It is shown as it was at the moment that is looked at. */
  isPast: boolean;
}

export function LogFoot({ source, viewport, totalLines, isPast }: LogFootProps) {
  const status = useReadable(source);
  const { follow, leftAt, anchor } = useReadable(viewport);
  const { pages } = source;
  const fresh = follow ? 0 : Math.max(0, pages.indexOf(pages.top) - pages.indexOf(Math.min(leftAt, pages.top)));
  const top = follow ? undefined : pages.at(pages.nearest(Math.max(anchor.offset, pages.floor), 1) ?? pages.top);
  const line = typeof top === "object" ? top.line : undefined;
  const lines = isPast ? totalLines : Math.max(totalLines, status.lastLine);
  const behind = status.behind > 0 ? ` ${count(status.behind)} events` : "";
  return (
    <footer className="flex min-h-9 shrink-0 items-center gap-4 border-t border-rule bg-panel px-4 text-[13px] text-ink-3 md:px-6">
      <span data-testid="log-state" data-state={isPast ? "past" : status.state}>
        {isPast
          ? `As it was: ${count(lines)} ${lines === 1 ? "line" : "lines"}`
          : follow && status.state === "live"
            ? "Following the end"
            : `${stateWords[status.state]}${behind}`}
      </span>
      {line !== undefined && (
        <span className="max-md:hidden">
          At line {count(line)} of {count(lines)}
        </span>
      )}
      {status.error !== undefined && <span className="truncate text-stop">{calm(status.error)}</span>}
      <span className="flex-1" />
      {!follow && (
        <Button
          look={fresh > 0 ? "strong" : "plain"}
          className="h-7"
          data-testid="follow"
          onClick={() => viewport.follow()}
        >
          <EndIcon />
          {fresh > 0
            ? `${count(fresh)} new ${fresh === 1 ? "line" : "lines"}`
            : isPast
              ? "To the end"
              : "Follow the end"}
        </Button>
      )}
    </footer>
  );
}
