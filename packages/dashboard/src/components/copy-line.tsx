/** A command to paste into a terminal. */
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import { useCopy } from "./copy-text.ts";
import { CheckIcon, CopyIcon } from "./icons.tsx";

interface CopyLineProps {
  text: string;
  says: string;
  /** As wide as there is room, instead of as wide as is read well. */
  whole?: boolean;
}

export function CopyLine({ text, says, whole = false }: CopyLineProps) {
  return (
    <div
      className={classes(
        "flex w-full items-center gap-2 rounded-lg border border-rule bg-raised py-1 pr-1 pl-3",
        !whole && "max-w-lg",
      )}
    >
      <code className="min-w-0 flex-1 overflow-x-auto text-left font-mono text-[13px] whitespace-pre text-ink">
        {text}
      </code>
      <CopyButton text={text} says={says} />
    </div>
  );
}

export function CopyButton({ text, says }: { text: string; says: string }) {
  const { copied, copy } = useCopy(text);
  return (
    <Button look="quiet" aria-label={`Copy: ${says}`} onClick={copy}>
      {copied ? <CheckIcon /> : <CopyIcon />}
      {copied ? "Copied" : "Copy"}
    </Button>
  );
}
