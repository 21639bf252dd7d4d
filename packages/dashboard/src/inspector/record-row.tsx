/** One message: a line, and the whole of it on request. */
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { bytes, exactTimeOfDay, moment } from "../components/figures.ts";
import { ChevronIcon, CopyIcon } from "../components/icons.tsx";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { JsonTree } from "./json-tree.tsx";
import type { WireRecord } from "./record.ts";

const ways: Readonly<Record<WireRecord["way"], readonly [mark: string, word: string]>> = {
  in: ["←", "in"],
  out: ["→", "out"],
  event: ["·", "event"],
};
const lineCharacters = 300;

/** What it says rather than its envelope, which stands in the other columns. */
const previewOf = (text: string): string => {
  const at = text.indexOf('"data":');
  return text.slice(at < 0 ? 0 : at + 7, (at < 0 ? 0 : at + 7) + lineCharacters);
};

interface RecordRowProps {
  record: WireRecord;
  open: boolean;
  onToggle: () => void;
  /** Shows what has this id: the message and what answers it. */
  onRelated: (id: string) => void;
}

export function RecordRow({ record, open, onToggle, onRelated }: RecordRowProps) {
  const { way, type, channel, atMs, text } = record;
  const [mark, word] = ways[way];
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        data-testid="record"
        className="flex min-h-8 w-full cursor-pointer items-center gap-3 px-4 text-left text-[13px] hover:bg-raised md:px-6"
      >
        <ChevronIcon className={classes("h-3 w-3 text-ink-3", open && "rotate-90")} />
        <time title={moment(atMs)} className="font-mono text-xs text-ink-3">
          {exactTimeOfDay(atMs)}
        </time>
        <span className="w-10 shrink-0 text-xs text-ink-2" hidden={way === "event"}>
          {mark} {word}
        </span>
        <span className="w-44 shrink-0 truncate font-mono max-md:w-28" title={calm(type)}>
          {calm(type)}
        </span>
        <span className="w-44 shrink-0 truncate font-mono text-xs text-ink-2 max-md:hidden" title={calm(channel)}>
          {calm(channel)}
        </span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-ink-2 max-md:hidden">
          {calm(previewOf(text))}
        </span>
        <span className="ml-auto shrink-0 text-xs text-ink-3">{bytes(record.bytes)}</span>
      </button>
      {open && <Whole record={record} onRelated={onRelated} />}
    </>
  );
}

function Whole({ record, onRelated }: Pick<RecordRowProps, "record" | "onRelated">) {
  const { text, messageId, answers, position } = record;
  const copy = () => {
    copied(text).then(
      () => toast("Copied."),
      () => toast("The browser did not allow copying; select the text instead.", "bad"),
    );
  };
  const value: unknown = JSON.parse(text);
  return (
    <div className="flex flex-col gap-2 bg-sunken px-4 py-2 md:px-6">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-2">
        <Button look="quiet" className="h-7" onClick={copy}>
          <CopyIcon /> Copy the JSON
        </Button>
        {messageId !== "" && (
          <Button look="quiet" className="h-7" onClick={() => onRelated(answers || messageId)}>
            {answers === "" ? "What answers this" : "What this answers"}
          </Button>
        )}
        {position !== "" && <span className="font-mono">{calm(position)}</span>}
      </p>
      <div className="overflow-x-auto pl-4 font-mono text-xs" data-testid="record-json">
        <JsonTree value={value} />
      </div>
    </div>
  );
}

const copied = async (text: string): Promise<void> => navigator.clipboard.writeText(text);
