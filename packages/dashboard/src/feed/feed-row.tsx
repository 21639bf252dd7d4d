/** One item of a feed. */
import type { ReactNode } from "react";
import { classes } from "../components/classes.ts";
import { count, moment } from "../components/figures.ts";
import { ChevronIcon } from "../components/icons.tsx";
import { useGoToMoment } from "../stores/moment.ts";
import { calm, calmLines } from "../text/visible.ts";
import type { FeedItem, GapItem, MessageItem, RowItem } from "./cards.ts";
import { describe } from "./describe.ts";
import { FeedTime } from "./feed-time.tsx";
import { MarkdownText } from "./markdown-text.tsx";
import { ToolCard } from "./tool-card.tsx";

interface FeedRowProps {
  item: FeedItem;
  /** Of several channels: each says whose it is. */
  several: boolean;
  open: boolean;
  onToggle: () => void;
}

export function FeedRow({ item, several, open, onToggle }: FeedRowProps) {
  switch (item.is) {
    case "day":
      return (
        <p className="bg-sunken px-4 py-1 text-xs font-semibold text-ink-2 md:px-6" data-testid="day">
          {new Date(item.at).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" })}
        </p>
      );
    case "gap":
      return <Gap gap={item} />;
    case "message":
      return <MessageView item={item} who={who(several, item.events[0]?.channel)} />;
    case "card":
      return <ToolCard card={item} open={open} onToggle={onToggle} who={who(several, item.events[0]?.channel)} />;
    default:
      return <Line item={item} several={several} open={open} onToggle={onToggle} />;
  }
}

function who(several: boolean, channel: string | undefined): ReactNode {
  if (!several || channel === undefined) return null;
  const id = channel.slice(channel.indexOf(":") + 1);
  return (
    <span className="w-28 shrink-0 truncate text-ink-2 max-md:w-20" title={calm(channel)}>
      {calm(id)}
    </span>
  );
}

function Gap({ gap: { from, to, channel } }: { gap: GapItem }) {
  const missing = to - from + 1;
  return (
    <p
      data-testid="gap"
      className="border-l-2 border-stop bg-stop-soft px-4 py-1 text-[13px] md:px-6"
      title={`${calm(channel)}, offsets ${count(from)} to ${count(to)}`}
    >
      <strong className="text-stop">Gap</strong> {count(missing)} {missing === 1 ? "event is" : "events are"} not here
    </p>
  );
}

function MessageView({ item, who: whose }: { item: MessageItem; who: ReactNode }) {
  return (
    <div className="flex gap-3 px-4 py-2 text-[13px] max-md:flex-col max-md:gap-1 md:px-6" data-testid="message">
      <span className="flex shrink-0 gap-3">
        <span className="w-3" />
        <Moment at={item.at} />
        {whose}
      </span>
      <div className="min-w-0 flex-1">
        {item.by !== "" && <p className="text-xs font-semibold text-ink-2">{calm(item.by)}</p>}
        <MarkdownText text={item.text} />
      </div>
    </div>
  );
}

/** Its time is a way to its moment. */
function Moment({ at }: { at: number }) {
  const goTo = useGoToMoment();
  return (
    <button
      type="button"
      title={`${moment(at)}: rewind to this moment`}
      onClick={() => goTo(at)}
      className="cursor-pointer self-start hover:underline"
    >
      <FeedTime at={at} />
    </button>
  );
}

const bad = /error|fail|alert/;

function Line({ item, several, open, onToggle }: Omit<FeedRowProps, "item"> & { item: RowItem }) {
  const [event] = item.events;
  if (event === undefined) return null;
  return (
    <>
      <div className="flex items-center">
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          className="flex min-h-8 min-w-0 flex-1 cursor-pointer items-center gap-3 px-4 text-left text-[13px] hover:bg-raised md:px-6"
        >
          <ChevronIcon className={classes("h-3 w-3 text-ink-3", open && "rotate-90")} />
          <FeedTime at={item.at} />
          {who(several, event.channel)}
          <span
            className={classes(
              "w-44 shrink-0 truncate font-mono",
              several ? "max-md:hidden" : "max-md:w-28",
              bad.test(event.type) ? "text-stop" : "text-ink-2",
            )}
          >
            {calm(event.type)}
          </span>
          <span className="min-w-0 flex-1 truncate">{calm(describe(event))}</span>
          <span className="text-ink-3 max-md:hidden">{count(event.offset)}</span>
        </button>
      </div>
      {open && (
        <div className="bg-sunken px-4 py-2 md:px-6">
          <p className="pb-1 text-xs text-ink-2">
            <Moment at={item.at} /> rewinds everything to this event
          </p>
          <pre className="overflow-x-auto font-mono text-xs break-words whitespace-pre-wrap">
            {calmLines(JSON.stringify(event, undefined, 2))}
          </pre>
        </div>
      )}
    </>
  );
}
