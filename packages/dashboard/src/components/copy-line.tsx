/** A command to paste into a terminal. */
import { useState } from "react";
import { toast } from "../stores/toasts.ts";
import { Button } from "./button.tsx";
import { CheckIcon, CopyIcon } from "./icons.tsx";

export function CopyLine({ text, says }: { text: string; says: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    copyText(text).then(
      () => setCopied(true),
      () => toast("The browser did not allow copying; select the line instead.", "bad"),
    );
  };
  return (
    <div className="flex w-full max-w-lg items-center gap-2 rounded-lg border border-rule bg-raised py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 text-left font-mono text-[13px] wrap-anywhere whitespace-pre-wrap text-ink">
        {text}
      </code>
      <Button look="quiet" aria-label={`Copy: ${says}`} onClick={copy}>
        {copied ? <CheckIcon /> : <CopyIcon />}
        {copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}

const copyText = async (text: string): Promise<void> => navigator.clipboard.writeText(text);
