/** What began and ended as one: its lamp, how long it took, what it was given and what came of it. */
import { type ReactNode, useState } from "react";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { bytes, duration } from "../components/figures.ts";
import { ChevronIcon, CopyIcon } from "../components/icons.tsx";
import { Lamp } from "../components/lamp.tsx";
import { lampOf, spoken } from "../fleet/condition.ts";
import { toast } from "../stores/toasts.ts";
import { plainText } from "../text/ansi.ts";
import { calm, calmLines } from "../text/visible.ts";
import type { CardItem } from "./cards.ts";
import { type Details, detailsOf, diffLines, type Part } from "./details.ts";
import { FeedTime } from "./feed-time.tsx";

/** Characters of a part that are shown before it is opened, and after. */
const shownFirst = 600;
const shownMost = 100_000;

const lampAt: Readonly<Record<string, string>> = {
  approved: "done",
  denied: "rejected",
  expired: "failed",
  killed: "failed",
  withdrawn: "cancelled",
  delivered: "queued",
};

interface ToolCardProps {
  card: CardItem;
  open: boolean;
  onToggle: () => void;
  who: ReactNode;
}

export function ToolCard({ card, open, onToggle, who }: ToolCardProps) {
  const details = detailsOf(card.events);
  const state = lampAt[card.state] ?? card.state;
  const peek = details.error ?? details.command ?? (details.result?.as === "text" ? details.result.text : undefined);
  return (
    <div data-testid="card" data-kind={card.kind} data-state={card.state}>
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="flex min-h-9 w-full cursor-pointer items-center gap-3 px-4 py-1 text-left text-[13px] hover:bg-raised md:px-6"
      >
        <ChevronIcon className={classes("h-3 w-3 text-ink-3", open && "rotate-90")} />
        <FeedTime at={card.at} />
        {who}
        <Lamp name={lampOf(state)} size={14} silent />
        <span className="flex min-w-0 flex-1 items-baseline gap-2 max-md:flex-col max-md:gap-0">
          <span className="max-w-full shrink-0 truncate font-medium">
            {calm(card.title)} <span className="font-normal text-ink-2">{calm(spoken(card.state).toLowerCase())}</span>
          </span>
          {peek !== undefined && (
            <span
              className={classes(
                "max-w-full min-w-0 truncate font-mono text-xs",
                details.error === undefined ? "text-ink-2" : "text-stop",
              )}
            >
              {calm(plainText(peek.slice(0, 300)))}
            </span>
          )}
        </span>
        {card.durationMs !== undefined && <span className="text-ink-2">{duration(card.durationMs)}</span>}
      </button>
      {open && <Opened details={details} card={card} />}
    </div>
  );
}

function Opened({ details, card }: { details: Details; card: CardItem }) {
  const { command, given, result, error } = details;
  return (
    <div className="flex flex-col gap-2 bg-sunken px-4 py-2 md:px-10">
      {error !== undefined && (
        <PartView title="Error" part={{ text: error, as: "text" }} className="border-l-2 border-stop pl-2 text-stop" />
      )}
      {command !== undefined && (
        <PartView title="Command" part={{ text: `$ ${command}`, as: "text" }} copied={command} />
      )}
      {given !== undefined && <PartView title="Given" part={given} />}
      {result !== undefined && <PartView title="Result" part={result} />}
      <PartView
        title={`Events: ${card.events.length}`}
        part={{ text: JSON.stringify(card.events, undefined, 2), as: "json" }}
      />
    </div>
  );
}

interface PartViewProps {
  title: string;
  part: Part;
  copied?: string;
  className?: string;
}

function PartView({ title, part, copied = part.text, className }: PartViewProps) {
  const [whole, setWhole] = useState(false);
  const { text } = part;
  const most = whole ? shownMost : shownFirst;
  const shown = text.slice(0, most);
  const copy = () => {
    navigator.clipboard.writeText(copied).then(
      () => toast("Copied."),
      () => toast("The browser did not allow copying; select the text instead.", "bad"),
    );
  };
  return (
    <div className={classes("min-w-0", className)}>
      <div className="flex items-center gap-2 text-xs text-ink-2">
        <span className="font-semibold">{title}</span>
        {text.length > shown.length && (
          <span>
            showing {bytes(shown.length)} of {bytes(text.length)}
          </span>
        )}
        {(text.length > shownFirst || whole) && (
          <Button look="quiet" className="h-6" onClick={() => setWhole(!whole)}>
            {whole ? "Less" : "More"}
          </Button>
        )}
        <Button look="quiet" className="h-6" aria-label={`Copy: ${title}`} onClick={copy}>
          <CopyIcon />
        </Button>
      </div>
      {part.as === "diff" ? (
        <Diff text={shown} />
      ) : (
        <pre className="overflow-x-auto font-mono text-xs break-words whitespace-pre-wrap">
          {calmLines(plainText(shown))}
        </pre>
      )}
    </div>
  );
}

/** The sign at the beginning of a line says the same as its colour. */
const diffLook = {
  added: "bg-done-soft text-done",
  removed: "bg-stop-soft text-stop",
  head: "text-run",
  same: "",
} as const;

function Diff({ text }: { text: string }) {
  return (
    <pre className="overflow-x-auto rounded-md border border-rule bg-panel py-1 font-mono text-xs">
      {diffLines(text).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are places in a text that does not change
        <div key={index} className={classes("px-2", diffLook[line.is])}>
          {calm(line.text) || " "}
        </div>
      ))}
    </pre>
  );
}
