/** A command to paste into a terminal. */
import { Button } from "./button.tsx";
import { classes } from "./classes.ts";
import { useCopy } from "./copy-text.ts";
import { CheckIcon, CopyIcon } from "./icons.tsx";

interface CopyLineProps {
  text: string;
  says: string;
  /** All of it is seen, over several rows if need be. */
  whole?: boolean;
}

export function CopyLine({ text, says, whole = false }: CopyLineProps) {
  return (
    <div
      className={classes(
        "flex w-full gap-2 rounded-lg border border-rule bg-raised py-1 pr-1 pl-3",
        whole ? "items-start" : "max-w-lg items-center",
      )}
    >
      <code
        className={classes(
          "min-w-0 flex-1 text-left font-mono text-[13px] wrap-anywhere whitespace-pre-wrap text-ink",
          whole && "py-1.5",
        )}
      >
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
